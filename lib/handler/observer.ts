import type { InstanceId, NicId } from '../zec/ids';
import { describeInstancesById, describeNics } from '../zec/paging';
import type { InstanceInfo, NicInfo, ZecApi } from '../zec/types';
import { Batch } from './batch';
import type { BatchOptions } from './batch';
import type { Observation, Target } from './observation';

export interface LookOptions {
  readonly signal?: AbortSignal | undefined;
  /** Shares its request only with looks wanted in this very moment. */
  readonly atOnce?: boolean;
}

/** How old the answer about the vNICs may be when a look ends, in milliseconds. Older, it is asked for once more. */
const FRESH_MS = 1_000;

/**
 * Looks at the API for many operations at once, in shared requests. Nothing is cached: every look is answered by
 * requests sent after it was asked for.
 */
export class Observer {
  private readonly nics: Batch<NicId, NicInfo>;
  private readonly instances: Batch<InstanceId, InstanceInfo>;

  public constructor(
    api: ZecApi,
    private readonly options: BatchOptions,
  ) {
    // While requests wait for their turn, a look that waits with them shares its requests with those that come later.
    const paced = { ready: () => api.clear?.(), ...options };
    this.nics = new Batch((ids) => describeNics(api, ids), paced);
    this.instances = new Batch((ids) => describeInstancesById(api, ids), paced);
  }

  /**
   * One look at a vNIC and an instance.
   * @throws ZecError when the API could not be asked; the signal's reason when it aborts
   */
  public look(target: Target, signal?: AbortSignal): Promise<Observation> {
    return this.both(target, this.nic(target.nicId, { signal }), { signal });
  }

  /** Makes a whole look of a look at the vNIC that has just ended. Throws as {@link look} does. */
  public complete(target: Target, nic: NicInfo | undefined, signal?: AbortSignal): Promise<Observation> {
    return this.both(target, Promise.resolve(nic), { signal, atOnce: true });
  }

  /** One look at a vNIC alone. Throws as {@link look} does. */
  public nic(id: NicId, { signal, atOnce }: LookOptions = {}): Promise<NicInfo | undefined> {
    return this.nics.ask(id, signal, atOnce);
  }

  private async both(
    { nicId, instanceId }: Target,
    look: Promise<NicInfo | undefined>,
    options: LookOptions,
  ): Promise<Observation> {
    const { clock } = this.options;
    const timed = look.then((nic) => ({ nic, seenAt: clock.now() }));
    const asked = this.instances.ask(instanceId, options.signal, options.atOnce);
    const [{ nic, seenAt }, instance] = await Promise.all([timed, asked]);
    // A detach names only the vNIC: whose it is must not be old news because the instance was slow to come.
    const isOld = clock.now() - seenAt > FRESH_MS;
    return { nic: isOld ? await this.nic(nicId, { ...options, atOnce: true }) : nic, instance };
  }
}
