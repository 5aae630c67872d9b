// A long campaign of the fuzz tests: npm run fuzz -- --runs 10000 --seed 7
// A failure prints a command with --path and --only, which repeats that one input.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    path: { type: 'string' },
    only: { type: 'string' },
  },
});
for (const name of ['runs', 'seed']) {
  if (/^-?\d{1,10}$/.test(values[name])) continue;
  console.error(`--${name} is not a whole number`);
  process.exit(2);
}
console.log(`fuzz: ${values.runs} inputs for each property, seed ${values.seed}`);
const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const { status } = spawnSync(
  process.execPath,
  [jest, '--testPathPatterns', 'fuzz|rate-file', '--passWithNoTests=false'],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      FUZZ_RUNS: values.runs,
      FUZZ_SEED: values.seed,
      ...(values.path === undefined ? {} : { FUZZ_PATH: values.path }),
      ...(values.only === undefined ? {} : { FUZZ_ONLY: values.only }),
    },
  },
);
process.exit(status ?? 1);
