import { MissingCredentialsError, SettingsError } from '../../lib/zec/settings';
import { instance, nic } from '../simulator/worlds';
import { inParallel } from '../support/workers';
import { ProviderRig, range } from './rig';
import type { Pair } from './rig';

type Change = readonly [prior: Pair | null, wanted: Pair | null];
const created = (wanted: Pair): Change => [null, wanted];
const of = (count: number, instanceId = 'ins-1') =>
  range(count).map((index): Pair => [`nic-${index}`, instanceId]);
const free = (count: number) => range(count).map((index) => nic(`nic-${index}`));
const attached = (count: number) => range(count).map((index) => nic(`nic-${index}`, { instanceId: 'ins-1' }));

/** Plans the changes as Terraform does, ten at a time. */
async function planned(rig: ProviderRig, changes: readonly Change[], process = rig.process()) {
  const answers = await rig.run(inParallel(changes, 10, ([prior, wanted]) => process.plan(prior, wanted)));
  return {
    warnings: answers.flatMap(({ warnings }) => warnings),
    errors: answers.flatMap(({ error }) => (error === undefined ? [] : [error])),
  };
}
const quiet = { warnings: [], errors: [] };

describe('what apply can only fail on', () => {
  test.each([
    ['a missing vNIC', ['nic-9', 'ins-1'], 'vNIC nic-9 does not exist'],
    ['a missing instance', ['nic-1', 'ins-9'], 'Instance ins-9 does not exist'],
    ['a primary vNIC', ['nic-p', 'ins-2'], 'vNIC nic-p is a primary vNIC'],
    [
      'another region',
      ['nic-far', 'ins-1'],
      'vNIC and instance are in different regions: europe-west-2 and asia-east-1a',
    ],
    ['a missing vNIC where the instance is known', ['nic-9', 'ins-1'], 'vNIC nic-9 does not exist'],
    [
      'a missing instance of a vNIC that is not known yet',
      [undefined, 'ins-9'],
      'Instance ins-9 does not exist',
    ],
  ] as const)('%s is a warning, and text for the postcondition', async (_, pair, text) => {
    const rig = new ProviderRig({
      nics: [
        nic('nic-1'),
        nic('nic-p', { instanceId: 'ins-2', nicType: 'Primary' }),
        nic('nic-far', { regionId: 'europe-west-2' }),
      ],
    });
    const { warnings, errors } = await planned(rig, [created(pair)]);
    expect(warnings).toContain(`warning: ${text}`);
    expect(errors).toEqual([expect.stringMatching(new RegExp(`^${text}\\. `))]);
  });

  test('never makes an error of the plan, so that no destroy is stopped', async () => {
    const rig = new ProviderRig();
    const { warnings } = await planned(rig, [created(['nic-9', 'ins-9']), created(['nic-1', 'ins-9'])]);
    expect(warnings).toHaveLength(3);
    expect(warnings.filter((each) => !each.startsWith('warning: '))).toEqual([]);
  });

  test('is told of both ends', async () => {
    const { errors } = await planned(new ProviderRig(), [created(['nic-9', 'ins-9'])]);
    expect(errors).toEqual([
      expect.stringMatching(/nic-9 does not exist[^\n]*\nInstance ins-9 does not exist/),
    ]);
  });
});

describe('an instance with room for eight', () => {
  test.each([
    ['adopts the seven that it holds', attached(7), of(7).map(created), []],
    ['adopts the eight that it holds', attached(8), of(8).map(created), []],
    ['is planned eight', free(8), of(8).map(created), []],
    ['is planned ten: one warning, with all of them', free(10), of(10).map(created), [10]],
    ['is planned thirty: one warning', free(30), of(30).map(created), [expect.any(Number)]],
    [
      'holds seven, and is planned one of them and two more',
      [...attached(7), nic('a'), nic('b')],
      [
        ['nic-0', 'ins-1'],
        ['a', 'ins-1'],
        ['b', 'ins-1'],
      ].map((pair) => created(pair as unknown as Pair)),
      [9],
    ],
    [
      'is full, and gives up one for another',
      [...attached(8), nic('a')],
      [created(['a', 'ins-1']), [['nic-0', 'ins-1'], null]],
      [],
    ],
    [
      'is full, and one is replaced by another',
      [...attached(8), nic('a')],
      [
        [
          ['nic-0', 'ins-1'],
          ['a', 'ins-1'],
        ],
      ],
      [],
    ],
    [
      'is full, and one is renamed',
      attached(8),
      [created(['nic-0', 'ins-1']), [['nic-0', 'ins-1'], null]],
      [],
    ],
    [
      'is full, and a vNIC is planned whose ID is not known yet',
      attached(8),
      [created([undefined, 'ins-1'])],
      [9],
    ],
  ] as const)('%s', async (_, nics, changes, counts) => {
    const rig = new ProviderRig({ nics: [...nics] });
    const { warnings } = await planned(rig, changes);
    const told = warnings.map((each) => Number(/ins-1 would hold (\d+) vNICs$/.exec(each)?.[1]));
    expect(told).toEqual(counts);
  });
});

