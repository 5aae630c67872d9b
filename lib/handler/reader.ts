import { withTimeout } from '../zec/clock';
import type { Clock } from '../zec/clock';
import type { InstanceId, NicId } from '../zec/ids';
import { describeInstancesById, describeNics } from '../zec/paging';
import type { InstanceInfo, NicInfo, ZecApi } from '../zec/types';
import { Batch } from './batch';
import type { BatchOptions } from './batch';
import type { Observation, Target } from './view';

/** How old the answer about the vNIC may be when a read ends, in milliseconds. An older one is requested once more. */
const FRESH_MS = 1_000;

/** How long a read of an instance may be reused while only the vNIC is read, in milliseconds. */
const INSTANCE_REUSED_MS = 30_000;

/** How long the read at an operation's deadline may take, whatever waits for the rate limiter, in milliseconds. */
const LAST_READ_MS = 5_000;

/** A read took longer than it may. */
export class ReadTimeout extends Error {}

/** Reads vNICs and instances for many operations, in shared requests. Nothing is cached. */
export class Reader {
  public readonly clock: Clock;
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
   * Reads a vNIC and an instance.
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

/** Reads the two ends of one attachment, with no more requests than tell something new. */
export class TargetReader {
  private instance: { readonly info: InstanceInfo | undefined; readonly readAt: number } | undefined;

  /**
   * @param timeoutMs how long one read may take
   * @param deadline of the operation, in milliseconds of the clock
   */
  public constructor(
    private readonly reader: Reader,
    private readonly target: Target,
    private readonly timeoutMs: number,
    private readonly deadline: number,
  ) {}

  /**
   * Reads both ends at once; or the vNIC first, and the instance only if the vNIC is not enough.
   * @param isEnough given the vNIC, and the instance as it was read last; without it both are read
   * @throws ZecError when the API could not be asked; ReadTimeout; the signal's reason when it aborts
   */
  public read(
    signal: AbortSignal | undefined,
    isEnough?: (observation: Observation) => boolean,
  ): Promise<Observation> {
    const { clock } = this.reader;
    const ms = Math.min(this.timeoutMs, Math.max(0, this.deadline - clock.now()) + LAST_READ_MS);
    const timeout = () => new ReadTimeout(`no response within ${ms / 1000} s`);
    return withTimeout(clock, ms, timeout, signal, (either) => this.observe(either, isEnough));
  }

  private async observe(
    signal: AbortSignal,
    isEnough?: (observation: Observation) => boolean,
  ): Promise<Observation> {
    const { clock } = this.reader;
    const { instance: known } = this;
    let readAt = clock.now();
    let nic: { readonly info: NicInfo | undefined } | undefined;
    if (isEnough !== undefined && known !== undefined && readAt < known.readAt + INSTANCE_REUSED_MS) {
      nic = { info: await this.reader.nic(this.target.nicId, signal, true) };
      const half = { nic: nic.info, instance: known.info };
      if (isEnough(half)) return half;
      readAt = clock.now();
    }
    const observation = await this.reader.both(this.target, signal, nic);
    this.instance = { info: observation.instance, readAt };
    return observation;
  }
}
