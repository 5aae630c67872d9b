import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../lib/zec/clock';

/** More waits than any test needs, so that an endless loop fails. Mutation tests set a lower limit. */
const MAX_WAITS = Number(process.env.ZEC_MAX_WAITS ?? 200_000);

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/**
 * A clock that advances to the next sleeper when no other work is pending. Minutes of polling take milliseconds, in the
 * same order on every machine.
 */
export class FakeClock implements Clock {
  private sleepers: Sleeper[] = [];

  /** @param time the monotonic time at first */
  public constructor(
    private readonly epoch = Date.UTC(2026, 0, 1),
    private time = 0,
  ) {}

  public now(): number {
    return this.time;
  }

  public wall(): number {
    return this.epoch + this.time;
  }

  public sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const sleeper: Sleeper = {
        at: this.time + Math.max(0, ms),
        wake: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        this.sleepers = this.sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.sleepers.push(sleeper);
    });
  }

  /**
   * Runs `work` to completion, and skips all waits.
   * @param io whether `work` also waits for the network, which this clock does not control
   * @param maxWaits the number of waits after which `work` counts as endless
   */
  public async run<T>(work: Promise<T>, { io = false, maxWaits = MAX_WAITS } = {}): Promise<T> {
    const progress = { settled: false };
    const done = () => {
      progress.settled = true;
    };
    work.then(done, done);
    for (let waits = 0; waits < maxWaits;) {
      await nextTurn();
      if (progress.settled) return work;
      if (this.wakeNext()) waits += 1;
      else if (!io)
        throw new Error(
          'nothing sleeps and the work is not complete: it waits for an event that never happens',
        );
    }
    throw new Error(`still waiting after ${maxWaits} waits, ${this.time} ms: it counts as endless`);
  }

  private wakeNext(): boolean {
    let at = 0;
    for (const [index, sleeper] of this.sleepers.entries()) {
      if (sleeper.at < (this.sleepers[at]?.at ?? Infinity)) at = index;
    }
    const [next] = this.sleepers.splice(at, 1);
    if (next === undefined) return false;
    this.time = Math.max(this.time, next.at);
    next.wake();
    return true;
  }
}