describe('a vNIC that another instance holds', () => {
  const moved: Pair = ['nic-2', 'ins-1'];

  test('is a warning, and no text for the postcondition: somebody may free it before the apply', async () => {
    expect(await planned(new ProviderRig(), [created(moved)])).toEqual({
      warnings: ['warning: vNIC nic-2 is attached to instance ins-2'],
      errors: [],
    });
  });

  test.each([0, 300])('is quiet where the same plan detaches it %s ms later', async (ms) => {
    const rig = new ProviderRig();
    const process = rig.process();
    const removal = rig.after(ms, () => process.plan(['nic-2', 'ins-2'], null));
    expect(await planned(rig, [created(moved)], process)).toEqual(quiet);
    await rig.run(removal);
  });

  test('is quiet where two are swapped, and where one moves on', async () => {
    const rig = new ProviderRig({
      nics: [nic('a', { instanceId: 'ins-1' }), nic('b', { instanceId: 'ins-2' })],
    });
    expect(
      await planned(rig, [
        [
          ['a', 'ins-1'],
          ['b', 'ins-1'],
        ],
        [
          ['b', 'ins-2'],
          ['a', 'ins-2'],
        ],
      ]),
    ).toEqual(quiet);
    expect(
      await planned(rig, [
        [
          ['a', 'ins-1'],
          ['a', 'ins-2'],
        ],
      ]),
    ).toEqual(quiet);
  });

  test('of twenty that wait, more than Terraform has workers, none waits for ever', async () => {
    const nics = range(20).map((index) =>
      nic(`nic-${index}`, { instanceId: `ins-${Math.floor(index / 5)}` }),
    );
    const rig = new ProviderRig({
      instances: [...range(4), 9].map((index) => instance(`ins-${index}`)),
      nics,
    });
    await planned(rig, of(20, 'ins-9').map(created));
    expect(rig.clock.now()).toBeLessThan(6_000);
  });
});

describe('a plan that cannot be checked', () => {
  test('for want of credentials warns once, and asks nothing', async () => {
    const rig = new ProviderRig();
    const process = rig.process({
      resolve: () => {
        throw new MissingCredentialsError('No credentials found.');
      },
    });
    expect(await planned(rig, of(20).map(created), process)).toEqual({
      warnings: ['warning: The plan was not checked against the API: no credentials'],
      errors: [],
    });
    expect(rig.describes).toBe(0);
  });

  test('with preflight off asks nothing, and says nothing', async () => {
    const rig = new ProviderRig();
    expect(await planned(rig, of(20).map(created), rig.process({ preflight: false }))).toEqual(quiet);
    expect(rig.describes).toBe(0);
  });

  test('with wrong settings fails', async () => {
    const resolve = () => {
      throw new SettingsError('no such profile');
    };
    const rig = new ProviderRig();
    const plan = planned(rig, [created(['nic-1', 'ins-1'])], rig.process({ resolve }));
    await expect(plan).rejects.toThrow('no such profile');
  });

  test('because the API fails warns', async () => {
    const rig = new ProviderRig();
    rig.cloud.faults.set([
      { action: '*', kind: 'status', status: 403, code: 'OPERATION_DENIED', message: 'no' },
    ]);
    const { warnings, errors } = await planned(rig, [created(['nic-1', 'ins-1'])]);
    expect(warnings).toEqual(['warning: The plan could not be checked against the API']);
    expect(errors).toEqual([]);
  });

  test('because it is interrupted ends at once', async () => {
    const rig = new ProviderRig();
    const signal = rig.stopAfter(100);
    const plan = rig.process().plan(null, ['nic-2', 'ins-1'], { signal });
    expect(await rig.timed(expect(plan).rejects.toThrow('stop'))).toBeLessThan(200);
  });
});

test('a hundred plans at once share their requests', async () => {
  const instances = range(25).map((index) => instance(`ins-${index}`));
  const nics = range(100).map((index) => nic(`nic-${index}`));
  const rig = new ProviderRig({ instances, nics });
  const pairs = range(100).map((index) => created([`nic-${index}`, `ins-${Math.floor(index / 4)}`]));
  expect(await planned(rig, pairs)).toEqual(quiet);
  expect(rig.describes).toBeLessThanOrEqual(24);
});
