import type { Clock } from '../zec/clock';
import { ZecError } from '../zec/errors';
import type { PollGroup } from './poll-group';
import { pollDelay, troubleDelay } from './polling';

export interface PollTimerOptions {
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly polls: PollGroup;
}

/** How long a read that may be trusted again waits for others that share its requests, in milliseconds. */
const RECHECK_WITHIN_MS = 250;

/** When one operation reads next: by what it saw, sent, and failed to learn. Never past its deadline. */
export class PollTimer {
  /** When it last began to read, or ended a request of its own. */
  private lastAt: number;
  private changedAt: number;
  private recheckAt: number | undefined;
  /** How many reads or requests in a row failed. */
  private troubles = 0;
  /** The API asked for a pause until this moment. */
  private holdUntil = 0;

  public constructor(
    private readonly options: PollTimerOptions,
    private readonly deadline: number,
  ) {
    this.lastAt = this.now();
    this.changedAt = this.lastAt;
  }

  /** A read begins. */
  public reading(): void {
    this.lastAt = this.now();
    this.recheckAt = undefined;
  }

  public readSucceeded(): void {
    this.troubles = 0;
  }

  /** A read failed, or a request that can be sent again. */
  public failed(error: Error): void {
    this.troubles += 1;
    if (error instanceof ZecError && error.retryAfterMs !== undefined) {
      this.holdUntil = this.now() + error.retryAfterMs;
    }
  }

  /** A status changed, or a request was refused: what comes next may come soon. */
  public changed(): void {
    this.changedAt = this.now();
  }

  /** A request was sent that may have been carried out. */
  public acted(): void {
    this.changed();
    this.lastAt = this.changedAt;
  }

  /** The next read is asked for at this moment or shortly after. */
  public recheck(at: number): void {
    this.recheckAt = at;
  }

  /** Waits until the next read. @throws the signal's reason when it aborts */
  public async pause(signal: AbortSignal | undefined): Promise<void> {
    const { clock, random, polls } = this.options;
    const now = this.now();
    if (this.troubles > 0) {
      const delay = Math.max(troubleDelay(this.troubles, random()), this.holdUntil - now);
      await clock.sleep(Math.min(this.deadline - now, delay), signal);
      return;
    }
    const { earliestAt, dueAt } = this.next(now);
    await polls.wait(earliestAt, Math.min(this.deadline, Math.max(now, dueAt)), signal);
  }

  /** When the next read is due, and from when on it may come together with those of others. */
  private next(now: number): { readonly earliestAt: number; readonly dueAt: number } {
    const { recheckAt, lastAt } = this;
    if (recheckAt !== undefined) return { earliestAt: recheckAt, dueAt: recheckAt + RECHECK_WITHIN_MS };
    // From the last read on, however long it took. With half of the time waited, all soon read together.
    const delay = pollDelay(now - this.changedAt, this.options.random());
    return { earliestAt: lastAt + delay / 2, dueAt: lastAt + delay };
  }

  private now(): number {
    return this.options.clock.now();
  }
}
