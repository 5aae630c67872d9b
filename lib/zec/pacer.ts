import type { Clock } from './clock';
import { ZecError } from './errors';
import { dueAt, FIRST_PACE, isFree, isOpen, passed, refused, sent } from './pace';
import type { Kind, Pace } from './pace';
import { MAX_CONNECTIONS } from './transport';
import type { Action } from './types';

/** Where a pace is kept: in this process, or where others find it too. */
export interface PaceStore {
  /** The pace, if somebody told it lately. */
  load(): Pace | undefined;
  save(pace: Pace): void;
  /**
   * Runs `work`, between whose `load` and `save` no other process comes.
   * @returns `undefined`, and `work` did not run, while another process has its turn
   */
  alone<T>(work: () => T): T | undefined;
}

export interface PacerOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** In this process alone, if not given. */
  readonly store?: PaceStore | undefined;
}

export interface TurnOptions {
  readonly signal?: AbortSignal | undefined;
  /** An attach or detach that could not leave until then is given back, in milliseconds of the clock. */
  readonly sendBefore?: number | undefined;
}

/** A request that was not sent, because the rate is limited and its turn did not come in time. */
export class ZecTurnError extends ZecError {
  public constructor(action: Action, why: string) {
    super(`${action} was not sent: the API limits the rate, and ${why}`, {
      action,
      kind: 'transient',
      outcome: 'not-applied',
    });
  }
}

const KINDS = ['change', 'read'] as const;
const RECENT_MS = 1_000;
const MAX_RECENT = 64;
/** So many changes leave before a read that waits as well. */
const MAX_AHEAD = 19;
/** A request refused without a word about how long to wait holds all others back for this long, in milliseconds. */
const DEFAULT_HOLD_MS = 1_000;
const MAX_SPREAD_MS = 500;
const MAX_WAITING = 10_000;
const LONGEST_NAP_MS = 60_000;

interface Waiter {
  /** For a change, in milliseconds of the clock. */
  readonly giveUpAt: number;
  readonly admit: () => void;
  readonly giveUp: () => void;
}

/**
 * Gives turns to requests, so that a limited API is not hammered: they are spaced at a rate that rises with every
 * request that passes and falls with every one that is refused. Without refusals the spacing soon ends.
 * Changes go before reads; each kind keeps its order.
 */
export class Pacer {
  private readonly waiting: Record<Kind, Waiter[]> = { change: [], read: [] };
  private pace: Pace = FIRST_PACE;
  private underWay = 0;
  /** How many changes left since a read did. */
  private ahead = 0;
  /** When the last requests passed. */
  private recent: number[] = [];
  private nap: AbortController | undefined;

  public constructor(private readonly options: PacerOptions) {}

  /**
   * Sends a request when its turn comes, and learns from what became of it.
   * @throws ZecTurnError if its turn did not come in time; the signal's reason when it aborts; what `send` throws
   */
  public async take<T>(action: Action, options: TurnOptions, send: () => Promise<T>): Promise<T> {
    const kind = action.startsWith('Describe') ? 'read' : 'change';
    if (this.waiting[kind].length > 0 || !this.leave(kind)) await this.turn(action, kind, options);
    const sentAt = this.options.clock.now();
    try {
      const answer = await send();
      this.passed();
      return answer;
    } catch (error) {
      if (isRefusal(error)) this.refused(error, sentAt);
      // No answer at all tells nothing of the rate.
      else if (isOpen(this.load()) || (error instanceof ZecError && error.httpStatus !== undefined))
        this.passed();
      throw error;
    } finally {
      this.underWay -= 1;
      this.nap?.abort();
    }
  }

  /** Waits until a read would leave soon. What is looked for together by then can share its requests. */
  public async clear(signal?: AbortSignal): Promise<void> {
    const pace = this.load();
    const queue = (this.waiting.read.length * 1000) / pace.perSecond;
    const waitMs = dueAt(pace, 'read') + queue - this.options.clock.now();
    if (waitMs > 0) await this.options.clock.sleep(waitMs, signal);
  }

  private turn(action: Action, kind: Kind, { signal, sendBefore = Infinity }: TurnOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const queue = this.waiting[kind];
      if (queue.length >= MAX_WAITING) {
        reject(new ZecTurnError(action, `${MAX_WAITING} others wait already`));
        return;
      }
      const leaveQueue = () => {
        signal?.removeEventListener('abort', onAbort);
        queue.splice(queue.indexOf(waiter), 1);
      };
      const onAbort = () => {
        leaveQueue();
        this.nap?.abort();
        reject(signal?.reason as Error);
      };
      const waiter: Waiter = {
        giveUpAt: sendBefore,
        admit: () => {
          leaveQueue();
          resolve();
        },
        giveUp: () => {
          leaveQueue();
          reject(new ZecTurnError(action, 'its turn did not come in time'));
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      queue.push(waiter);
      if (this.nap === undefined) void this.giveTurns();
      else this.nap.abort();
    });
  }

