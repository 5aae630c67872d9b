import { MissingCredentialsError, SettingsError } from '../../lib/zec/settings';
import { instance, nic } from '../simulator/worlds';
import { inParallel } from '../support/workers';
import { ProviderRig, range, targetOfPair } from './rig';
import type { Pair } from './rig';

type Change = readonly [prior: Pair | null, wanted: Pair | null];
const create = (wanted: Pair): Change => [null, wanted];
const pairs = (count: number, instanceId = 'ins-1') =>
  range(count).map((index): Pair => [`nic-${index}`, instanceId]);
const free = (count: number) => range(count).map((index) => nic(`nic-${index}`));
const attached = (count: number) => range(count).map((index) => nic(`nic-${index}`, { instanceId: 'ins-1' }));

/** Plans the changes like Terraform, ten at a time. */
async function plan(rig: ProviderRig, changes: readonly Change[], process = rig.process()) {
  const results = await rig.run(inParallel(changes, 10, ([prior, wanted]) => process.plan(prior, wanted)));
  return {
    warnings: results.flatMap(({ warnings }) => warnings),
    errors: results.flatMap(({ error }) => (error === undefined ? [] : [error])),
  };
}
const noProblems = { warnings: [], errors: [] };

describe('a create that is certain to fail', () => {
  test.each([
    ['a missing vNIC', ['nic-9', 'ins-1'], 'vNIC nic-9 does not exist'],
    ['a missing instance', ['nic-1', 'ins-9'], 'Instance ins-9 does not exist'],
    ['a primary vNIC', ['nic-p', 'ins-2'], 'vNIC nic-p is a primary vNIC'],
    [
      'another region',
      ['nic-far', 'ins-1'],
      'vNIC and instance are in different regions: europe-west-2 and asia-east-1a',
    ],
    ['a missing instance, with an unknown vNIC ID', [undefined, 'ins-9'], 'Instance ins-9 does not exist'],
  ] as const)('because of %s causes a warning and a postcondition error', async (_, pair, text) => {
    const rig = new ProviderRig({
      nics: [
        nic('nic-1'),
        nic('nic-p', { instanceId: 'ins-2', nicType: 'Primary' }),
        nic('nic-far', { regionId: 'europe-west-2' }),
      ],
    });
    const { warnings, errors } = await plan(rig, [create(pair)]);
    expect(warnings).toContain(`warning: ${text}`);
    expect(errors).toEqual([expect.stringMatching(new RegExp(`^${text}\\. `))]);
  });

  test('has the same error when it is planned again during the apply, and no warning', async () => {
    const rig = new ProviderRig({ nics: [nic('nic-p', { instanceId: 'ins-2', nicType: 'Primary' })] });
    const changes = [create(['nic-9', 'ins-9']), create(['nic-p', 'ins-1'])];
    const { errors } = await plan(rig, changes);
    const applying = rig.process();
    applying.client.tracker.markApplying();
    expect(await plan(rig, changes, applying)).toEqual({ warnings: [], errors });
    rig.cloud.faults.set([{ action: '*', kind: 'malformed' }]);
    expect(await plan(rig, changes, applying)).toEqual(noProblems);
  });

  test('names another instance’s primary vNIC once', async () => {
    const rig = new ProviderRig({ nics: [nic('nic-p', { instanceId: 'ins-2', nicType: 'Primary' })] });
    const { warnings } = await plan(rig, [create(['nic-p', 'ins-1'])]);
    expect(warnings).toEqual(['warning: vNIC nic-p is a primary vNIC']);
  });

  test('never causes a plan error, which would block a destroy', async () => {
    const rig = new ProviderRig();
    const { warnings } = await plan(rig, [create(['nic-9', 'ins-9']), create(['nic-1', 'ins-9'])]);
    expect(warnings).toHaveLength(3);
    expect(warnings.filter((each) => !each.startsWith('warning: '))).toEqual([]);
  });

  test('reports problems of both the vNIC and the instance', async () => {
    const { errors } = await plan(new ProviderRig(), [create(['nic-9', 'ins-9'])]);
    expect(errors).toEqual([
      expect.stringMatching(/nic-9 does not exist[^\n]*\nInstance ins-9 does not exist/),
    ]);
  });
});

