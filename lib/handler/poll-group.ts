import { orAborted } from '../zec/clock';
import type { Clock } from '../zec/clock';

/** Given as a reason: the default one is costly to create. */
const REPLACED = new Error('another timer replaces it');

interface Waiter {
  readonly earliestAt: number;
  readonly dueAt: number;
  readonly wake: () => void;
}

/** All waiters that may wake when the first one is due wake together, so that their polls share requests. */
export class PollGroup {
  private readonly waiters = new Set<Waiter>();
  private timer: { readonly at: number; readonly cancel: AbortController } | undefined;

  public constructor(private readonly clock: Clock) {}

  /**
   * Waits until `dueAt`, or only until another waiter is due at `earliestAt` or later.
   * @throws the signal's reason when it aborts
   */
  public async wait(earliestAt: number, dueAt: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    let waiter: Waiter | undefined;
    const woken = new Promise<void>((wake) => {
      waiter = { earliestAt, dueAt, wake };
      this.waiters.add(waiter);
    });
    this.arm();
    try {
      await orAborted(woken, signal);
    } finally {
      if (waiter !== undefined && this.waiters.delete(waiter)) this.arm();
    }
  }

  /** Sets the timer for the first waiter that is due, or none. */
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
    // A timer may fire a little early.
    const now = Math.max(at, this.clock.now());
    for (const waiter of [...this.waiters]) {
      if (Math.min(waiter.earliestAt, waiter.dueAt) > now) continue;
      this.waiters.delete(waiter);
      waiter.wake();
    }
    this.arm();
  }
}
