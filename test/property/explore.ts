import fc from 'fast-check';
import { play, theHandler } from './run';
import type { MakeSubject, Violation } from './run';
import { scenarios } from './scenario';
import type { Scenario } from './scenario';

/** A broken promise, in the smallest scenario that was found to break it. */
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
  /** Of the first run; each further run has the next one. A run depends on its seed alone. */
  readonly seed: number;
  readonly runs: number;
  readonly subject?: MakeSubject | undefined;
  /** How many findings end it. Default 1. */
  readonly findings?: number;
  /** How long a failing scenario is made smaller, in milliseconds of this machine's time. Default 20,000. */
  readonly shrinkMs?: number;
  /** Only breaches of this promise count. */
  readonly check?: string;
  readonly onRun?: (runs: number) => void;
}

/** Plays random scenarios until enough of them broke a promise, or all were played. */
export async function explore(options: ExploreOptions): Promise<Exploration> {
  const { subject = theHandler, check } = options;
  const counts: Record<string, number> = {};
  const findings: Finding[] = [];
  let runs = 0;
  while (runs < options.runs && findings.length < (options.findings ?? 1)) {
    const seed = options.seed + runs;
    const [scenario] = fc.sample(scenarios, { seed, numRuns: 1 });
    if (scenario === undefined) break;
    const outcome = await play(scenario, subject);
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
    const { violations } = await play(scenario, subject);
    const same = violations.find(({ check }) => check === finding.check);
    if (same === undefined) return;
    found = { ...finding, ...same, scenario };
    throw new Error(same.what);
  });
  await fc.check(property, { seed: finding.seed, numRuns: 1, interruptAfterTimeLimit: shrinkMs });
  return found;
}

/** A finding for a person: which promise, what happened, the scenario, and the command that plays it again. */
export function report({ check, what, seed, scenario }: Finding): string {
  return [
    `Broken: ${check}.`,
    what,
    `Smallest scenario found: ${JSON.stringify(scenario, null, 1)}`,
    `Replay: ZEC_SEED=${seed} ZEC_RUNS=1 npx jest test/property/model.test.ts`,
  ].join('\n');
}
