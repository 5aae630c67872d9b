/**
 * How fast requests may leave: a token bucket whose rate follows what is refused. It starts slowly, as TCP does; near a
 * limit it follows CUBIC (RFC 9438), counted in requests that passed. Plain data, so that processes can share it.
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
  /** Below this rate every request that passes doubles it. Infinite while nothing is known of the limit. */
  readonly threshold: number;
  /** What the limit seems to be, in requests a second: around it the rate hardly changes (`W_max` of CUBIC). */
  readonly plateau: number;
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
  threshold: Infinity,
  plateau: Infinity,
  burst: 2,
};
/** The slowest first guess at a limit, in requests a second. */
const FIRST_GUESS = 2;
const SLOWEST_PER_SECOND = 0.1;
/** While everything is refused, it is still tried so often, in requests a second: the first that passes ends it. */
const TRIED_PER_SECOND = 0.5;
/** From here on there is no use in spacing requests. */
const FASTEST_PER_SECOND = 500;
/** With fewer requests than this before a refusal, what passed tells nothing of the limit. */
const TELLING = 4;
/** The part of the rate that is tried next, if few passed since the last refusal. */
const LOWERED = 0.4;
/** The part of what passed in the second before the first refusal that is tried next. */
const FIRST_KEPT = 0.8;
/** By how much each request that passes raises the rate while the limit is not known. */
const FIRST_GROWTH = 0.1;
/** The part of the plateau that the rate falls to when a request is refused (`beta` of CUBIC). */
const KEPT = 0.9;
/**
 * The rate is back at the plateau after as many requests as pass in this time, and after no fewer; or, if few pass, at
 * the latest after the longer time.
 */
const PLATEAU_S = 10;
const PLATEAU_REQUESTS = 30;
const PLATEAU_SLOWEST_MS = 20_000;

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
  const perSecond = faster(pace, now);
  if (perSecond > FASTEST_PER_SECOND) return { ...FIRST_PACE, perSecond: Infinity };
  // What waits for the end of an interval that was much longer need not wait so long any more.
  const soon = isRecovering(pace) ? now + 1000 / perSecond : Infinity;
  return {
    ...pace,
    perSecond,
    passed: pace.passed + 1,
    nextAt: Math.min(pace.nextAt, soon),
    nextChangeAt: Math.min(pace.nextChangeAt, soon),
  };
}

function faster(pace: Pace, now: number): number {
  const { perSecond, threshold, plateau } = pace;
  if (threshold === Infinity) return perSecond * (1 + FIRST_GROWTH);
  if (isRecovering(pace)) return Math.min(threshold, perSecond * 2);
  const part =
    (pace.passed + 1) / Math.max(PLATEAU_REQUESTS, plateau * PLATEAU_S) +
    (now - pace.refusedAt) / PLATEAU_SLOWEST_MS;
  return Math.max(perSecond, plateau * (1 + (1 - KEPT) * (part - 1) ** 3));
}

function isRecovering({ perSecond, threshold }: Pace): boolean {
  return perSecond < threshold && threshold !== Infinity;
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
  return { ...pace, ...slower(pace, now, recently), heldUntil, refusedAt: now, passed: 0, burst: 1 };
}

function slower(
  pace: Pace,
  now: number,
  recently: number,
): Pick<Pace, 'perSecond' | 'threshold' | 'plateau'> {
  const half = pace.perSecond / 2;
  if (isOpen(pace)) {
    const perSecond = Math.min(half, Math.max(FIRST_GUESS, recently * FIRST_KEPT));
    return { perSecond, threshold: recently >= TELLING ? perSecond : Infinity, plateau: perSecond };
  }
  if (pace.passed >= TELLING) {
    // What a limiter let through from one refusal to the next is what it allows, however it counts.
    const delivered = (pace.passed * 1000) / (now - pace.refusedAt);
    const plateau = Math.min(pace.perSecond, Math.max(half, delivered));
    const perSecond = Math.max(SLOWEST_PER_SECOND, plateau * KEPT);
    return { perSecond, threshold: perSecond, plateau };
  }
  const lowered = pace.perSecond * LOWERED;
  if (pace.passed === 0 && pace.threshold !== Infinity) {
    // Refused once more, and nothing in between: that may be an outage, and tells nothing of the rate before it.
    return { ...pace, perSecond: Math.max(lowered, Math.min(pace.perSecond, TRIED_PER_SECOND)) };
  }
  const perSecond = Math.max(SLOWEST_PER_SECOND, lowered);
  return { perSecond, threshold: perSecond, plateau: perSecond };
}

/** Whether requests are not spaced any more: so many passed that there is no limit that would be met. */
export function isFree(pace: Pace): boolean {
  return pace.perSecond === Infinity;
}

/** Whether nothing was refused, as far as it is known. */
export function isOpen(pace: Pace): boolean {
  return pace.refusedAt === -Infinity;
}