test('a vNIC that two new resources attach causes a warning, and a move from one to another does not', async () => {
  const rig = new ProviderRig({ instances: [instance('ins-1'), instance('ins-2')], nics: free(2) });
  const twice = [create(['nic-0', 'ins-1']), create(['nic-1', 'ins-1']), create(['nic-0', 'ins-2'])];
  expect((await plan(rig, twice)).warnings).toEqual([
    'warning: Two resources of this plan attach vNIC nic-0',
  ]);
  const moved: Change[] = [
    [
      ['nic-0', 'ins-1'],
      ['nic-1', 'ins-1'],
    ],
    [
      ['nic-1', 'ins-2'],
      ['nic-0', 'ins-2'],
    ],
  ];
  expect((await plan(rig, moved)).warnings).toEqual([]);
});

test('a disabled guest agent causes one warning for each instance, on attach and detach', async () => {
  const disabled = { enableAgent: false };
  const rig = new ProviderRig({
    instances: [
      instance('ins-1', disabled),
      instance('ins-2', disabled),
      instance('ins-3', { enableAgent: true }),
    ],
    nics: [...free(3), nic('held', { instanceId: 'ins-2' })],
  });
  const { warnings } = await plan(rig, [
    ...pairs(2).map(create),
    create(['nic-2', 'ins-3']),
    [['held', 'ins-2'], null],
  ]);
  expect(warnings.sort()).toEqual([
    'warning: The guest agent of instance ins-1 is disabled',
    'warning: The guest agent of instance ins-2 is disabled',
  ]);
});

test('a load balancer causes one warning for each instance, and the attach may fail', async () => {
  const rig = new ProviderRig({
    instances: [instance('ins-1', { loadBalancerIds: ['lb-1', 'lb-2'] }), instance('ins-2')],
    nics: free(3),
  });
  const { warnings } = await plan(rig, [...pairs(2).map(create), create(['nic-2', 'ins-2'])]);
  expect(warnings).toEqual(['warning: Instance ins-1 is a backend of load balancer lb-1']);
  await rig.run(
    expect(rig.process().create(['nic-0', 'ins-1'])).rejects.toThrow('INVALID_NIC_LB_ASSOCIATED'),
  );
});

describe('the limit of eight vNICs on an instance that', () => {
  test.each([
    ['adopts its seven vNICs', attached(7), pairs(7).map(create), []],
    ['adopts its eight vNICs', attached(8), pairs(8).map(create), []],
    ['gets eight', free(8), pairs(8).map(create), []],
    ['gets ten: one warning with the total', free(10), pairs(10).map(create), [10]],
    ['gets thirty: one warning', free(30), pairs(30).map(create), [expect.any(Number)]],
    [
      'holds seven, and gets one of them and two more',
      [...attached(7), nic('a'), nic('b')],
      [
        ['nic-0', 'ins-1'],
        ['a', 'ins-1'],
        ['b', 'ins-1'],
      ].map((pair) => create(pair as unknown as Pair)),
      [9],
    ],
    [
      'is full, and one is deleted and another created',
      [...attached(8), nic('a')],
      [create(['a', 'ins-1']), [['nic-0', 'ins-1'], null]],
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
      [create(['nic-0', 'ins-1']), [['nic-0', 'ins-1'], null]],
      [],
    ],
    ['is full, and gets a vNIC whose ID is unknown', attached(8), [create([undefined, 'ins-1'])], [9]],
  ] as const)('%s', async (_, nics, changes, counts) => {
    const rig = new ProviderRig({ nics: [...nics] });
    const { warnings } = await plan(rig, changes);
    const counted = warnings.map((each) => Number(/ins-1 would hold (\d+) vNICs$/.exec(each)?.[1]));
    expect(counted).toEqual(counts);
  });
});

