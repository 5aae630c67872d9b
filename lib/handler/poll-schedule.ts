import type { Clock } from '../zec/clock';
import { ZecError } from '../zec/errors';
import type { PollGroup } from './poll-group';

/** The interval between polls while a change is likely soon, in milliseconds. One process shares its polls. */
const MIN_INTERVAL_MS = 400;
/** How long after a request or a change of status a change is likely, in milliseconds. */
const QUICK_FOR_MS = 30_000;
/** After that, intervals grow by this fraction of the time beyond it. */
const GROWTH = 0.1;
const MAX_INTERVAL_MS = 5_000;
const JITTER = 0.08;

/** How long a read that may be trusted again waits for others to share its requests, in milliseconds. */
const RECHECK_WITHIN_MS = 250;

export interface PollScheduleOptions {
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly polls: PollGroup;
}

/** When one operation reads next, by what it read, sent, and failed to do. Never past its deadline. */
export class PollSchedule {
  /** When its last read began, or its last request ended. */
  private lastAt: number;
  private changedAt: number;
  private recheckAt: number | undefined;
  private consecutiveFailures = 0;
  /** The API asked for a pause until this moment. */
  private holdUntil = 0;

  public constructor(
    private readonly options: PollScheduleOptions,
    private readonly deadline: number,
  ) {
    this.lastAt = this.now();
    this.changedAt = this.lastAt;
  }

  public reading(): void {
    this.lastAt = this.now();
    this.recheckAt = undefined;
  }

  public readSucceeded(): void {
    this.consecutiveFailures = 0;
  }

  /** A read failed, or a request that can be sent again. */
  public failed(error: Error): void {
    this.consecutiveFailures += 1;
    if (error instanceof ZecError && error.retryAfterMs !== undefined) {
      this.holdUntil = this.now() + error.retryAfterMs;
    }
  }

  /** A status changed: another change is likely soon. */
  public changed(): void {
    this.changedAt = this.now();
  }

  /** A request was sent. */
  public acted(): void {
    this.changed();
    this.lastAt = this.changedAt;
  }

  /** The next read is due at this moment. */
  public recheck(at: number): void {
    this.recheckAt = at;
  }

  /** Waits until the next read is due. @throws the signal's reason when it aborts */
  public async pause(signal: AbortSignal | undefined): Promise<void> {
    const { clock, random, polls } = this.options;
    const now = this.now();
    if (this.consecutiveFailures > 0) {
      const delay = Math.max(retryDelay(this.consecutiveFailures, random()), this.holdUntil - now);
      await clock.sleep(Math.min(this.deadline - now, delay), signal);
      return;
    }
    const { earliestAt, dueAt } = this.next(now);
    await polls.wait(earliestAt, Math.min(this.deadline, Math.max(now, dueAt)), signal);
  }

  /** When the next read is due, and from when on it may join those of other operations. */
  private next(now: number): { readonly earliestAt: number; readonly dueAt: number } {
    const { recheckAt, lastAt } = this;
    if (recheckAt !== undefined) return { earliestAt: recheckAt, dueAt: recheckAt + RECHECK_WITHIN_MS };
    // Joining after half of the interval soon brings all operations together.
    const interval = pollInterval(now - this.changedAt, this.options.random());
    return { earliestAt: lastAt + interval / 2, dueAt: lastAt + interval };
  }

  private now(): number {
    return this.options.clock.now();
  }
}

/**
 * The interval from one poll to the next, in milliseconds.
 * @param sinceMs time since a request of ours or a change of status
 * @param random a number from 0 to 1
 */
export function pollInterval(sinceMs: number, random: number): number {
  return jittered(MIN_INTERVAL_MS + Math.max(0, sinceMs - QUICK_FOR_MS) * GROWTH, random);
}

/** How long to wait after so many consecutive failures, in milliseconds. */
export function retryDelay(failures: number, random: number): number {
  return jittered(failures ** 2 * 500, random);
}

function jittered(ms: number, random: number): number {
  return Math.min(MAX_INTERVAL_MS, ms * (1 - JITTER + 2 * JITTER * random));
}
