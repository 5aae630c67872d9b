import { BROKEN_RESOURCES } from './broken-provider';
import { DEPLOYMENT_CHECKS, providerModel } from './deployments';
import { explore, report } from './explore';

const seed = Number(process.env.ZEC_SEED ?? 20_261_127);
const runs = Number(process.env.ZEC_RUNS ?? 100);

test(`the provider keeps every promise in ${runs} random runs from seed ${seed}`, async () => {
  const { findings, counts } = await explore(providerModel(), { seed, runs });
  expect(findings.map(report).join('\n')).toBe('');
  expect(counts.operations).toBeGreaterThanOrEqual(runs);
});

describe('every promise about deployments is broken by some faulty resource', () => {
  test.each(BROKEN_RESOURCES)('%s breaks: %s', async (_, check, resource, from) => {
    const options = { seed: from, runs: 1_000, check, shrinkMs: 0 };
    const { findings } = await explore(providerModel(resource), options);
    expect(findings.map((finding) => finding.check)).toEqual([check]);
  });

  test('every promise is covered', () => {
    const covered = BROKEN_RESOURCES.map(([, check]) => check);
    expect(new Set(covered)).toEqual(new Set(Object.values(DEPLOYMENT_CHECKS)));
  });
});

test('a run is determined by its seed', async () => {
  const once = () => explore(providerModel(), { seed: 77, runs: 5 });
  expect((await once()).counts).toEqual((await once()).counts);
});
