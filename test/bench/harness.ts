import type { Figures, Scenario, Sides } from './scenario';
import { spreadOf } from './statistics';
import type { Spread } from './statistics';

/** One metric of one scenario, measured. */
export interface Result {
  readonly scenario: string;
  readonly against: string;
  readonly metric: string;
  readonly unit: string;
  readonly runs: number;
  readonly baseline: Spread;
  readonly subject: Spread;
  /** The ratio of subject to baseline, run by run, so that load on the machine affects both equally. */
  readonly ratio: Spread;
  /** The ratio of the minimums, which is more stable on a noisy machine. */
  readonly ratioOfLeast: number;
  /** The difference between subject and baseline, run by run, in the unit. */
  readonly difference: Spread;
  /** The goal, such as `≤ 1.2`. */
  readonly goal?: string;
  /** Whether the median is within the goal. */
  readonly met?: boolean;
}

const RUNS = 11;

/**
 * Alternates runs of both sides of a scenario, after one warm-up run of each, and compares them.
 * @param runs how many runs of each side
 */
export async function measure(scenario: Scenario, runs = scenario.runs ?? RUNS): Promise<readonly Result[]> {
  const sides = await scenario.prepare();
  try {
    const pairs = await runByTurns(sides, runs, scenario.steady === true);
    return Object.keys(scenario.metrics).map((metric) => resultOf(scenario, metric, pairs));
  } finally {
    await sides.close?.();
  }
}

interface Pair {
  readonly baseline: Figures;
  readonly subject: Figures;
}

async function runByTurns(
  { baseline, subject }: Sides,
  runs: number,
  steady: boolean,
): Promise<readonly Pair[]> {
  if (!steady) {
    await baseline();
    await subject();
  }
  const pairs: Pair[] = [];
  for (let run = 0; run < runs; run++) {
    // Alternate which side runs first, so that neither always benefits from a warm cache.
    if (run % 2 === 0) {
      const first = await baseline();
      pairs.push({ baseline: first, subject: await subject() });
    } else {
      const first = await subject();
      pairs.push({ baseline: await baseline(), subject: first });
    }
  }
  return pairs;
}

function resultOf({ name, against, metrics }: Scenario, metric: string, pairs: readonly Pair[]): Result {
  const figure = (figures: Figures) => {
    const value = figures[metric];
    if (value === undefined) throw new Error(`${name}: a run returned no ${metric}`);
    return value;
  };
  const baseline = spreadOf(pairs.map((pair) => figure(pair.baseline)));
  const subject = spreadOf(pairs.map((pair) => figure(pair.subject)));
  const ratio = spreadOf(pairs.map((pair) => figure(pair.subject) / figure(pair.baseline)));
  const difference = spreadOf(pairs.map((pair) => figure(pair.subject) - figure(pair.baseline)));
  const { unit = '', goal, goalMore, goalMost } = metrics[metric] ?? {};
  const goals = [
    { wanted: goal, text: '≤ ', median: ratio.median },
    { wanted: goalMore, text: '≤ baseline + ', median: difference.median },
    { wanted: goalMost, text: 'this ≤ ', median: subject.median },
  ].filter(({ wanted }) => wanted !== undefined);
  return {
    scenario: name,
    against,
    metric,
    unit,
    runs: pairs.length,
    baseline,
    subject,
    ratio,
    ratioOfLeast: subject.least / baseline.least,
    difference,
    ...(goals.length === 0
      ? {}
      : {
          goal: goals.map(({ wanted, text }) => `${text}${wanted}`).join(', '),
          met: goals.every(({ wanted = Infinity, median }) => median <= wanted),
        }),
  };
}
