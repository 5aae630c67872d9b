import { measure } from './harness';
import type { Scenario } from './scenario';
import { START_UP } from './start-up';
import { SYNTH } from './synth';

// Far above the measured ratios, because other processes run during the tests. They catch a library that is loaded at
// start-up again, or a synth that is no longer linear. `npm run bench` measures the exact figures.
const BOUNDS: readonly [name: string, bound: number][] = [
  ['start-up: zec-nic to its first request', 4],
  ['start-up: provider to its handshake', 5],
  ['synth: 100, null_resource', 3],
  ['synth: 100, provider', 4],
];
const TRIES = 3;
const RUNS = 3;

test.each(BOUNDS)('%s stays within %d times its baseline', async (name, bound) => {
  const scenario = [...START_UP, ...SYNTH].find((each) => each.name === name);
  if (scenario === undefined) throw new Error(`the bench has no "${name}"`);
  const ratios: number[] = [];
  for (let left = TRIES; left > 0; left--) {
    ratios.push(await cpuRatio(scenario));
    if (ratios.some((ratio) => ratio <= bound)) return;
  }
  throw new Error(
    `${name}: ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')} times, and at most ${bound} is allowed`,
  );
});

/** Ratio of the minimum CPU times, which are the least affected by load. */
async function cpuRatio(scenario: Scenario): Promise<number> {
  const results = await measure(scenario, RUNS);
  const cpu = results.find(({ metric }) => metric === 'cpu');
  if (cpu === undefined) throw new Error('the scenario measures no CPU');
  return cpu.ratioOfLeast;
}
