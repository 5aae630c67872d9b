import { parseArgs } from 'node:util';
import { providerModel } from './deployments';
import { explore, report } from './explore';
import type { Exploration, ExploreOptions } from './explore';
import { handlerModel } from './run';

const MODELS: Readonly<Record<string, (options: ExploreOptions) => Promise<Exploration>>> = {
  handler: (options) => explore(handlerModel(), options),
  provider: (options) => explore(providerModel(), options),
};

/** `npm run property -- --model M --runs N --seed S`: random runs of a model, with a summary. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      model: { type: 'string', default: 'handler' },
      runs: { type: 'string', default: '10000' },
      seed: { type: 'string' },
    },
  });
  const run = MODELS[values.model];
  const runs = Number(values.runs);
  const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
  if (run === undefined || !Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed)) {
    console.error('usage: npm run property -- [--model handler|provider] [--runs N] [--seed S]');
    return 2;
  }
  const startedAt = Date.now();
  const { counts, findings, ...done } = await run({
    seed,
    runs,
    findings: 3,
    onRun: (count) => {
      if (count % 1_000 === 0)
        console.error(`${count} of ${runs} runs, ${perMinute(count, startedAt)} a minute`);
    },
  });
  for (const finding of findings) console.log(`${report(finding)}\n`);
  for (const [what, times] of Object.entries(counts).sort(([a], [b]) => a.localeCompare(b))) {
    console.log(`${what.padEnd(42)} ${times}`);
  }
  console.log(
    `${done.runs} runs of the ${values.model} model from seed ${seed}, ${perMinute(done.runs, startedAt)} a minute, ${findings.length} violations`,
  );
  return findings.length === 0 ? 0 : 1;
}

function perMinute(count: number, since: number): number {
  return Math.round((count / Math.max(1, Date.now() - since)) * 60_000);
}

void main().then((code) => (process.exitCode = code));
