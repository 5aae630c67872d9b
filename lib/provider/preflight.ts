import type { ReadResult, Target } from '../handler';
import type { Diagnostics } from '../plugin';
import type { InstanceId, NicId } from '../zec/ids';
import { MAX_NICS_PER_INSTANCE } from '../zec/types';
import type { InstanceInfo, NicInfo } from '../zec/types';
import type { ProviderClient } from './client';

/** What is known of a planned attachment: an id that only apply will tell is `undefined`. */
export interface PlannedEnds {
  readonly nicId: NicId | undefined;
  readonly instanceId: InstanceId | undefined;
}

/** Checks against the API what a plan is about to create, and says at which attribute something is in the way. */
export class Preflight {
  /**
   * What makes apply fail is an error; but a warning where it makes an attachment again that vanished, because
   * Terraform plans that first when it destroys, too.
   */
  private severity: 'error' | 'warning' = 'error';

  public constructor(
    private readonly client: ProviderClient,
    private readonly diagnostics: Diagnostics,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * @param ordinal how many attachments of the instance the plan makes, up to this one
   * @returns whether the same plan frees the vNIC, so that apply has to wait for that
   */
  public async check(ends: PlannedEnds, ordinal: number): Promise<boolean> {
    const { nicId, instanceId } = ends;
    if (nicId !== undefined && instanceId !== undefined) {
      if (this.client.planned.hasVanished({ nicId, instanceId })) this.severity = 'warning';
      const { view, attachment } = await this.client.preview({ nicId, instanceId }, this.signal);
      this.checkNic(nicId, attachment.nic);
      await this.checkInstance(instanceId, attachment.instance, ordinal);
      this.checkRegion(attachment);
      return view.owner === 'other' && (await this.heldElsewhere({ nicId, instanceId }, view.ownerId ?? ''));
    }
    if (nicId !== undefined) this.checkNic(nicId, await this.client.nic(nicId, this.signal));
    if (instanceId !== undefined) {
      await this.checkInstance(instanceId, await this.client.instance(instanceId, this.signal), ordinal);
    }
    return false;
  }

  private checkNic(nicId: NicId, nic: NicInfo | undefined): void {
    if (nic === undefined) {
      this.diagnostics[this.severity](
        `vNIC ${nicId} does not exist`,
        'Check the id, the region and the account that the credentials belong to.',
        ['nic_id'],
      );
    } else if (nic.nicType === 'Primary') {
      this.diagnostics[this.severity](
        `vNIC ${nicId} is a primary vNIC`,
        'A primary vNIC comes and goes with its instance. Declare an attachment of a secondary vNIC.',
        ['nic_id'],
      );
    }
  }

  private async checkInstance(
    id: InstanceId,
    instance: InstanceInfo | undefined,
    ordinal: number,
  ): Promise<void> {
    if (instance === undefined) {
      this.diagnostics[this.severity](
        `Instance ${id} does not exist`,
        'Check the id, the region and the account that the credentials belong to.',
        ['instance_id'],
      );
      return;
    }
    if (instance.status !== 'RUNNING') {
      this.diagnostics.warning(
        `Instance ${id} is ${instance.status}`,
        'The API attaches to running instances only. Apply waits if it is on its way there, and fails if it is stopped.',
        ['instance_id'],
      );
    }
    const planned = () => instance.nics.length + ordinal - this.client.planned.freedFrom(id);
    const fits = await this.client.planned.settle(() => planned() <= MAX_NICS_PER_INSTANCE, this.signal);
    if (fits === false) {
      this.diagnostics.warning(
        `Instance ${id} would hold ${planned()} vNICs`,
        `An instance holds at most ${MAX_NICS_PER_INSTANCE}, its primary included. Apply will fail for those over the limit.`,
        ['instance_id'],
      );
    }
  }

  private checkRegion({ nic, instance }: ReadResult['attachment']): void {
    const { regionId } = nic ?? {};
    const { zoneId } = instance ?? {};
    if (regionId === undefined || zoneId === undefined || isIn(zoneId, regionId)) return;
    this.diagnostics[this.severity](
      `vNIC and instance are in different regions: ${regionId} and ${zoneId}`,
      'A vNIC can be attached only to an instance of its own region. Choose another vNIC or another instance.',
      ['instance_id'],
    );
  }

  private async heldElsewhere(target: Target, ownerId: string): Promise<boolean> {
    const freed = await this.client.planned.settle(
      () => this.client.planned.frees(target.nicId, ownerId),
      this.signal,
    );
    if (freed === false) {
      this.diagnostics.warning(
        `vNIC ${target.nicId} is attached to instance ${ownerId}`,
        'Nothing in this plan detaches it there, so apply will fail and leave it alone. Detach it there first.',
        ['nic_id'],
      );
    }
    return freed ?? (!this.client.planned.applying || this.client.planned.removing);
  }
}

/** A zone is named after its region: `asia-east-1a` is in `asia-east-1`, and `asia-east-10a` is not. */
function isIn(zoneId: string, regionId: string): boolean {
  return zoneId.startsWith(regionId) && !/^\d/.test(zoneId.slice(regionId.length));
}
