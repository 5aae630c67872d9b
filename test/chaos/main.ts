import { parseArgs } from 'node:util';
import { nullProvider } from '../support/null-provider/install';
import { campaign, RUNNER_KINDS } from './campaign';

// Many runs of real processes with faults and kills. Seed and runner reproduce a run, except for the scheduling of
// the processes by the operating system.

const USAGE = `npm run chaos -- [--runs 20] [--seed 1] [--runner ${RUNNER_KINDS.join('|')}] [--at-once 2] [--progress FILE] [--verbose]`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      runner: { type: 'string' },
      'at-once': { type: 'string', default: '2' },
      progress: { type: 'string' },
      verbose: { type: 'boolean', default: false },
    },
  });
  const numbers = { runs: Number(values.runs), seed: Number(values.seed), atOnce: Number(values['at-once']) };
  const runners = RUNNER_KINDS.filter((each) => values.runner === undefined || each === values.runner);
  if (
    !Object.values(numbers).every((each) => Number.isSafeInteger(each) && each > 0) ||
    runners.length === 0
  ) {
    process.stderr.write(`${USAGE}\n`);
    process.exitCode = 2;
    return;
  }
  const provider = await nullProvider();
  try {
    const { text, violations } = await campaign({
      ...numbers,
      runners,
      nullProvider: provider,
      print: (line) => process.stderr.write(`${line}\n`),
      verbose: values.verbose,
      progress: values.progress,
    });
    process.stdout.write(`${text}\n`);
    if (violations > 0) process.exitCode = 1;
  } finally {
    provider.remove();
  }
}

void main();
