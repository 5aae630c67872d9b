import type { Clock } from '../zec/clock';
import type { InstanceId, NicId } from '../zec/ids';
import { describeInstancesById, describeNics } from '../zec/paging';
import type { InstanceInfo, NicInfo, ZecApi } from '../zec/types';
import { Batch } from './batch';
import type { BatchOptions } from './batch';
import type { Observation, Target } from './view';

/** How old the answer about the vNIC may be when a read ends, in milliseconds. An older one is requested once more. */
const FRESH_MS = 1_000;

/** Reads vNICs and instances for many operations, in shared requests. Nothing is cached. */
export class Reader {
  private readonly clock: Clock;
  private readonly nics: Batch<NicId, NicInfo>;
  private readonly instances: Batch<InstanceId, InstanceInfo>;

  public constructor(api: ZecApi, options: BatchOptions) {
    this.clock = options.clock;
    // A lookup that waits for the rate limiter shares its request with those that come meanwhile.
    const limited = { ready: () => api.clear?.(), ...options };
    this.nics = new Batch((ids) => describeNics(api, ids), limited);
    this.instances = new Batch((ids) => describeInstancesById(api, ids), limited);
  }

  /**
   * @param nic a read of the vNIC that has just ended: only the instance is read, at once
   * @throws ZecError when the API could not be asked; the signal's reason when it aborts
   */
  public async both(
    { nicId, instanceId }: Target,
    signal?: AbortSignal,
    nic?: { readonly info: NicInfo | undefined },
  ): Promise<Observation> {
    const atOnce = nic !== undefined;
    const reading = atOnce ? Promise.resolve(nic.info) : this.nic(nicId, signal);
    const dated = reading.then((info) => ({ info, readAt: this.clock.now() }));
    const [seen, instance] = await Promise.all([dated, this.instances.ask(instanceId, signal, atOnce)]);
    // A detach names only the vNIC, so its owner must not be outdated because the instance was slow to come.
    const isFresh = this.clock.now() - seen.readAt <= FRESH_MS;
    return { nic: isFresh ? seen.info : await this.nic(nicId, signal, true), instance };
  }

  /** Reads a vNIC alone. Throws as {@link both} does. */
  public nic(id: NicId, signal?: AbortSignal, atOnce = false): Promise<NicInfo | undefined> {
    return this.nics.ask(id, signal, atOnce);
  }
}
