import type { Clock } from '../zec/clock';
import type { InstanceInfo } from '../zec/types';
import type { Observation, Target } from './observation';
import type { Observer } from './observer';

/** How long what was seen of an instance may still be shown while only the vNIC is read, in milliseconds. */
const INSTANCE_SHOWN_MS = 30_000;

/** How long the read at an operation's deadline may take, whatever waits for the rate limiter, in milliseconds. */
const LAST_READ_MS = 5_000;

/** Given as a reason: the default one is costly to make. */
const FINISHED = new Error('the read is over');

/** A read that took longer than one may. */
export class ReadTimeout extends Error {}

export interface TargetReaderOptions {
  readonly observer: Observer;
  readonly clock: Clock;
  /** How long one read may take, in milliseconds. */
  readonly lookTimeoutMs: number;
}

/** Reads the vNIC and the instance of one attachment, with no more requests than tell something new. */
export class TargetReader {
  /** What the last read of the instance showed, if there was one. */
  private instance: { readonly info: InstanceInfo | undefined; readonly askedAt: number } | undefined;

  public constructor(
    private readonly target: Target,
    private readonly options: TargetReaderOptions,
  ) {}

  /**
   * Reads both ends at once; or the vNIC first, and the instance only if the vNIC alone is not enough.
   * @param deadline of the operation, in milliseconds of the clock
   * @param isEnough given what the vNIC shows, together with what the instance showed last; without it both are read
   * @throws ZecError when the API could not be asked; ReadTimeout; the signal's reason when it aborts
   */
  public async read(
    signal: AbortSignal | undefined,
    deadline: number,
    isEnough?: (observation: Observation) => boolean,
  ): Promise<Observation> {
    const { clock } = this.options;
    const lastMs = Math.max(0, deadline - clock.now()) + LAST_READ_MS;
    const lookTimeoutMs = Math.min(this.options.lookTimeoutMs, lastMs);
    const finished = new AbortController();
    const timeout = new AbortController();
    const signals = [timeout.signal, ...(signal === undefined ? [] : [signal])];
    clock.sleep(lookTimeoutMs, finished.signal).then(
      () => timeout.abort(new ReadTimeout(`no answer within ${lookTimeoutMs / 1000} s`)),
      () => undefined,
    );
    try {
      return await this.observe(AbortSignal.any(signals), isEnough);
    } finally {
      finished.abort(FINISHED);
    }
  }

  private async observe(
    signal: AbortSignal,
    isEnough?: (observation: Observation) => boolean,
  ): Promise<Observation> {
    const { clock, observer } = this.options;
    const { instance: known } = this;
    let askedAt = clock.now();
    let observation: Observation;
    if (isEnough === undefined || known === undefined || askedAt >= known.askedAt + INSTANCE_SHOWN_MS) {
      observation = await observer.look(this.target, signal);
    } else {
      const nic = await observer.nic(this.target.nicId, { signal, atOnce: true });
      const half = { nic, instance: known.info };
      if (isEnough(half)) return half;
      askedAt = clock.now();
      observation = await observer.complete(this.target, nic, signal);
    }
    this.instance = { info: observation.instance, askedAt };
    return observation;
  }
}
