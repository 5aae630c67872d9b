import type { ResourceContext } from '../plugin';
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

/** Reports why apply is certain to fail. */
type Block = (summary: string, detail: string, attribute: string) => void;
type Context = ResourceContext<ProviderClient>;

/**
 * Checks a planned create against the API, and adds a warning at the attribute concerned. Problems are not errors,
 * because Terraform also plans the creation of missing resources before a destroy. Marks the private state if the same
 * plan detaches the vNIC from another instance, so that apply must wait for that.
 * @returns why apply is certain to fail, if it is
 */
export async function checkPlanned(
  endpoints: PlannedEndpoints,
  context: Context,
): Promise<string | undefined> {
  const { client, diagnostics } = context;
  const blockers: string[] = [];
  const block: Block = (summary, detail, attribute) => {
    blockers.push(`${summary}. ${detail}`);
    diagnostics.warning(summary, `${detail} Apply will fail.`, [attribute]);
  };
  try {
    // During an apply the create itself checks all this.
    if (client.tracker.applying || !client.canCheck(diagnostics)) return undefined;
    await check(endpoints, context, block);
    return blockers.length === 0 ? undefined : blockers.join('\n');
  } catch (error) {
    if (!(error instanceof ZecError)) throw error;
    const { summary, detail } = describeError(error) ?? { summary: error.message };
    diagnostics.warning('The plan could not be checked against the API', [summary, detail].join('. '));
    return undefined;
  }
}

async function check({ nicId, instanceId }: PlannedEndpoints, context: Context, block: Block): Promise<void> {
  const { client, signal } = context;
  if (nicId === undefined) {
    if (instanceId === undefined) return;
    await checkInstance(instanceId, await client.instance(instanceId, signal), context, block);
  } else if (instanceId === undefined) {
    checkNic(nicId, await client.nic(nicId, signal), block);
  } else {
    const { view, attachment } = await client.preview({ nicId, instanceId }, signal);
    const { nic, instance } = attachment;
    checkNic(nicId, nic, block);
    await checkInstance(instanceId, instance, context, block);
    checkRegion(nic?.regionId, instance?.zoneId, block);
    // Of another instance's primary vNIC, that it is primary says enough.
    if (
      view.owner === 'other' &&
      !view.primary &&
      (await isReleasedByPlan(nicId, view.ownerId ?? '', context))
    ) {
      context.privateState = writePrivate({ releasedByPlan: true });
    }
  }
}

function checkNic(nicId: NicId, nic: NicInfo | undefined, block: Block): void {
  if (nic === undefined) {
    block(`vNIC ${nicId} does not exist`, CHECK_ID, 'nic_id');
  } else if (nic.nicType === 'Primary') {
    const detail =
      'A primary vNIC is created and deleted with its instance. Declare an attachment of a secondary vNIC.';
    block(`vNIC ${nicId} is a primary vNIC`, detail, 'nic_id');
  }
}

async function checkInstance(
  id: InstanceId,
  instance: InstanceInfo | undefined,
  { client: { tracker }, diagnostics, signal }: Context,
  block: Block,
): Promise<void> {
  if (instance === undefined) {
    block(`Instance ${id} does not exist`, CHECK_ID, 'instance_id');
    return;
  }
  if (instance.status !== 'RUNNING') {
    diagnostics.warning(
      `Instance ${id} is ${instance.status}`,
      'The API attaches vNICs to running instances only. Apply waits while the instance is starting, and fails if it is stopped.',
      ['instance_id'],
    );
  }
  const listed = instance.nics.map(({ nicId }) => nicId);
  const count = () => tracker.countAfter(id, listed);
  const fits = await tracker.waitUntilQuiet(() => count() <= MAX_NICS_PER_INSTANCE, signal);
  if (fits === false && tracker.firstReport(id)) {
    diagnostics.warning(
      `Instance ${id} would hold ${count()} vNICs`,
      `An instance holds at most ${MAX_NICS_PER_INSTANCE} vNICs, including its primary, fewer on small sizes. Apply will fail for those over the limit.`,
      ['instance_id'],
    );
  }
}

function checkRegion(regionId: string | undefined, zoneId: string | undefined, block: Block): void {
  if (regionId === undefined || zoneId === undefined || isInRegion(zoneId, regionId)) return;
  block(
    `vNIC and instance are in different regions: ${regionId} and ${zoneId}`,
    'A vNIC can be attached only to an instance in its own region. Use another vNIC or another instance.',
    'instance_id',
  );
}

async function isReleasedByPlan(
  nicId: NicId,
  ownerId: string,
  { client: { tracker }, diagnostics, signal }: Context,
): Promise<boolean> {
  const detached = await tracker.waitUntilQuiet(() => tracker.detaches(nicId, ownerId), signal);
  if (detached === false) {
    diagnostics.warning(
      `vNIC ${nicId} is attached to instance ${ownerId}`,
      'Nothing in this plan detaches it from that instance, so apply will fail and not modify it. Detach it first.',
      ['nic_id'],
    );
  }
  return detached === true;
}