describe('a vNIC that another instance holds', () => {
  const moved: Pair = ['nic-2', 'ins-1'];

  test('causes a warning but no postcondition error, because it may be freed before the apply', async () => {
    expect(await plan(new ProviderRig(), [create(moved)])).toEqual({
      warnings: ['warning: vNIC nic-2 is attached to instance ins-2'],
      errors: [],
    });
  });

  test.each([0, 300])('causes no warning if the same plan detaches it %s ms later', async (ms) => {
    const rig = new ProviderRig();
    const process = rig.process();
    const removal = rig.after(ms, () => process.plan(['nic-2', 'ins-2'], null));
    expect(await plan(rig, [create(moved)], process)).toEqual(noProblems);
    await rig.run(removal);
  });

  test('causes no warning if it is that of a tainted resource, which is planned like a new one', async () => {
    const rig = new ProviderRig({ nics: [nic('nic-1', { instanceId: 'ins-2' })] });
    const planAfterRead = async (keep: boolean) => {
      const process = rig.process();
      await rig.run(process.read(['nic-1', 'ins-2']));
      if (keep) process.client.tracker.wasPlanned(targetOfPair(['nic-1', 'ins-2']));
      return plan(rig, [create(['nic-1', 'ins-1'])], process);
    };
    expect(await planAfterRead(false)).toEqual(noProblems);
    expect((await planAfterRead(true)).warnings).toEqual([
      'warning: vNIC nic-1 is attached to instance ins-2',
    ]);
  });

  test('causes no warning if two are swapped or one is replaced', async () => {
    const rig = new ProviderRig({
      nics: [nic('a', { instanceId: 'ins-1' }), nic('b', { instanceId: 'ins-2' })],
    });
    expect(
      await plan(rig, [
        [
          ['a', 'ins-1'],
          ['b', 'ins-1'],
        ],
        [
          ['b', 'ins-2'],
          ['a', 'ins-2'],
        ],
      ]),
    ).toEqual(noProblems);
    expect(
      await plan(rig, [
        [
          ['a', 'ins-1'],
          ['a', 'ins-2'],
        ],
      ]),
    ).toEqual(noProblems);
  });

  test('does not block the plan if more of them wait than Terraform has workers', async () => {
    const nics = range(20).map((index) =>
      nic(`nic-${index}`, { instanceId: `ins-${Math.floor(index / 5)}` }),
    );
    const rig = new ProviderRig({
      instances: [...range(4), 9].map((index) => instance(`ins-${index}`)),
      nics,
    });
    const startedAt = rig.clock.now();
    await plan(rig, pairs(20, 'ins-9').map(create));
    expect(rig.clock.now() - startedAt).toBeLessThan(6_000);
  });
});

describe('a plan that cannot be checked', () => {
  test('because there are no credentials warns once, and sends no request', async () => {
    const rig = new ProviderRig();
    const process = rig.process({
      resolve: () => {
        throw new MissingCredentialsError('No credentials found.');
      },
    });
    expect(await plan(rig, pairs(20).map(create), process)).toEqual({
      warnings: ['warning: The plan was not checked against the API: no credentials'],
      errors: [],
    });
    expect(rig.describes).toBe(0);
  });

  test('because preflight is disabled sends no request, and has no warning', async () => {
    const rig = new ProviderRig();
    expect(await plan(rig, pairs(20).map(create), rig.process({ preflight: false }))).toEqual(noProblems);
    expect(rig.describes).toBe(0);
  });

  test('because settings are invalid fails', async () => {
    const resolve = () => {
      throw new SettingsError('no such profile');
    };
    const rig = new ProviderRig();
    const work = plan(rig, [create(['nic-1', 'ins-1'])], rig.process({ resolve }));
    await expect(work).rejects.toThrow('no such profile');
  });

  test('because the API fails warns', async () => {
    const rig = new ProviderRig();
    rig.cloud.faults.set([
      { action: '*', kind: 'status', status: 403, code: 'OPERATION_DENIED', message: 'no' },
    ]);
    const { warnings, errors } = await plan(rig, [create(['nic-1', 'ins-1'])]);
    expect(warnings).toEqual(['warning: The plan could not be checked against the API']);
    expect(errors).toEqual([]);
  });

  test('because it is interrupted ends immediately', async () => {
    const rig = new ProviderRig();
    const signal = rig.stopAfter(100);
    const plan = rig.process().plan(null, ['nic-2', 'ins-1'], { signal });
    expect(await rig.timed(expect(plan).rejects.toThrow('stop'))).toBeLessThan(200);
  });
});

