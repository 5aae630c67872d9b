export interface BackoffOptions {
  /** Upper bound of the first wait, in milliseconds. It doubles with every attempt. */
  readonly baseMs: number;
  /** Upper bound of every wait, in milliseconds. */
  readonly capMs: number;
}

/**
 * Exponential backoff with full jitter: how long to wait after failed attempt number `attempt` (from 1), in milliseconds.
 * @param random gives a number from 0 up to, not including, 1.
 */
export function fullJitter(
  attempt: number,
  { baseMs, capMs }: BackoffOptions,
  random: () => number = Math.random,
): number {
  return Math.min(capMs, baseMs * 2 ** (attempt - 1)) * random();
}

/** Longest wait that a `Retry-After` header may ask for, in milliseconds. */
export const MAX_RETRY_AFTER_MS = 60_000;

/**
 * Reads a `Retry-After` header: whole seconds, or an HTTP date.
 * @param wallMs the wall clock, in milliseconds since the Unix epoch.
 * @returns milliseconds, from 0 to {@link MAX_RETRY_AFTER_MS}; `undefined` if there is no such header or it is neither.
 */
export function parseRetryAfter(header: string | undefined, wallMs: number): number | undefined {
  const text = header?.trim() ?? '';
  const ms = /^\d{1,15}$/.test(text)
    ? Number(text) * 1000
    : /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)
      ? Date.parse(text) - wallMs
      : NaN;
  return Number.isNaN(ms) ? undefined : Math.min(MAX_RETRY_AFTER_MS, Math.max(0, ms));
}
