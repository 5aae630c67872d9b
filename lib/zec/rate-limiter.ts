import { onAbort, type Clock } from './clock';
import { ZecError } from './errors';
import { dueAt, INITIAL_RATE, isUnlimited, onSent, onSuccess, onThrottled, wasThrottled } from './rate';
import type { Rate, RequestType } from './rate';
import { MAX_CONNECTIONS } from './transport';
import { isRead, type Action, type CallOptions } from './types';

/** Shares the rate between the processes of one account. */
export interface RateStore {
  /** The rate, if a process saved it recently. */
  load(): Rate | undefined;
  save(rate: Rate): void;
  /**
   * Runs `work` under a lock, so that no other process saves between its `load` and `save`.
   * @returns `undefined`, without running `work`, while another process holds the lock
   */
  withLock<T>(work: () => T): T | undefined;
}

/** The request was not sent: the rate is limited, and no slot became available in time. */
export class RateLimitError extends ZecError {
  public constructor(action: Action, why: string) {
    const reason = `the API limits the rate, and ${why}`;
    super(`${action} was not sent: ${reason}`, { action, kind: 'transient', outcome: 'not-applied' });
  }
}

const RECENT_MS = 1_000;
const MAX_RECENT = 64;
/** Maximum number of consecutive writes while a read waits. */
const MAX_WRITES_IN_A_ROW = 19;
/** Pause after a throttled request without a `Retry-After` header, in milliseconds. */
const DEFAULT_PAUSE_MS = 1_000;
const MAX_JITTER_MS = 500;
const MAX_QUEUED = 10_000;
const MAX_SLEEP_MS = 60_000;

interface Waiter {
  readonly action: Action;
  /** In milliseconds of the clock. */
  readonly deadline: number;
  /** Ends the wait: with a slot, or with an error. */
  readonly finish: (error?: Error) => void;
}

/**
 * Limits the request rate. The rate rises with each success and falls with each throttled request; without throttling it
 * is soon unlimited. Writes take precedence over reads. Requests of one type are sent in order.
 */
export class RateLimiter {
  private readonly queues: Record<RequestType, Waiter[]> = { write: [], read: [] };
  private rate: Rate = INITIAL_RATE;
  private inFlight = 0;
  private writesInARow = 0;
  /** When the last requests succeeded. */
  private recentSuccesses: number[] = [];
  private sleeping: AbortController | undefined;