test('a hundred concurrent plans share requests', async () => {
  const instances = range(25).map((index) => instance(`ins-${index}`));
  const nics = range(100).map((index) => nic(`nic-${index}`));
  const rig = new ProviderRig({ instances, nics });
  const pairs = range(100).map((index) => create([`nic-${index}`, `ins-${Math.floor(index / 4)}`]));
  expect(await plan(rig, pairs)).toEqual(noProblems);
  expect(rig.describes).toBeLessThanOrEqual(24);
});

describe('a warning of a plan has a next step, at the attribute concerned:', () => {
  const CHECK_ID = 'Check the ID, the region and the account that the credentials belong to.';
  const [atNic, atInstance] = [['nic_id'], ['instance_id']];
  const agent = { instances: [instance('ins-1', { enableAgent: false })] };
  const recycled = { instances: [instance('ins-1', { status: 'RECYCLE' })] };

  test.each<[string, ConstructorParameters<typeof ProviderRig>[0], Change, string, string[] | undefined]>([
    ['a missing vNIC', {}, create(['nic-9', 'ins-1']), `${CHECK_ID} Apply will fail.`, atNic],
    ['a missing instance', {}, create(['nic-1', 'ins-9']), `${CHECK_ID} Apply will fail.`, atInstance],
    [
      'a primary vNIC',
      { nics: [nic('nic-1', { instanceId: 'ins-1', nicType: 'Primary' })] },
      create(['nic-1', 'ins-1']),
      'A primary vNIC is created and deleted with its instance. Declare an attachment of a secondary vNIC. Apply will fail.',
      atNic,
    ],
    [
      'another region',
      { nics: [nic('nic-1', { regionId: 'europe-west-2' })] },
      create(['nic-1', 'ins-1']),
      'A vNIC can be attached only to an instance in its own region. Use another vNIC or another instance. Apply will fail.',
      atInstance,
    ],
    [
      'a vNIC that another instance holds',
      {},
      create(['nic-2', 'ins-1']),
      'Unless this plan detaches it from that instance, apply will fail and not modify it. Detach it first.',
      atNic,
    ],
    [
      'an instance that is not running',
      { instances: [instance('ins-1', { status: 'STOPPED' })], nics: free(2) },
      create(['nic-1', 'ins-1']),
      'The API attaches vNICs to running instances only. Apply waits while the instance is starting, and fails if it is stopped.',
      atInstance,
    ],
    [
      'a load balancer',
      { instances: [instance('ins-1', { loadBalancerIds: ['lb-1'] })], nics: free(2) },
      create(['nic-1', 'ins-1']),
      'If the load balancer forbids it, the API refuses to attach vNICs to the instance (INVALID_NIC_LB_ASSOCIATED), and apply fails.',
      atInstance,
    ],
    [
      'a full instance',
      { nics: [...attached(8), nic('a')] },
      create(['a', 'ins-1']),
      'An instance holds at most 8 vNICs, including its primary, fewer on small sizes. Unless this plan detaches others from it, apply will fail for those over the limit.',
      atInstance,
    ],
    [
      'a disabled guest agent',
      { ...agent, nics: free(2) },
      create(['nic-1', 'ins-1']),
      'The platform attaches and detaches vNICs through the guest agent (QGA). Enable it on the instance first. Otherwise apply is expected to fail.',
      undefined,
    ],
    [
      'a detach from an instance in the recycle bin',
      { ...recycled, nics: attached(2) },
      [['nic-1', 'ins-1'], null],
      'Apply will fail to detach vNIC nic-1, and all others that it detaches from this instance. ' +
        'The API detaches only from a running instance: recover and start it, or release it for good, then retry.',
      undefined,
    ],
  ])('%s', async (_, world, [prior, wanted], detail, path) => {
    const rig = new ProviderRig(world);
    const { diagnostics } = await rig.run(rig.process().plan(prior, wanted));
    expect(diagnostics).toEqual([expect.objectContaining({ severity: 'warning', detail, path })]);
  });

  test.each([
    ['AUTHFAILURE_UNAUTHORIZED_OPERATION', /requestId T[^)]*\)\. \S.*\.$/],
    ['SOME_NEW_CODE', /requestId T[^)]*\)$/],
  ])('an API error %s', async (code, end) => {
    const rig = new ProviderRig();
    rig.cloud.faults.set([{ action: '*', kind: 'status', status: 400, code }]);
    const { diagnostics } = await rig.run(rig.process().plan(null, ['nic-1', 'ins-1']));
    expect(diagnostics).toEqual([
      expect.objectContaining({
        summary: 'The plan could not be checked against the API',
        detail: expect.stringMatching(end) as string,
      }),
    ]);
  });

  test('a plan without credentials', async () => {
    const rig = new ProviderRig();
    const process = rig.process({
      resolve: () => {
        throw new MissingCredentialsError('No credentials found.');
      },
    });
    const { diagnostics } = await rig.run(process.plan(null, ['nic-1', 'ins-1']));
    expect(diagnostics.map(({ detail }) => detail)).toEqual([
      'No credentials found. Apply will fail without credentials. Set preflight = false to disable these checks and this warning.',
    ]);
  });
});

