import { attachFleet } from './detection';
import type { Fleet, FleetOptions } from './detection';
import { scenario } from './scenario';
import type { Figures, Scenario } from './scenario';
import { draws, LATENCIES, quantile } from './statistics';

const DRAWS = 2_000;
const ROUND_TRIP_MS = 20;

type Delay = 'median' | 'p95' | 'describes';
const delay = {
  median: { unit: 'ms' },
  p95: { unit: 'ms' },
  describes: { unit: 'requests each' },
};

function figuresOf(fleets: readonly Fleet[]): Figures<Delay> {
  const delays = fleets.flatMap(({ delaysMs }) => delaysMs).sort((a, b) => a - b);
  const describes = fleets.reduce((sum, fleet) => sum + fleet.describes, 0);
  return { median: quantile(delays, 0.5), p95: quantile(delays, 0.95), describes: describes / delays.length };
}

async function alone(by: FleetOptions['by'], latencies: readonly number[]): Promise<Figures<Delay>> {
  const fleets: Fleet[] = [];
  for (const [seed, ms] of latencies.entries()) {
    fleets.push(await attachFleet({ attachMs: [ms, ms], seed, latencyMs: ROUND_TRIP_MS, by }));
  }
  return figuresOf(fleets);
}

/** Detection latency, from the end of the attach to the return of the create, on a fake clock: deterministic. */
const single = Object.entries(LATENCIES).map(([name, latency]) =>
  scenario<Delay>({
    name: `detection: one attach, 0.5 to 30 s, ${name} draws`,
    against: 'a read every second',
    metrics: delay,
    runs: 1,
    steady: true,
    prepare: () => {
      const draw = draws(7);
      const latencies = Array.from({ length: DRAWS }, () => latency(draw()));
      return Promise.resolve({
        baseline: () => alone('vendor loop', latencies),
        subject: () => alone('handler', latencies),
      });
    },
  }),
);

const tenSeconds = scenario<Delay>({
  name: 'detection: one attach of 10 s',
  against: 'a read every second',
  metrics: delay,
  runs: 1,
  steady: true,
  prepare: () => {
    const latencies = Array<number>(200).fill(10_000);
    return Promise.resolve({
      baseline: () => alone('vendor loop', latencies),
      subject: () => alone('handler', latencies),
    });
  },
});

const SIZES = [
  { count: 100, parallelism: 10 },
  { count: 100, parallelism: 100 },
  { count: 1_000, parallelism: 100 },
];
const RANGES: readonly (readonly [number, number])[] = [
  [300, 900],
  [5_000, 15_000],
  [500, 30_000],
];

const many = SIZES.flatMap(({ count, parallelism }) =>
  RANGES.map((attachMs) =>
    scenario<Delay>({
      name: `detection: ${count} attaches, ${parallelism} at a time, ${attachMs.map((ms) => ms / 1000).join(' to ')} s`,
      against: 'a read every second',
      metrics: delay,
      runs: 1,
      steady: true,
      prepare: () => {
        const options = { count, parallelism, attachMs, seed: 3, latencyMs: ROUND_TRIP_MS };
        return Promise.resolve({
          baseline: async () => figuresOf([await attachFleet({ ...options, by: 'vendor loop' })]),
          subject: async () => figuresOf([await attachFleet({ ...options, by: 'handler' })]),
        });
      },
    }),
  ),
);

/** The overhead of an apply over the duration of the attaches on Terraform's workers, on a fake clock. */
const overhead = RANGES.slice(1).map((attachMs) =>
  scenario<'wall'>({
    name: `apply: 200 attachments, 10 at a time, ${attachMs.map((ms) => ms / 1000).join(' to ')} s, round trip of 80 ms`,
    against: 'the attaches alone',
    metrics: { wall: { unit: 's', goal: 1.1 } },
    runs: 3,
    steady: true,
    prepare: () => {
      let seed = 0;
      const options = { count: 200, parallelism: 10, attachMs, latencyMs: 80 };
      const run = async (by: FleetOptions['by']) => ({
        wall: (await attachFleet({ ...options, seed: Math.floor(seed++ / 2), by })).totalMs / 1000,
      });
      return Promise.resolve({ baseline: () => run('truth'), subject: () => run('handler') });
    },
  }),
);

export const CONVERGENCE: readonly Scenario[] = [...single, tenSeconds, ...many, ...overhead];