  public constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
    /** Default: the rate of this limiter only. */
    private readonly store?: RateStore,
  ) {}

  /**
   * Sends a request when a slot is available, and adapts the rate to its outcome.
   * @throws RateLimitError if no slot became available in time, the signal's reason if it aborts, and the errors of `send`
   */
  public async acquire<T>(action: Action, options: CallOptions, send: () => Promise<T>): Promise<T> {
    const type = isRead(action) ? 'read' : 'write';
    if (this.queues[type].length > 0 || !this.tryAcquire(type)) await this.waitForSlot(action, type, options);
    const sentAt = this.clock.now();
    try {
      const response = await send();
      this.onSuccess();
      return response;
    } catch (error) {
      if (isThrottled(error)) this.onThrottled(error, sentAt);
      // A lost connection says nothing about the rate.
      else if (!wasThrottled(this.load()) || (error instanceof ZecError && error.httpStatus !== undefined))
        this.onSuccess();
      throw error;
    } finally {
      this.inFlight -= 1;
      this.sleeping?.abort();
    }
  }

  /** Waits until a read could be sent soon. Meanwhile, callers can batch their reads. */
  public async waitForRead(signal?: AbortSignal): Promise<void> {
    const rate = this.load();
    const queueMs = (this.queues.read.length * 1000) / rate.perSecond;
    const waitMs = dueAt(rate, 'read') + queueMs - this.clock.now();
    if (waitMs > 0) await this.clock.sleep(waitMs, signal);
  }

  private async waitForSlot(action: Action, type: RequestType, options: CallOptions): Promise<void> {
    const { signal, sendBefore = Infinity } = options;
    const queue = this.queues[type];
    signal?.throwIfAborted();
    if (queue.length >= MAX_QUEUED) throw new RateLimitError(action, 'the queue is full (10,000 waiting)');
    await new Promise<void>((resolve, reject) => {
      const finish = (error?: Error) => {
        remove();
        queue.splice(queue.indexOf(waiter), 1);
        if (error === undefined) resolve();
        else reject(error);
      };
      const waiter: Waiter = { action, deadline: sendBefore, finish };
      const remove = onAbort(signal, () => {
        finish(signal?.reason as Error);
        this.sleeping?.abort();
      });
      queue.push(waiter);
      if (this.sleeping === undefined) void this.dispatch();
      else this.sleeping.abort();
    });
  }

  private async dispatch(): Promise<void> {
    const { read, write } = this.queues;
    for (;;) {
      this.sleeping = new AbortController();
      for (const { action, deadline, finish } of [...write]) {
        if (deadline <= this.clock.now()) {
          finish(new RateLimitError(action, 'no slot became available before the deadline'));
        }
      }
      while (this.dispatchNext());
      if (read.length + write.length === 0) break;
      const untilDeadline = Math.min(...write.map(({ deadline }) => deadline)) - this.clock.now();
      const sleepMs = Math.max(1, Math.min(untilDeadline, this.untilNextSlot()));
      await this.clock.sleep(sleepMs, this.sleeping.signal).catch(() => undefined);
    }
    this.sleeping = undefined;
  }

  private dispatchNext(): boolean {
    const readFirst = this.writesInARow >= MAX_WRITES_IN_A_ROW && this.queues.read.length > 0;
    // A write that cannot be sent yet does not block a read that can.
    const order: readonly RequestType[] = readFirst ? ['read'] : ['write', 'read'];
    const type = order.find((each) => this.queues[each].length > 0 && this.tryAcquire(each));
    if (type === undefined) return false;
    this.writesInARow = type === 'write' ? this.writesInARow + 1 : 0;
    this.queues[type][0]?.finish();
    return true;
  }

  private tryAcquire(type: RequestType): boolean {
    const now = this.clock.now();
    const rate = this.load();
    if (this.inFlight >= MAX_CONNECTIONS || dueAt(rate, type) > now) return false;
    const acquired = isUnlimited(rate) || this.withLock(() => this.takeSlot(type, now)) === true;
    if (acquired) this.inFlight += 1;
    return acquired;
  }

  /** Takes the slot, unless another process has just done so. */
  private takeSlot(type: RequestType, now: number): boolean {
    const rate = this.load();
    if (dueAt(rate, type) > now) return false;
    // A read that is sent before waiting writes uses the slot of one.
    const beforeWrites = this.queues.write.length > 0 && this.writesInARow >= MAX_WRITES_IN_A_ROW;
    this.save(onSent(rate, beforeWrites ? 'write' : type, now));
    return true;
  }

  private untilNextSlot(): number {
    // The end of a request in flight aborts the sleep.
    if (this.inFlight >= MAX_CONNECTIONS) return MAX_SLEEP_MS;
    const rate = this.load();
    const types = (['write', 'read'] as const).filter((type) => this.queues[type].length > 0);
    return Math.min(...types.map((type) => dueAt(rate, type))) - this.clock.now();
  }

  private onSuccess(): void {
    const now = this.clock.now();
    this.recentSuccesses = [...this.recentSuccesses, now].slice(-MAX_RECENT);
    if (!isUnlimited(this.load())) this.update((rate) => onSuccess(rate, now));
  }

  private onThrottled({ retryAfterMs = DEFAULT_PAUSE_MS }: ZecError, sentAt: number): void {
    const now = this.clock.now();
    const recent = this.recentSuccesses.filter((at) => now - at < RECENT_MS).length;
    // Processes that were throttled together should not all retry at the same moment.
    const pauseMs = retryAfterMs + Math.min(retryAfterMs, MAX_JITTER_MS) * this.random();
    this.update((rate) => onThrottled(rate, now, sentAt, recent, pauseMs));
  }

  /** If another process holds the lock, an update may be lost: later ones replace it. */
  private update(change: (rate: Rate) => Rate): void {
    const work = () => {
      this.save(change(this.load()));
      return true;
    };
    if (this.withLock(work) === undefined) work();
  }

  private withLock<T>(work: () => T): T | undefined {
    return this.store === undefined ? work() : this.store.withLock(work);
  }

  private load(): Rate {
    return this.store?.load() ?? this.rate;
  }

  private save(rate: Rate): void {
    this.store?.save(rate);
    this.rate = rate;
  }
}

function isThrottled(error: unknown): error is ZecError {
  return error instanceof ZecError && (error.httpStatus === 429 || error.code === 'REQUEST_LIMIT_EXCEEDED');
}
