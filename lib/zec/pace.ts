/**
 * How fast requests may leave, as far as refusals taught it. Plain data, so that processes can share it.
 * Times are in milliseconds of the clock.
 */
export interface Pace {
  /** Requests a second. */
  readonly perSecond: number;
  /** Nothing leaves before: the API said so. */
  readonly heldUntil: number;
  /** The next read leaves no earlier. */
  readonly nextAt: number;
  /** The next change leaves no earlier. */
  readonly nextChangeAt: number;
  /** When a request was refused last. */
  readonly refusedAt: number;
  /** How many requests passed since then. */
  readonly passed: number;
  /** Whether the rate is near the limit, as far as refusals tell. Until then it rises quickly. */
  readonly near: boolean;
  /** So many requests may leave at once after a pause. */
  readonly burst: number;
}

/** A read looks at the cloud; a change is what looks lead to, and goes first. */
export type Kind = 'read' | 'change';

/**
 * The pace before anything was refused: one look leaves at once, and after some dozens of requests that passed there
 * is no spacing any more. So a limit is met by a handful of requests, and not by a crowd: neither of one process, nor
 * of many that begin together and share it.
 */
export const FIRST_PACE: Pace = {
  perSecond: 20,
  heldUntil: -Infinity,
  nextAt: -Infinity,
  nextChangeAt: -Infinity,
  refusedAt: -Infinity,
  passed: 0,
  near: false,
  burst: 2,
};
/** The slowest first guess at a limit, in requests a second. */
const FIRST_GUESS = 2;
const SLOWEST_PER_SECOND = 0.1;
/** From here on there is no use in spacing requests. */
const FASTEST_PER_SECOND = 500;
/** With fewer requests than this before a refusal, what passed tells nothing of the limit. */
const TELLING = 4;
/** The part of the rate that is tried next, if nothing tells more. */
const LOWERED = 0.7;
/** The part of what passed between two refusals that is tried next. */
const KEPT = 0.9;
/** The part of what passed in the second before the first refusal that is tried next. */
const FIRST_KEPT = 0.8;
/** By how much each request that passes raises the rate while the limit is not known, and at most. */
const QUICK_GROWTH = 0.1;
/**
 * The same near the limit, for a rate of one a second. The faster, the less: so the slow catch up with the fast. It
 * doubles with every so many requests that passed.
 */
const SLOW_GROWTH = 0.007;
const DOUBLES_AFTER = 25;
const DOUBLES_AFTER_MS = 20_000;

/** When the next request of this kind may leave. */
export function dueAt(pace: Pace, kind: Kind): number {
  const next = kind === 'change' ? pace.nextChangeAt : pace.nextAt;
  return Math.max(pace.heldUntil, next - ((pace.burst - 1) * 1000) / pace.perSecond);
}

/**
 * A request leaves now. A change does not wait for reads: it takes the place of a read that comes later, because
 * the look that led to it grows old.
 */
export function sent(pace: Pace, kind: Kind, now: number): Pace {
  const interval = 1000 / pace.perSecond;
  return {
    ...pace,
    nextAt: Math.max(now, pace.nextAt) + interval,
    nextChangeAt: kind === 'change' ? Math.max(now, pace.nextChangeAt) + interval : pace.nextChangeAt,
  };
}

/** A request was answered, and not refused for its rate. */
export function passed(pace: Pace, now: number): Pace {
  const slow =
    (SLOW_GROWTH / Math.sqrt(pace.perSecond)) *
    2 ** (pace.passed / DOUBLES_AFTER + (now - pace.refusedAt) / DOUBLES_AFTER_MS);
  const growth = !pace.near ? QUICK_GROWTH : Math.min(QUICK_GROWTH, slow);
  const perSecond = pace.perSecond * (1 + growth);
  if (perSecond > FASTEST_PER_SECOND) return { ...FIRST_PACE, perSecond: Infinity };
  return { ...pace, perSecond, passed: pace.passed + 1 };
}

/**
 * A request was refused for its rate.
 * @param sentAt when it left: refusals of requests that left before the pace was last lowered tell nothing new
 * @param recently how many requests passed in the last second
 * @param holdMs how long nothing may leave
 */
export function refused(pace: Pace, now: number, sentAt: number, recently: number, holdMs: number): Pace {
  const heldUntil = Math.max(pace.heldUntil, now + holdMs);
  if (sentAt <= pace.refusedAt) return { ...pace, heldUntil };
  const perSecond = Math.max(SLOWEST_PER_SECOND, slower(pace, now, recently));
  return {
    ...pace,
    perSecond,
    heldUntil,
    refusedAt: now,
    passed: 0,
    near: !isOpen(pace) || recently >= TELLING,
    burst: 1,
  };
}

function slower(pace: Pace, now: number, recently: number): number {
  const half = pace.perSecond / 2;
  if (isOpen(pace)) return Math.min(half, Math.max(FIRST_GUESS, recently * FIRST_KEPT));
  if (pace.passed < TELLING) return pace.perSecond * LOWERED;
  // What a limiter let through from one refusal to the next is what it allows, however it counts.
  const delivered = (pace.passed * 1000) / (now - pace.refusedAt);
  return Math.min(KEPT * pace.perSecond, Math.max(half, KEPT * delivered));
}

/** Whether requests are not spaced any more: so many passed that there is no limit that would be met. */
export function isFree(pace: Pace): boolean {
  return pace.perSecond === Infinity;
}

/** Whether nothing was refused, as far as it is known. */
export function isOpen(pace: Pace): boolean {
  return pace.refusedAt === -Infinity;
}
