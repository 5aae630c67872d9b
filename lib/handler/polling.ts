const FIRST_MS = 250;
const LONGEST_MS = 5_000;
/** Each wait is about this part of the time waited so far: quick while a change is young, rare when it is old. */
const GROWTH = 0.2;
const JITTER = 0.15;

/**
 * How long to wait before the next look, in milliseconds.
 * @param sinceMs time since something last changed: a request of ours, or a status.
 * @param random a number from 0 to 1.
 */
export function pollDelay(sinceMs: number, random: number): number {
  const plain = Math.min(LONGEST_MS, Math.max(FIRST_MS, sinceMs * GROWTH));
  return Math.min(LONGEST_MS, plain * (1 - JITTER + 2 * JITTER * random));
}
