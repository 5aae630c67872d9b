/**
 * State of the rate limiter: a token bucket whose rate adapts to throttling. It starts slowly, like TCP. After the first
 * throttled request it follows CUBIC (RFC 9438), measured in successful requests instead of time. Plain data, so that
 * processes can share it. Times are in milliseconds of the clock.
 */
export interface Rate {
  /** Requests per second. */
  readonly perSecond: number;
  /** End of the pause that the API requested. No request is sent before. */
  readonly blockedUntil: number;
  readonly nextReadAt: number;
  readonly nextWriteAt: number;
  /** When a request was last throttled. */
  readonly throttledAt: number;
  /** Successful requests since then. */
  readonly successes: number;
  /** Below this rate each success doubles the rate (`ssthresh` of TCP). Infinite while the limit is not calibrated. */
  readonly threshold: number;
  /** The estimated limit, in requests per second, around which the rate hardly changes (`W_max` of CUBIC). */
  readonly plateau: number;
}

/** Writes have priority: the reads that they are based on become stale. */
export type RequestType = 'read' | 'write';

/**
 * The rate before any throttling: a burst of two requests, and unlimited after a few dozen successes. An account with a
 * limit then throttles a few requests instead of a burst, even if many processes start together and share the rate.
 */
export const INITIAL_RATE: Rate = {
  perSecond: 20,
  blockedUntil: -Infinity,
  nextReadAt: -Infinity,
  nextWriteAt: -Infinity,
  throttledAt: -Infinity,
  successes: 0,
  threshold: Infinity,
  plateau: Infinity,
};
const MIN_PER_SECOND = 0.25;
/** Minimum of an estimate after fewer successes than {@link MIN_SAMPLES}: it may be far too low. */
const MIN_UNCERTAIN_ESTIMATE = 1;
/** Minimum of the first estimate of a limit. */
const MIN_FIRST_ESTIMATE = 2;
/** Probing rate while everything is throttled, which may be an outage. */
const PROBES_PER_SECOND = 0.5;
/** Above this rate, requests are not spaced. */
const MAX_PER_SECOND = 500;
/** Minimum number of successes for an estimate of the limit. */
const MIN_SAMPLES = 4;
/** Factor of the rate when throttled after fewer successes than {@link MIN_SAMPLES}. */
const UNCERTAIN_DECREASE = 0.4;
/** Factor of the observed rate when throttled for the first time. */
const FIRST_DECREASE = 0.8;
/** Factor of the plateau when throttled (`beta` of CUBIC). */
const BETA = 0.9;
/** Relative increase of the rate per success while the limit is not calibrated. */
const UNCALIBRATED_GROWTH = 0.1;
/**
 * Time at the plateau's rate whose successes bring the rate back to the plateau: at least {@link PLATEAU_SUCCESSES}, or
 * {@link PLATEAU_MAX_MS} with little traffic.
 */
const PLATEAU_SECONDS = 10;
const PLATEAU_SUCCESSES = 30;
const PLATEAU_MAX_MS = 20_000;

/** When the next request of this type may be sent. */
export function dueAt(rate: Rate, type: RequestType): number {
  const next = type === 'write' ? rate.nextWriteAt : rate.nextReadAt;
  const interval = 1000 / rate.perSecond;
  // Two requests may be sent at once until one is throttled.
  return Math.max(rate.blockedUntil, wasThrottled(rate) ? next : next - interval);
}

/** Accounts for a request that is sent now. A write does not wait for reads: it uses the slot of a later read. */
export function onSent(rate: Rate, type: RequestType, now: number): Rate {
  const interval = 1000 / rate.perSecond;
  return {
    ...rate,
    nextReadAt: Math.max(now, rate.nextReadAt) + interval,
    nextWriteAt: type === 'write' ? Math.max(now, rate.nextWriteAt) + interval : rate.nextWriteAt,
  };
}

/** Accounts for a request that was not throttled. */
export function onSuccess(rate: Rate, now: number): Rate {
  const perSecond = increased(rate, now);
  if (perSecond > MAX_PER_SECOND) return { ...INITIAL_RATE, perSecond: Infinity };
  // Requests scheduled with a much longer interval than the new one are rescheduled.
  const soon = isRecovering(rate) ? now + 1000 / perSecond : Infinity;
  return {
    ...rate,
    perSecond,
    successes: rate.successes + 1,
    nextReadAt: Math.min(rate.nextReadAt, soon),
    nextWriteAt: Math.min(rate.nextWriteAt, soon),
  };
}

function increased(rate: Rate, now: number): number {
  const { perSecond, threshold, plateau } = rate;
  if (threshold === Infinity) return perSecond * (1 + UNCALIBRATED_GROWTH);
  if (isRecovering(rate)) return Math.min(threshold, perSecond * 2);
  const progress =
    (rate.successes + 1) / Math.max(PLATEAU_SUCCESSES, plateau * PLATEAU_SECONDS) +
    (now - rate.throttledAt) / PLATEAU_MAX_MS;
  return Math.max(perSecond, plateau * (1 + (1 - BETA) * (progress - 1) ** 3));
}

function isRecovering({ perSecond, threshold }: Rate): boolean {
  return perSecond < threshold && threshold !== Infinity;
}

/**
 * Accounts for a request that was throttled.
 * @param sentAt requests sent before the rate was last lowered do not lower it again
 * @param recentSuccesses successes within the last second
 */
export function onThrottled(
  rate: Rate,
  now: number,
  sentAt: number,
  recentSuccesses: number,
  pauseMs: number,
): Rate {
  const blockedUntil = Math.max(rate.blockedUntil, now + pauseMs);
  if (sentAt <= rate.throttledAt) return { ...rate, blockedUntil };
  const lowered = decreased(rate, now, recentSuccesses);
  return { ...rate, ...lowered, blockedUntil, throttledAt: now, successes: 0 };
}

function decreased(rate: Rate, now: number, recentSuccesses: number): Partial<Rate> {
  const half = rate.perSecond / 2;
  if (!wasThrottled(rate)) {
    const perSecond = Math.min(half, Math.max(MIN_FIRST_ESTIMATE, recentSuccesses * FIRST_DECREASE));
    return {
      perSecond,
      threshold: recentSuccesses >= MIN_SAMPLES ? perSecond : Infinity,
      plateau: perSecond,
    };
  }
  if (rate.successes >= MIN_SAMPLES) {
    // The throughput between two throttled requests is what the limit allows, however the API counts.
    const throughput = (rate.successes * 1000) / (now - rate.throttledAt);
    const plateau = Math.min(rate.perSecond, Math.max(half, throughput));
    const perSecond = Math.max(MIN_PER_SECOND, plateau * BETA);
    return { perSecond, threshold: perSecond, plateau };
  }
  const lowered = rate.perSecond * UNCERTAIN_DECREASE;
  if (rate.successes === 0 && rate.threshold !== Infinity) {
    // Throttled again without a success: possibly an outage, so the estimated limit stays.
    return { perSecond: Math.max(lowered, Math.min(rate.perSecond, PROBES_PER_SECOND)) };
  }
  const estimate = Math.max(MIN_UNCERTAIN_ESTIMATE, lowered);
  return { perSecond: Math.max(MIN_PER_SECOND, lowered), threshold: estimate, plateau: estimate };
}

/** Whether requests are no longer spaced: so many succeeded that no limit is expected. */
export function isUnlimited(rate: Rate): boolean {
  return rate.perSecond === Infinity;
}

/** Whether a request is known to have been throttled. */
export function wasThrottled(rate: Rate): boolean {
  return rate.throttledAt !== -Infinity;
}
