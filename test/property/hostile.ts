import { InvalidInputError } from '../../lib/simulator';
import type { Cloud, WorldPatch } from '../../lib/simulator';
import { instance, nic } from '../simulator/worlds';
import type { FakeClock } from '../support/fake-clock';
import { NICS } from './scenario';
import type { ForeignAction, TimedForeignAction } from './scenario';

/** Simulates other users of the account, and the platform. */
export class ForeignActor {
  /** The successful actions, with their times in milliseconds from the start of the run. */
  public readonly done: { readonly act: ForeignAction; readonly at: number }[] = [];
  public atRest = false;

  public constructor(
    private readonly cloud: Cloud,
    private readonly clock: FakeClock,
    private readonly acts: readonly TimedForeignAction[],
  ) {
    for (const { when, act } of acts)
      if ('at' in when) void clock.sleep(when.at).then(() => this.attempt(act));
  }

  /** Called when the API has served `count` of our requests. */
  public afterRequest(count: number): void {
    for (const { when, act } of this.acts) {
      if ('afterRequest' in when && when.afterRequest === count) this.attempt(act);
    }
  }

  public rest(): void {
    this.atRest = true;
  }

  /** Makes every vNIC and instance usable again, and keeps completed attachments. */
  public repair(): void {
    const { instances, nics } = this.cloud.world();
    this.cloud.patch({
      settings: { rateLimitPerSecond: 0 },
      instances: ['ins-1', ...instances.map(({ instanceId }) => instanceId)].map((id) => ({
        ...(instances.some(({ instanceId }) => instanceId === id) ? {} : instance(id)),
        instanceId: id,
        status: 'RUNNING',
      })),
      nics: NICS.map((id) => {
        const there = nics.find(({ nicId }) => nicId === id);
        if (there === undefined) return nic(id);
        return there.status === 'USED' ? { nicId: id } : { nicId: id, status: 'AVAILABLE', instanceId: null };
      }),
    });
  }

  /** The instance to which the vNIC is attached, otherwise one to which it can be attached. */
  public repairedTarget(nicId: string): string {
    return this.cloud.world().nics.find((each) => each.nicId === nicId)?.instanceId ?? 'ins-1';
  }

  public attempt(act: ForeignAction): void {
    if (this.atRest) return;
    try {
      if (this.carriedOut(act)) this.done.push({ act, at: this.clock.now() });
    } catch (error) {
      // Impossible in the current world, such as a ninth vNIC of an instance.
      if (!(error instanceof InvalidInputError)) throw error;
    }
  }

  private carriedOut(act: ForeignAction): boolean {
    switch (act.kind) {
      case 'attach':
        return this.request('AttachNetworkInterface', { nicId: act.nicId, instanceId: act.instanceId });
      case 'detach':
        return this.request('DetachNetworkInterface', { nicId: act.nicId });
      case 'take':
        return this.change({ nics: { [act.nicId]: { status: 'USED', instanceId: act.instanceId } } });
      case 'free':
        return this.change({ nics: { [act.nicId]: { status: 'AVAILABLE', instanceId: null } } });
      case 'vanish':
        return this.change({ nics: { [act.nicId]: null } });
      case 'recreate':
        return this.change({ nics: { [act.nicId]: { ...nic(act.nicId), instanceId: null } } });
      case 'nic-status':
        return this.change({ nics: { [act.nicId]: { status: act.status } } });
      case 'instance-status':
        return this.change({ instances: { [act.instanceId]: { status: act.status } } });
      case 'release':
        return this.change({ instances: { [act.instanceId]: null } });
      case 'reboot': {
        const status = (to: string) => this.change({ instances: { [act.instanceId]: { status: to } } });
        void this.clock.sleep(act.forMs).then(() => {
          const there = this.cloud.world().instances.some(({ instanceId }) => instanceId === act.instanceId);
          if (there && !this.atRest) status('RUNNING');
        });
        return status('REBOOT');
      }
    }
  }

  private request(action: string, parameters: object): boolean {
    const response = this.cloud.handle(action, parameters);
    return response.kind === 'response' && response.status === 200;
  }

  private change(patch: WorldPatch): boolean {
    this.cloud.patch(patch);
    return true;
  }
}
