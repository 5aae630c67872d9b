import { parseArgs } from 'node:util';
import { addProgress, readProgress } from '../support/progress-file';
import { providerModel } from './deployments';
import { explore, report } from './explore';
import type { Exploration, ExploreOptions } from './explore';
import { handlerModel } from './run';

const MODELS: Readonly<Record<string, (options: ExploreOptions) => Promise<Exploration>>> = {
  handler: (options) => explore(handlerModel(), options),
  provider: (options) => explore(providerModel(), options),
};

const USAGE =
  'npm run property -- [--model handler|provider] [--runs 10000] [--seed S] [--progress FILE]: ' +
  'random runs of a model, with a summary. Runs that are in the file already are not repeated.';

/** Runs between two lines of progress. */
const PART = 1_000;

interface Part extends Exploration {
  readonly model: string;
  readonly seed: number;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      model: { type: 'string', default: 'handler' },
      runs: { type: 'string', default: '10000' },
      seed: { type: 'string' },
      progress: { type: 'string' },
    },
  });
  const { model, progress } = values;
  const run = MODELS[model];
  const runs = Number(values.runs);
  const first = Number(values.seed ?? Date.now() % 1_000_000_000);
  if (run === undefined || !Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(first)) {
    console.error(`usage: ${USAGE}`);
    return 2;
  }
  const finished = readProgress<Part>(progress);
  const parts: Exploration[] = [];
  for (let done = 0; done < runs; done += PART) {
    const size = Math.min(PART, runs - done);
    const seed = first + done;
    const known = finished.find((each) => each.model === model && each.seed === seed && each.runs === size);
    const startedAt = Date.now();
    const part = known ?? (await run({ seed, runs: size, findings: 3 }));
    parts.push(part);
    for (const finding of part.findings) console.log(`${report(finding)}\n`);
    if (known !== undefined) continue;
    addProgress(progress, { model, seed, ...part } satisfies Part);
    const perMinute = Math.round((size / (Date.now() - startedAt)) * 60_000);
    console.error(`${done + size} of ${runs} runs (${perMinute} a minute)`);
  }
  const counts = new Map<string, number>();
  for (const part of parts) {
    for (const [what, times] of Object.entries(part.counts))
      counts.set(what, (counts.get(what) ?? 0) + times);
  }
  for (const [what, times] of [...counts].sort(([a], [b]) => a.localeCompare(b))) {
    console.log(`${what.padEnd(42)} ${times}`);
  }
  const total = parts.reduce((sum, part) => sum + part.runs, 0);
  const violations = parts.reduce((sum, part) => sum + part.findings.length, 0);
  console.log(`${total} runs of the ${model} model from seed ${first}, ${violations} violations`);
  return violations === 0 ? 0 : 1;
}

void main().then((code) => (process.exitCode = code));
