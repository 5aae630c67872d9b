import fc from 'fast-check';
import type { RunResult, Violation } from './environment';

/** Random scenarios, and how one of them is run. */
export interface Model<S> {
  readonly scenarios: fc.Arbitrary<S>;
  readonly runScenario: (scenario: S) => Promise<RunResult>;
  /** The test file that repeats a run. */
  readonly test: string;
}

/** A broken promise, with the smallest scenario found that breaks it. */
export interface Finding extends Violation {
  readonly seed: number;
  readonly scenario: unknown;
  readonly test: string;
}

export interface Exploration {
  readonly runs: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
}

export interface ExploreOptions {
  /** The seed of the first run, incremented for each further run. A run is determined by its seed. */
  readonly seed: number;
  readonly runs: number;
  /** The number of findings after which to stop. Default 1. */
  readonly findings?: number;
  /** The time limit for shrinking a failing scenario, in milliseconds of real time. Default 20,000. */
  readonly shrinkMs?: number;
  /** If set, only violations of this promise are findings. */
  readonly check?: string;
  readonly onRun?: (runs: number) => void;
}

/** Runs random scenarios until enough of them break a promise, or all have run. */
export async function explore<S>(model: Model<S>, options: ExploreOptions): Promise<Exploration> {
  const { check } = options;
  const counts: Record<string, number> = {};
  const findings: Finding[] = [];
  let runs = 0;
  while (runs < options.runs && findings.length < (options.findings ?? 1)) {
    const seed = options.seed + runs;
    const [scenario] = fc.sample(model.scenarios, { seed, numRuns: 1 });
    if (scenario === undefined) break;
    const outcome = await model.runScenario(scenario);
    runs += 1;
    for (const [what, times] of Object.entries(outcome.counts)) counts[what] = (counts[what] ?? 0) + times;
    const violation = outcome.violations.find((each) => check === undefined || each.check === check);
    if (violation !== undefined) {
      const { test } = model;
      findings.push(await smallest(model, { ...violation, seed, scenario, test }, options.shrinkMs));
    }
    options.onRun?.(runs);
  }
  return { runs, counts, findings };
}

async function smallest<S>(model: Model<S>, finding: Finding, shrinkMs = 20_000): Promise<Finding> {
  let found = finding;
  const property = fc.asyncProperty(model.scenarios, async (scenario) => {
    const { violations } = await model.runScenario(scenario);
    const same = violations.find(({ check }) => check === finding.check);
    if (same === undefined) return;
    found = { ...finding, ...same, scenario };
    throw new Error(same.what);
  });
  await fc.check(property, { seed: finding.seed, numRuns: 1, interruptAfterTimeLimit: shrinkMs });
  return found;
}

/** A readable report of a finding: the promise, the event, the scenario, and the command that reproduces it. */
export function report({ check, what, seed, scenario, test }: Finding): string {
  return [
    `Broken: ${check}.`,
    what,
    `Smallest scenario found: ${JSON.stringify(scenario, null, 1)}`,
    `Replay: ZEC_SEED=${seed} ZEC_RUNS=1 npx jest test/property/${test}`,
  ].join('\n');
}
