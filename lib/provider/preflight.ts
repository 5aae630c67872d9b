import type { ReadResult } from '../handler';
import type { Diagnostics, Path, ResourceContext } from '../plugin';
import { ZecError } from '../zec/errors';
import { isInRegion } from '../zec/ids';
import type { InstanceId, NicId } from '../zec/ids';
import { MAX_NICS_PER_INSTANCE } from '../zec/types';
import type { InstanceInfo, NicInfo } from '../zec/types';
import { describeError } from './client';
import type { ProviderClient } from './client';
import { writePrivate } from './nic-attachment-state';

export const CHECK_ID = 'Check the ID, the region and the account that the credentials belong to.';

/** The IDs of a planned attachment; `undefined` if known only after apply. */
interface PlannedEndpoints {
  readonly nicId: NicId | undefined;
  readonly instanceId: InstanceId | undefined;
}

/**
 * Checks a planned create against the API. Marks its private state if the same plan detaches the vNIC from another
 * instance.
 * @returns why apply is certain to fail, if it is
 */
export async function checkPlanned(
  endpoints: PlannedEndpoints,
  context: ResourceContext<ProviderClient>,
): Promise<string | undefined> {
  const { client, diagnostics, signal } = context;
  try {
    // During an apply the create itself checks all this.
    if (client.tracker.applying || !client.canCheck(diagnostics)) return undefined;
    const { blocker, releasedByPlan } = await new Preflight(client, diagnostics, signal).check(endpoints);
    if (releasedByPlan) context.privateState = writePrivate({ releasedByPlan: true });
    return blocker;
  } catch (error) {
    if (!(error instanceof ZecError)) throw error;
    const { summary, detail } = describeError(error) ?? { summary: error.message };
    diagnostics.warning('The plan could not be checked against the API', [summary, detail].join('. '));
    return undefined;
  }
}

/**
 * Checks a planned create against the API, and adds a warning at the attribute concerned. Problems are not errors,
 * because Terraform also plans the creation of missing resources before a destroy.
 */
class Preflight {
  /** Reasons why apply is certain to fail. */
  private readonly blockers: string[] = [];

  public constructor(
    private readonly client: ProviderClient,
    private readonly diagnostics: Diagnostics,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * @returns why apply is certain to fail, if it is; and whether the same plan detaches the vNIC from another instance,
   * so that apply must wait for that
   */
  public async check({ nicId, instanceId }: PlannedEndpoints): Promise<{
    readonly blocker: string | undefined;
    readonly releasedByPlan: boolean;
  }> {
    let releasedByPlan = false;
    if (nicId !== undefined && instanceId !== undefined) {
      const { view, attachment } = await this.client.preview({ nicId, instanceId }, this.signal);
      this.checkNic(nicId, attachment.nic);
      await this.checkInstance(instanceId, attachment.instance);
      this.checkRegion(attachment);
      if (view.owner === 'other') releasedByPlan = await this.releasedByPlan(nicId, view.ownerId ?? '');
    } else if (nicId !== undefined) {
      this.checkNic(nicId, await this.client.nic(nicId, this.signal));
    } else if (instanceId !== undefined) {
      await this.checkInstance(instanceId, await this.client.instance(instanceId, this.signal));
    }
    const blocker = this.blockers.length === 0 ? undefined : this.blockers.join('\n');
    return { blocker, releasedByPlan };
  }

  private block(summary: string, detail: string, path: Path): void {
    this.blockers.push(`${summary}. ${detail}`);
    this.diagnostics.warning(summary, `${detail} Apply will fail.`, path);
  }

  private checkNic(nicId: NicId, nic: NicInfo | undefined): void {
    if (nic === undefined) {
      this.block(`vNIC ${nicId} does not exist`, CHECK_ID, ['nic_id']);
    } else if (nic.nicType === 'Primary') {
      const detail =
        'A primary vNIC is created and deleted with its instance. Declare an attachment of a secondary vNIC.';
      this.block(`vNIC ${nicId} is a primary vNIC`, detail, ['nic_id']);
    }
  }

  private async checkInstance(id: InstanceId, instance: InstanceInfo | undefined): Promise<void> {
    if (instance === undefined) {
      this.block(`Instance ${id} does not exist`, CHECK_ID, ['instance_id']);
      return;
    }
    if (instance.status !== 'RUNNING') {
      this.diagnostics.warning(
        `Instance ${id} is ${instance.status}`,
        'The API attaches vNICs to running instances only. Apply waits while the instance is starting, and fails if it is stopped.',
        ['instance_id'],
      );
    }
    const { tracker } = this.client;
    const listed = instance.nics.map(({ nicId }) => nicId);
    const count = () => tracker.countAfter(id, listed);
    const fits = await tracker.waitUntilQuiet(() => count() <= MAX_NICS_PER_INSTANCE, this.signal);
    if (fits === false && tracker.firstReport(id)) {
      this.diagnostics.warning(
        `Instance ${id} would hold ${count()} vNICs`,
        `An instance holds at most ${MAX_NICS_PER_INSTANCE} vNICs, including its primary. Apply will fail for those over the limit.`,
        ['instance_id'],
      );
    }
  }

  private checkRegion({ nic, instance }: ReadResult['attachment']): void {
    const { regionId } = nic ?? {};
    const { zoneId } = instance ?? {};
    if (regionId === undefined || zoneId === undefined || isInRegion(zoneId, regionId)) return;
    this.block(
      `vNIC and instance are in different regions: ${regionId} and ${zoneId}`,
      'A vNIC can be attached only to an instance in its own region. Use another vNIC or another instance.',
      ['instance_id'],
    );
  }

  private async releasedByPlan(nicId: NicId, ownerId: string): Promise<boolean> {
    const { tracker } = this.client;
    const detached = await tracker.waitUntilQuiet(() => tracker.detaches(nicId, ownerId), this.signal);
    if (detached === false) {
      this.diagnostics.warning(
        `vNIC ${nicId} is attached to instance ${ownerId}`,
        'Nothing in this plan detaches it from that instance, so apply will fail and not modify it. Detach it first.',
        ['nic_id'],
      );
    }
    return detached === true;
  }
}
