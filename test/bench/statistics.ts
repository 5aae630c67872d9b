/** The distribution of values, with its interquartile range from `low` to `high`. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly least: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
    least: quantile(sorted, 0),
  };
}

/** The quantile `q` of the sorted values, with linear interpolation. */
export function quantile(sorted: readonly number[], q: number): number {
  const place = (sorted.length - 1) * q;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) throw new Error('there are no values');
  return below + (above - below) * (place - Math.floor(place));
}

/** A seeded pseudo-random generator of numbers from 0 to 1. */
export function draws(seed: number): () => number {
  let state = (seed * 0x9e3779b9) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const SHORTEST_MS = 500;
export const LONGEST_MS = 30_000;

/** The duration of attaches, distributed uniformly or log-uniformly. */
export const LATENCIES = {
  uniform: (share: number) => Math.round(SHORTEST_MS + share * (LONGEST_MS - SHORTEST_MS)),
  logarithmic: (share: number) => Math.round(SHORTEST_MS * (LONGEST_MS / SHORTEST_MS) ** share),
} as const;
