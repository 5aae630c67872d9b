import type { Expectation } from './durations';

type Step = readonly [untilMs: number, waitMs: number];
const LAST_STEP: Step = [30_000, 450];

/**
 * How long to wait between two looks, by the time that something is waited for. The cheapest of those measured in
 * `test/bench` that notices an attach of 0.5 to 30 s within 0.4 s half of the time: close together where most short
 * attaches end, sparse in between, close again where those end that are left.
 */
const STEPS: readonly Step[] = [[500, 600], [1_100, 400], [10_000, 1_500], LAST_STEP];
/** After the last step waits grow by this part of the time beyond it. */
const GROWTH = 0.1;
const SHORTEST_MS = 150;
const LONGEST_MS = 5_000;
const JITTER = 0.08;

/**
 * How long to wait before the next look, in milliseconds.
 * @param sinceMs time since something last changed: a request of ours, or a status.
 * @param random a number from 0 to 1.
 * @param expected when the change is likely to come, where that is known
 */
export function pollDelay(sinceMs: number, random: number, expected?: Expectation): number {
  return jittered(learnedDelay(sinceMs, expected) ?? plainDelay(sinceMs), random);
}

/** How long to wait after so many looks or requests in a row that failed, in milliseconds. */
export function troubleDelay(troubles: number, random: number): number {
  return jittered(troubles ** 2 * 500, random);
}

function plainDelay(sinceMs: number): number {
  const [lastMs, lastWaitMs] = LAST_STEP;
  const step = STEPS.find(([untilMs]) => sinceMs < untilMs);
  return step?.[1] ?? lastWaitMs + (sinceMs - lastMs) * GROWTH;
}

function learnedDelay(sinceMs: number, expected: Expectation | undefined): number | undefined {
  if (expected === undefined || sinceMs > expected.untilMs) return undefined;
  const gapMs = Math.max(SHORTEST_MS, Math.min(expected.gapMs, plainDelay(sinceMs)));
  return Math.max(gapMs, expected.fromMs - sinceMs);
}

function jittered(ms: number, random: number): number {
  return Math.min(LONGEST_MS, ms * (1 - JITTER + 2 * JITTER * random));
}
