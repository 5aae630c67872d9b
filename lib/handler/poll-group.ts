import type { Clock } from '../zec/clock';

interface Waiter {
  /** From this moment on it wakes together with others. */
  readonly earliestAt: number;
  readonly dueAt: number;
  readonly wake: () => void;
}

/**
 * Brings the polls of many operations to the same moments: one request asks for up to 100 vNICs, so all who wait wake
 * together when the first of them is due. Only those who
 * polled less than half their time ago go on waiting.
 */
export class PollGroup {
  private readonly waiters = new Set<Waiter>();
  private timer: { readonly at: number; readonly cancel: AbortController } | undefined;

  public constructor(private readonly clock: Clock) {}

  /**
   * Waits until `dueAt`, or less: others may be due sooner.
   * @param lastAt when this one polled last
   * @throws the signal's reason when it aborts
   */
  public wait(lastAt: number, dueAt: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const waiter: Waiter = {
        earliestAt: lastAt + (dueAt - lastAt) / 2,
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
    this.timer?.cancel.abort();
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
      if (waiter.earliestAt > now) continue;
      this.waiters.delete(waiter);
      waiter.wake();
    }
    this.arm();
  }
}
