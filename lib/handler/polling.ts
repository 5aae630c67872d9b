import { orAborted, type Clock } from '../zec/clock';
import { ZecError } from '../zec/errors';

/** Created once, because the default reason of `abort` is slow to create. */
const REPLACED = new Error('another timer replaces it');

interface Waiter {
  readonly earliestAt: number;
  readonly dueAt: number;
  readonly wake: () => void;
}

/** Wakes waiters together, so that their polls share requests. */
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
    let wake: () => void = () => undefined;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const waiter: Waiter = { earliestAt, dueAt, wake };
    this.waiters.add(waiter);
    this.arm();
    await orAborted(woken, signal).finally(() => {
      if (this.waiters.delete(waiter)) this.arm();
    });
  }

  /** Sets the timer for the waiter that is due first. */
  private arm(): void {
    const at = Math.min(...[...this.waiters].map(({ dueAt }) => dueAt));
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

/** The interval between polls while a change is likely, in milliseconds. */
const MIN_INTERVAL_MS = 400;
/** How long after a request or a change of status a change is likely, in milliseconds. */
const QUICK_FOR_MS = 30_000;
/** After {@link QUICK_FOR_MS}, intervals grow by this fraction of the time since then. */
const GROWTH = 0.1;
const MAX_INTERVAL_MS = 5_000;
const JITTER = 0.08;

/** How long a re-check may be delayed to share its requests, in milliseconds. */
const RECHECK_WITHIN_MS = 250;

export interface PollScheduleOptions {
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly polls: PollGroup;
}

/** Schedules the next read of an operation, at its deadline at the latest. */
export class PollSchedule {
  /** When the last read started, or the last request ended. */
  public lastAt: number;
  /** When a request was last sent or a status last changed: another change is likely soon. */
  public changedAt: number;
  /** The time of the next read, if it is fixed. */
  public recheckAt: number | undefined;
  private consecutiveFailures = 0;
  /** End of the pause that the API requested. */
  private holdUntil = 0;

  public constructor(
    private readonly options: PollScheduleOptions,
    private readonly deadline: number,
  ) {
    this.lastAt = this.changedAt = options.clock.now();
  }

  public acted(): void {
    this.lastAt = this.changedAt = this.options.clock.now();
  }

  public readSucceeded(): void {
    this.consecutiveFailures = 0;
  }

  /** Records a failed read, or a failed request that can be retried. */
  public failed(error: Error): void {
    this.consecutiveFailures += 1;
    const holdMs = error instanceof ZecError ? error.retryAfterMs : undefined;
    if (holdMs !== undefined) this.holdUntil = this.options.clock.now() + holdMs;
  }

  /** Waits until the next read is due. @throws the signal's reason if it aborts */
  public async pause(signal: AbortSignal | undefined): Promise<void> {
    const { clock, random, polls } = this.options;
    const { recheckAt, lastAt, deadline } = this;
    const now = clock.now();
    if (this.consecutiveFailures > 0) {
      const delay = Math.max(retryDelay(this.consecutiveFailures, random()), this.holdUntil - now);
      await clock.sleep(Math.min(deadline - now, delay), signal);
      return;
    }
    // Waking after half of the interval at the earliest soon synchronizes all operations.
    const interval = pollInterval(now - this.changedAt, random());
    const earliestAt = recheckAt ?? lastAt + interval / 2;
    const dueAt = recheckAt === undefined ? lastAt + interval : recheckAt + RECHECK_WITHIN_MS;
    await polls.wait(earliestAt, Math.min(deadline, Math.max(now, dueAt)), signal);
  }
}

/**
 * The interval from one poll to the next, in milliseconds.
 * @param sinceMs time since the last request or change of status
 * @param random a number from 0 to 1
 */
export function pollInterval(sinceMs: number, random: number): number {
  return jittered(MIN_INTERVAL_MS + Math.max(0, sinceMs - QUICK_FOR_MS) * GROWTH, random);
}

/** The delay after a number of consecutive failures, in milliseconds. */
export function retryDelay(failures: number, random: number): number {
  return jittered(failures ** 2 * 500, random);
}

function jittered(ms: number, random: number): number {
  return Math.min(MAX_INTERVAL_MS, ms * (1 - JITTER + 2 * JITTER * random));
}