  private async giveTurns(): Promise<void> {
    const { clock } = this.options;
    for (;;) {
      this.nap = new AbortController();
      for (const waiter of [...this.waiting.change]) if (waiter.giveUpAt <= clock.now()) waiter.giveUp();
      while (this.giveTurn());
      const { change, read } = this.waiting;
      if (change.length + read.length === 0) break;
      const givesUp = Math.min(...change.map(({ giveUpAt }) => giveUpAt)) - clock.now();
      const napMs = Math.max(1, Math.min(givesUp, this.untilNext()));
      await clock.sleep(napMs, this.nap.signal).catch(() => undefined);
    }
    this.nap = undefined;
  }

  /** Lets the next one that waits leave, if it may. */
  private giveTurn(): boolean {
    const { change, read } = this.waiting;
    const kind = change.length > 0 && (read.length === 0 || this.ahead < MAX_AHEAD) ? 'change' : 'read';
    const [next] = this.waiting[kind];
    if (next === undefined) return false;
    // A change that cannot leave yet does not hold up a read that can.
    return (
      this.admit(kind, next) || (kind === 'change' && read[0] !== undefined && this.admit('read', read[0]))
    );
  }

  private admit(kind: Kind, waiter: Waiter): boolean {
    if (!this.leave(kind)) return false;
    this.ahead = kind === 'change' ? this.ahead + 1 : 0;
    waiter.admit();
    return true;
  }

  /** Lets a request leave now, if it may. */
  private leave(kind: Kind): boolean {
    const now = this.options.clock.now();
    const pace = this.load();
    if (this.underWay >= MAX_CONNECTIONS || dueAt(pace, kind) > now) return false;
    const left = isFree(pace) || (this.alone(() => this.note(kind, now)) ?? false);
    if (left) this.underWay += 1;
    return left;
  }

  /** Notes that a request leaves, unless another process was quicker. */
  private note(kind: Kind, now: number): boolean {
    const pace = this.load();
    if (dueAt(pace, kind) > now) return false;
    // A read that goes before a change takes the place of one.
    const before = this.waiting.change.length > 0 && this.ahead >= MAX_AHEAD;
    this.save(sent(pace, before ? 'change' : kind, now));
    return true;
  }

  /** Milliseconds until the next request may leave. */
  private untilNext(): number {
    // The end of one that is under way wakes us.
    if (this.underWay >= MAX_CONNECTIONS) return LONGEST_NAP_MS;
    const pace = this.load();
    const kinds = KINDS.filter((kind) => this.waiting[kind].length > 0);
    return Math.min(...kinds.map((kind) => dueAt(pace, kind))) - this.options.clock.now();
  }

  private passed(): void {
    const now = this.options.clock.now();
    this.recent = [...this.recent, now].slice(-MAX_RECENT);
    if (!isFree(this.load())) this.learn((pace) => passed(pace, now));
  }

  private refused({ retryAfterMs = DEFAULT_HOLD_MS }: ZecError, sentAt: number): void {
    const { clock, random } = this.options;
    const now = clock.now();
    const recently = this.recent.filter((at) => now - at < RECENT_MS).length;
    // Those that were refused together should not come back together.
    const holdMs = retryAfterMs + Math.min(retryAfterMs, MAX_SPREAD_MS) * random();
    this.learn((pace) => refused(pace, now, sentAt, recently, holdMs));
  }

  /** What another process learns in this very moment may get lost: it will learn more. */
  private learn(change: (pace: Pace) => Pace): void {
    const work = () => {
      this.save(change(this.load()));
      return true;
    };
    if (this.alone(work) === undefined) work();
  }

  private alone<T>(work: () => T): T | undefined {
    return this.options.store === undefined ? work() : this.options.store.alone(work);
  }

  private load(): Pace {
    return this.options.store?.load() ?? this.pace;
  }

  private save(pace: Pace): void {
    this.options.store?.save(pace);
    this.pace = pace;
  }
}

function isRefusal(error: unknown): error is ZecError {
  return error instanceof ZecError && (error.httpStatus === 429 || error.code === 'REQUEST_LIMIT_EXCEEDED');
}
