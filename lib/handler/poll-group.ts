import type { Clock } from '../zec/clock';

/** Given as a reason: the default one is costly to make. */
const REPLACED = new Error('another timer took its place');

interface Waiter {
  readonly earliestAt: number;
  readonly dueAt: number;
  readonly wake: () => void;
}

/**
 * Brings the polls of many operations to the same moments: one request asks for up to 100 vNICs, so all who may wake by
 * then wake together when the first one is due.
 */
export class PollGroup {
  private readonly waiters = new Set<Waiter>();
  private timer: { readonly at: number; readonly cancel: AbortController } | undefined;

  public constructor(private readonly clock: Clock) {}

  /**
   * Waits until `dueAt`, or only until another one is due at `earliestAt` or later.
   * @throws the signal's reason when it aborts
   */
  public wait(earliestAt: number, dueAt: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const waiter: Waiter = {
        earliestAt,
        dueAt,
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

  /** Sets the timer for the first one due, or none. */
  private arm(): void {
    let at = Infinity;
    for (const { dueAt } of this.waiters) at = Math.min(at, dueAt);
    if (at === this.timer?.at) return;
    this.timer?.cancel.abort(REPLACED);
    this.timer = undefined;
    if (at === Infinity) return;
    const cancel = new AbortController();
    this.timer = { at, cancel };
    this.clock.sleep(at - this.clock.now(), cancel.signal).then(
      () => this.wake(at),
      () => undefined,
    );
  }

  private wake(at: number): void {
    this.timer = undefined;
    // A timer may come a little early.
    const now = Math.max(at, this.clock.now());
    for (const waiter of [...this.waiters]) {
      if (Math.min(waiter.earliestAt, waiter.dueAt) > now) continue;
      this.waiters.delete(waiter);
      waiter.wake();
    }
    this.arm();
  }
}
