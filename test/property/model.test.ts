import { BROKEN_HANDLERS } from './broken';
import { CHECKS } from './checks';
import { explore, report } from './explore';
import { handlerModel } from './run';

const seed = Number(process.env.ZEC_SEED ?? 20_260_101);
const runs = Number(process.env.ZEC_RUNS ?? 400);

test(`the handler keeps every promise in ${runs} random runs from seed ${seed}`, async () => {
  const { findings, counts } = await explore(handlerModel(), { seed, runs });
  expect(findings.map(report).join('\n')).toBe('');
  expect(counts.operations).toBeGreaterThanOrEqual(runs);
});

describe('every promise is broken by some faulty handler', () => {
  test.each(BROKEN_HANDLERS)('%s breaks: %s', async (_, check, subject, from) => {
    const options = { seed: from, runs: 2_000, check, shrinkMs: 0 };
    const { findings } = await explore(handlerModel(subject), options);
    expect(findings.map((finding) => finding.check)).toEqual([check]);
  });

  test('the report contains the command that reproduces the run', async () => {
    const broken = handlerModel(BROKEN_HANDLERS[0]?.[2]);
    const first = await explore(broken, { seed: 1, runs: 400, shrinkMs: 2_000 });
    const [finding] = first.findings;
    expect(finding && report(finding)).toContain(
      `ZEC_SEED=${1 + first.runs - 1} ZEC_RUNS=1 npx jest test/property`,
    );
    const again = await explore(broken, { seed: finding?.seed ?? 0, runs: 1, shrinkMs: 0 });
    expect(again.findings.map(({ check }) => check)).toEqual([finding?.check]);
  });

  test('every promise is covered', () => {
    expect(new Set(BROKEN_HANDLERS.map(([, check]) => check))).toEqual(new Set(Object.keys(CHECKS)));
  });
});

test('a run is determined by its seed', async () => {
  const once = () => explore(handlerModel(), { seed: 77, runs: 5 });
  expect((await once()).counts).toEqual((await once()).counts);
});
