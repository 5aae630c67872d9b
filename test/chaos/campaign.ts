import type { NullProvider } from '../support/null-provider/install';
import { addProgress, readProgress } from '../support/progress-file';
import { inParallel } from '../support/workers';
import { deploymentRun } from './deployment-run';
import { handlerRun } from './handler-run';
import { RUNNER_KINDS } from './run-log';
import type { RunnerKind, RunReport } from './run-log';

export { RUNNER_KINDS };

export interface CampaignOptions {
  readonly runs: number;
  /** The seed of the first run, incremented for each further run. */
  readonly seed: number;
  /** Used in rotation. */
  readonly runners: readonly RunnerKind[];
  readonly atOnce: number;
  readonly nullProvider: NullProvider;
  /** Receives one line per run. */
  readonly print: (line: string) => void;
  /** Whether to print the log of every run, not only of those that broke a promise. */
  readonly verbose?: boolean;
  /** A file to which each finished run is added. Those that are in it already are not repeated. */
  readonly progress?: string | undefined;
}

/** A series of runs and their results. */
export async function campaign(options: CampaignOptions) {
  const { progress } = options;
  const finished = readProgress<RunReport>(progress);
  const runs = Array.from({ length: options.runs }, (_, index) => index);
  const reports = await inParallel(runs, options.atOnce, async (index) => {
    const seed = options.seed + index;
    const runner = options.runners[index % options.runners.length] ?? 'zec-nic';
    const known = finished.find((each) => each.seed === seed && each.runner === runner);
    if (known !== undefined) return known;
    const report = await oneRun(seed, runner, options.nullProvider);
    reportRun(report, options);
    addProgress(progress, { ...report, log: [] });
    return report;
  });
  return { reports, ...summary(reports) };
}

function oneRun(seed: number, runner: RunnerKind, nullProvider: NullProvider): Promise<RunReport> {
  return runner === 'zec-nic' ? handlerRun(seed) : deploymentRun(seed, runner, nullProvider);
}

function reportRun(report: RunReport, { print, verbose = false }: CampaignOptions): void {
  const { seed, runner, violations, kills, commands, failed, log } = report;
  const faults = Object.values(report.faults).reduce((sum, times) => sum + times, 0);
  const verdict = violations.length === 0 ? 'right' : `WRONG: ${violations.join('; ')}`;
  const killed = kills.length === 0 ? '' : `, ${kills.join(', ')}`;
  print(`seed ${seed}, ${runner}: ${verdict} (${failed} of ${commands} failed, ${faults} faults${killed})`);
  if (violations.length === 0 && !verbose) return;
  print(`  again: npm run chaos -- --runs 1 --seed ${seed} --runner ${runner} --verbose`);
  for (const line of log) print(`  ${line.replaceAll('\n', '\n  ')}`);
}

function summary(reports: readonly RunReport[]) {
  const all = (pick: (report: RunReport) => number) => reports.reduce((sum, report) => sum + pick(report), 0);
  const violations = all((report) => report.violations.length);
  const figures = {
    runs: reports.length,
    runsByRunner: countByName(reports.map(({ runner }) => [runner, 1])),
    commandsAmongFaults: all(({ commands }) => commands),
    ofWhichFailed: all(({ failed }) => failed),
    commandsJudged: all(({ judged }) => judged),
    faults: countByName(reports.flatMap(({ faults }) => Object.entries(faults))),
    kills: countByName(reports.flatMap(({ kills }) => kills.map((kill) => [kill, 1] as const))),
    effects: countByName(reports.flatMap(({ effects }) => Object.entries(effects))),
    violations,
  };
  return { violations, figures, text: JSON.stringify(figures, undefined, 2) };
}

function countByName(entries: readonly (readonly [name: string, times: number])[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const [name, times] of entries) sums.set(name, (sums.get(name) ?? 0) + times);
  return Object.fromEntries([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));
}
