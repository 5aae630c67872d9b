import { parseArgs } from 'node:util';
import { nullProvider } from '../support/null-provider/install';
import { campaign, FLAVOURS } from './campaign';

// Many runs of real processes with faults and kills. Seed and flavour reproduce a run, except for the scheduling of
// the processes by the operating system.

const USAGE = `npm run chaos -- [--runs 20] [--seed 1] [--flavour ${FLAVOURS.join('|')}] [--at-once 2] [--verbose]`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      flavour: { type: 'string' },
      'at-once': { type: 'string', default: '2' },
      verbose: { type: 'boolean', default: false },
    },
  });
  const numbers = { runs: Number(values.runs), seed: Number(values.seed), atOnce: Number(values['at-once']) };
  const flavours = FLAVOURS.filter((each) => values.flavour === undefined || each === values.flavour);
  if (
    !Object.values(numbers).every((each) => Number.isSafeInteger(each) && each > 0) ||
    flavours.length === 0
  ) {
    process.stderr.write(`${USAGE}\n`);
    process.exitCode = 2;
    return;
  }
  const provider = await nullProvider();
  try {
    const { text, violations } = await campaign({
      ...numbers,
      flavours,
      nullProvider: provider,
      tell: (line) => process.stderr.write(`${line}\n`),
      verbose: values.verbose,
    });
    process.stdout.write(`${text}\n`);
    if (violations > 0) process.exitCode = 1;
  } finally {
    provider.remove();
  }
}

void main();
