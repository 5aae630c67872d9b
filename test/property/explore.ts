import fc from 'fast-check';
import { runScenario, realHandler } from './run';
import type { MakeSubject, Violation } from './run';
import { scenarios } from './scenario';
import type { Scenario } from './scenario';

/** A broken promise, with the smallest scenario found that breaks it. */
export interface Finding extends Violation {
  readonly seed: number;
  readonly scenario: Scenario;
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
  readonly subject?: MakeSubject | undefined;
  /** The number of findings after which to stop. Default 1. */
  readonly findings?: number;
  /** The time limit for shrinking a failing scenario, in milliseconds of real time. Default 20,000. */
  readonly shrinkMs?: number;
  /** If set, only violations of this promise are findings. */
  readonly check?: string;
  readonly onRun?: (runs: number) => void;
}

/** Runs random scenarios until enough of them break a promise, or all have run. */
export async function explore(options: ExploreOptions): Promise<Exploration> {
  const { subject = realHandler, check } = options;
  const counts: Record<string, number> = {};
  const findings: Finding[] = [];
  let runs = 0;
  while (runs < options.runs && findings.length < (options.findings ?? 1)) {
    const seed = options.seed + runs;
    const [scenario] = fc.sample(scenarios, { seed, numRuns: 1 });
    if (scenario === undefined) break;
    const outcome = await runScenario(scenario, subject);
    runs += 1;
    for (const [what, times] of Object.entries(outcome.counts)) counts[what] = (counts[what] ?? 0) + times;
    const violation = outcome.violations.find((each) => check === undefined || each.check === check);
    if (violation !== undefined) {
      findings.push(await smallest({ ...violation, seed, scenario }, subject, options.shrinkMs));
    }
    options.onRun?.(runs);
  }
  return { runs, counts, findings };
}

async function smallest(finding: Finding, subject: MakeSubject, shrinkMs = 20_000): Promise<Finding> {
  let found = finding;
  const property = fc.asyncProperty(scenarios, async (scenario) => {
    const { violations } = await runScenario(scenario, subject);
    const same = violations.find(({ check }) => check === finding.check);
    if (same === undefined) return;
    found = { ...finding, ...same, scenario };
    throw new Error(same.what);
  });
  await fc.check(property, { seed: finding.seed, numRuns: 1, interruptAfterTimeLimit: shrinkMs });
  return found;
}

/** A readable report of a finding: the promise, the event, the scenario, and the command that reproduces it. */
export function report({ check, what, seed, scenario }: Finding): string {
  return [
    `Broken: ${check}.`,
    what,
    `Smallest scenario found: ${JSON.stringify(scenario, null, 1)}`,
    `Replay: ZEC_SEED=${seed} ZEC_RUNS=1 npx jest test/property/model.test.ts`,
  ].join('\n');
}