test('each instance with a load balancer has a warning', async () => {
  const balanced = { loadBalancerIds: ['lb-1'] };
  const rig = new ProviderRig({
    instances: [instance('ins-1', balanced), instance('ins-2', balanced)],
    nics: free(2),
  });
  const { warnings } = await plan(rig, [create(['nic-0', 'ins-1']), create(['nic-1', 'ins-2'])]);
  expect(warnings).toHaveLength(2);
});

test('an instance without the optional fields of the API has no warning', async () => {
  const rig = new ProviderRig({ nics: free(1) }, (api) => ({
    ...api,
    describeInstances: async (request, options) => {
      const page = await api.describeInstances(request, options);
      const dataSet = page.dataSet.map(({ instanceId, status, nics }) => ({ instanceId, status, nics }));
      return { ...page, dataSet };
    },
  }));
  expect(await plan(rig, [create(['nic-0', 'ins-1'])])).toEqual(noProblems);
});

describe('checks of a plan', () => {
  /** A process that has just read the lists of all vNICs and instances. */
  const warmed = async () => {
    const rig = new ProviderRig({ nics: [...free(5), nic('held', { instanceId: 'ins-2' })] });
    const process = rig.process();
    for (const pair of pairs(4)) await plan(rig, [create(pair)], process);
    return { rig, process, before: rig.describes };
  };

  test.each<[string, Pair]>([
    ['a free vNIC and a running instance', ['nic-4', 'ins-2']],
    ['a running instance and an unknown vNIC', [undefined, 'ins-2']],
  ])('of %s use lists that are a few seconds old', async (_, pair) => {
    const { rig, process, before } = await warmed();
    expect(await plan(rig, [create(pair)], process)).toEqual(noProblems);
    expect(rig.describes).toBe(before);
  });

  test('read a vNIC again if a list shows it attached', async () => {
    const { rig, process } = await warmed();
    rig.cloud.patch({ nics: { held: { status: 'AVAILABLE', instanceId: null } } });
    expect(await plan(rig, [create(['held', 'ins-1'])], process)).toEqual(noProblems);
  });

  test('read an instance again if a list shows it STOPPED', async () => {
    const rig = new ProviderRig({
      instances: [instance('ins-1'), instance('ins-2', { status: 'STOPPED' })],
      nics: free(5),
    });
    const process = rig.process();
    for (const pair of pairs(4)) await plan(rig, [create(pair)], process);
    rig.cloud.patch({ instances: { 'ins-2': { status: 'RUNNING' } } });
    expect(await plan(rig, [create(['nic-4', 'ins-2'])], process)).toEqual(noProblems);
  });

  test('list secondary vNICs only, a full page at a time', async () => {
    const { rig } = await warmed();
    const lists = rig.cloud.requests().filter(({ parameters }) => 'pageNum' in (parameters as object));
    expect(lists.map(({ parameters }) => parameters)).toEqual(
      expect.arrayContaining([
        { nicType: 'Secondary', pageSize: 1000, pageNum: 1 },
        { pageSize: 250, pageNum: 1 },
      ]),
    );
  });
});
