import type { Clock } from '../zec/clock';
import { MAX_IDS_PER_REQUEST } from '../zec/types';

interface Waiter {
  readonly dueAt: number;
  /** Waits no longer than this for the sake of others. */
  readonly latestAt: number;
  readonly wake: () => void;
}

/**
 * The waits between looks of many operations, brought to the same moments: whoever waits looks along when another's
 * wait is over, because one request asks for up to 100. Many together also look a little more rarely than one alone.
 */
export class Rounds {
  private readonly waiters = new Set<Waiter>();
  private lastAt = -Infinity;
  private timer: { readonly at: number; readonly cancel: AbortController } | undefined;

  public constructor(private readonly clock: Clock) {}

  /** How many wait. */
  public get waiting(): number {
    return this.waiters.size;
  }

  /**
   * Waits for `ms` milliseconds, less if others look sooner, and up to `patienceMs` more if others have just looked.
   * @throws the signal's reason when it aborts
   */
  public wait(ms: number, patienceMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const now = this.clock.now();
      const waiter: Waiter = {
        dueAt: now + ms,
        latestAt: now + ms + patienceMs,
        wake: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        this.waiters.delete(waiter);
        this.arm();
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.waiters.add(waiter);
      this.arm();
    });
  }

  /** Sets the timer for the next round, or none. */
  private arm(): void {
    const at = this.nextAt();
    if (at === this.timer?.at) return;
    this.timer?.cancel.abort();
    this.timer = undefined;
    if (at === Infinity) return;
    const cancel = new AbortController();
    this.timer = { at, cancel };
    this.clock.sleep(at - this.clock.now(), cancel.signal).then(
      () => this.release(),
      () => undefined,
    );
  }

  private nextAt(): number {
    const spacedAt = this.lastAt + spacing(this.waiters.size);
    let next = Infinity;
    for (const { dueAt, latestAt } of this.waiters) {
      next = Math.min(next, Math.max(dueAt, Math.min(latestAt, spacedAt)));
    }
    return next;
  }

  private release(): void {
    const now = this.clock.now();
    const byTurn = [...this.waiters].sort((a, b) => a.dueAt - b.dueAt);
    const due = byTurn.filter(({ dueAt }) => dueAt <= now).length;
    // Whoever looks along must cost no request more.
    const seats = Math.max(1, Math.ceil(due / MAX_IDS_PER_REQUEST)) * MAX_IDS_PER_REQUEST;
    this.lastAt = now;
    this.timer = undefined;
    for (const waiter of byTurn.slice(0, seats)) {
      this.waiters.delete(waiter);
      waiter.wake();
    }
    this.arm();
  }
}

const SPACING_MS = 400;

/** Shortest time between two rounds of so many, in milliseconds. */
function spacing(waiting: number): number {
  return waiting <= 1 ? 0 : SPACING_MS * waiting ** 0.25;
}
