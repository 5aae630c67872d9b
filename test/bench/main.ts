import { parseArgs } from 'node:util';
import { CONVERGENCE } from './convergence';
import { FLEETS } from './fleets';
import { measure } from './harness';
import type { Result } from './harness';
import { LIMIT } from './limit';
import { LOCAL_EXEC } from './local-exec';
import { MEMORY } from './memory';
import { PIPELINES } from './pipelines';
import { table } from './report';
import type { Scenario } from './scenario';
import { SIDE_BY_SIDE } from './side-by-side';
import { START_UP } from './start-up';
import { SYNTH } from './synth';

/** All scenarios of `npm run bench`, in table order. */
const SCENARIOS: readonly Scenario[] = [
  ...START_UP,
  ...MEMORY,
  ...SYNTH,
  ...LOCAL_EXEC,
  ...CONVERGENCE,
  ...FLEETS,
  ...SIDE_BY_SIDE,
  ...LIMIT,
  ...PIPELINES,
];

const QUICK_RUNS = 3;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      runs: { type: 'string' },
      quick: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  });
  const chosen = SCENARIOS.filter(({ name, slow = false }) =>
    values.only.length === 0 ? !(values.quick && slow) : values.only.some((part) => name.includes(part)),
  );
  if (values.list) {
    for (const { name } of chosen) console.log(name);
    return;
  }
  if (chosen.length === 0) throw new Error('no scenario name contains this text; --list shows all names');
  const runs = values.runs === undefined ? (values.quick ? QUICK_RUNS : undefined) : Number(values.runs);
  if (runs !== undefined && !(Number.isInteger(runs) && runs > 0))
    throw new Error('--runs must be a whole number');
  const results: Result[] = [];
  for (const scenario of chosen) {
    process.stderr.write(`${scenario.name} …\n`);
    results.push(...(await measure(scenario, runs)));
  }
  const { node } = process.versions;
  console.log(values.json ? JSON.stringify({ node, results }, undefined, 2) : table(results));
}

main().catch((error: unknown) => {
  process.stderr.write(
    `bench failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  process.exitCode = 1;
});
