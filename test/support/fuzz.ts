import fc from 'fast-check';

const DEFAULT_SEED = 20260101;
const { FUZZ_RUNS, FUZZ_SEED = String(DEFAULT_SEED), FUZZ_PATH, FUZZ_ONLY } = process.env;

/** Names with a special meaning in JavaScript. */
export const MAGIC_NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'length'];

const PROTOTYPES = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Map.prototype];
const shape = () => PROTOTYPES.map((each) => Reflect.ownKeys(each).length).join();
const CLEAN = shape();

/**
 * Tests a property of external input. `npm test` runs a few inputs with a fixed seed; `npm run fuzz -- --runs N --seed S`
 * runs a campaign. A failure prints the command that repeats that input. Also verifies after each input that no prototype
 * was modified.
 * @param runs the number of inputs in `npm test`
 */
export function fuzz<Inputs extends [unknown, ...unknown[]]>(
  name: string,
  inputs: { readonly [I in keyof Inputs]: fc.Arbitrary<Inputs[I]> },
  property: (...values: Inputs) => void | Promise<void>,
  runs = 150,
): void {
  const asked = FUZZ_ONLY === undefined || FUZZ_ONLY === name;
  (asked ? test : test.skip)(
    name,
    async () => {
      const numRuns = FUZZ_RUNS === undefined ? runs : Number(FUZZ_RUNS);
      const seed = Number(FUZZ_SEED);
      const checked = fc.asyncProperty(
        ...(inputs as [fc.Arbitrary<unknown>]),
        async (...values: unknown[]) => {
          await property(...(values as Inputs));
          if (shape() !== CLEAN) throw new Error('a prototype was changed');
        },
      );
      const parameters = { numRuns, seed, ...(FUZZ_PATH === undefined ? {} : { path: FUZZ_PATH }) };
      const details = await fc.check(checked as fc.IAsyncProperty<unknown>, parameters);
      if (!details.failed) return;
      const replay = `npm run fuzz -- --seed ${seed} --runs ${numRuns} --path ${details.counterexamplePath ?? ''} --only ${JSON.stringify(name)}`;
      const report = await fc.asyncDefaultReportMessage<unknown>(details as fc.RunDetails<unknown>);
      const why = details.errorInstance instanceof Error ? details.errorInstance.message : '';
      throw new Error([report, why, `Replay: ${replay}`].map(shortened).join('\n\n'));
    },
    // A campaign has no time limit.
    FUZZ_RUNS === undefined ? 240_000 : 86_400_000,
  );
}

function shortened(text = '') {
  return text.length > 3000 ? `${text.slice(0, 1500)} … ${text.slice(-1500)}` : text;
}
