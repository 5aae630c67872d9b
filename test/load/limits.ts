import { parseArgs } from 'node:util';
import { deployLimited, RUNNERS } from './limited';
import type { RunnerName } from './limited';

// Deploys in an account with a low rate limit, and reports the share of throttled requests.

const USAGE = `npm run limits -- [--rate 5] [--attachments 50] [--pipelines 1] [--runner provider|local-exec]`;

async function main(): Promise<void> {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  const { values } = parseArgs({
    options: { rate: text('5'), attachments: text('50'), pipelines: text('1'), runner: text('') },
  });
  const sizes = {
    rate: Number(values.rate),
    attachments: Number(values.attachments),
    pipelines: Number(values.pipelines),
  };
  const runners = values.runner === '' ? (Object.keys(RUNNERS) as RunnerName[]) : [values.runner];
  if (!Object.values(sizes).every((size) => size > 0) || !runners.every((name) => name in RUNNERS)) {
    process.stderr.write(`${USAGE}\n`);
    process.exitCode = 2;
    return;
  }
  for (const runner of runners as RunnerName[]) {
    for (const { output, ...figures } of await deployLimited(runner, sizes)) {
      const share = `${((100 * figures.throttled) / figures.requests).toFixed(1)} %`;
      process.stdout.write(`${JSON.stringify({ runner, ...sizes, share, ...figures })}\n`);
      if (figures.converged === figures.total && figures.codes.every((code) => code === 0)) continue;
      process.stdout.write(output.slice(-4000));
      process.exitCode = 1;
    }
  }
}

void main();
