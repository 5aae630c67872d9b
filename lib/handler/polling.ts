/** While a change is likely to come soon, polls are so far apart, in milliseconds: one process shares them. */
const QUICK_MS = 400;
/** For so long after a request or a change of status it is likely, in milliseconds. */
const QUICK_FOR_MS = 30_000;
/** After that, waits grow by this part of the time beyond it. */
const GROWTH = 0.1;
const LONGEST_MS = 5_000;
const JITTER = 0.08;

/**
 * How long after one poll the next one comes, in milliseconds.
 * @param sinceMs time since something last changed: a request of ours, or a status.
 * @param random a number from 0 to 1.
 */
export function pollDelay(sinceMs: number, random: number): number {
  return jittered(QUICK_MS + Math.max(0, sinceMs - QUICK_FOR_MS) * GROWTH, random);
}

/** How long to wait after so many reads or requests in a row that failed, in milliseconds. */
export function troubleDelay(troubles: number, random: number): number {
  return jittered(troubles ** 2 * 500, random);
}

function jittered(ms: number, random: number): number {
  return Math.min(LONGEST_MS, ms * (1 - JITTER + 2 * JITTER * random));
}
