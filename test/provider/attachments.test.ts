import { OperationError } from '../../lib/handler';
import { parseNicId } from '../../lib/zec/ids';
import { instance, nic } from '../simulator/worlds';
import { inParallel } from '../support/workers';
import { ProviderRig, range, targetOfPair } from './rig';
import type { Pair } from './rig';

/** Pairs with five vNICs per instance, free or attached. */
function fleet(count: number, attached: boolean): readonly Pair[] {
  return range(count).map((index) => [
    `${attached ? 'held' : 'free'}-${index}`,
    `ins-${attached ? 'h' : 'f'}${Math.floor(index / 5)}`,
  ]);
}

function worldOf(free: readonly Pair[], held: readonly Pair[] = []) {
  const instances = new Set([...free, ...held].map(([, instanceId]) => instanceId));
  return {
    instances: [...instances].map((id) => instance(id)),
    nics: [
      ...free.map(([nicId = '']) => nic(nicId)),
      ...held.map(([nicId = '', instanceId]) => nic(nicId, { instanceId })),
    ],
  };
}

const reason = (error: unknown) => (error instanceof OperationError ? error.details.reason : error);

describe('many attachments in one process', () => {
  test('a hundred concurrent creates share reads, and each sends one attach', async () => {
    const pairs = fleet(100, false);
    const rig = new ProviderRig(worldOf(pairs));
    const process = rig.process({ preflight: false });
    await rig.run(inParallel(pairs, 100, (pair) => process.create(pair)));
    expect(pairs.map(([nicId = '']) => rig.nic(nicId))).toEqual(pairs.map(([, id]) => `USED ${id}`));
    expect(rig.changes).toHaveLength(100);
    expect(rig.describes).toBeLessThanOrEqual(50);
  });

  test('concurrent creates, deletes and reads do not interfere', async () => {
    const [free, held, read] = [fleet(20, false), fleet(40, true).slice(0, 20), fleet(40, true).slice(20)];
    const rig = new ProviderRig(worldOf(free, [...held, ...read]));
    const process = rig.process();
    const [, , exist] = await rig.run(
      Promise.all([
        inParallel(free, 10, (pair) => process.create(pair)),
        inParallel(held, 10, (pair) => process.delete(pair)),
        inParallel(read, 10, (pair) => process.read(pair)),
      ]),
    );
    expect(free.map(([nicId = '']) => rig.nic(nicId))).toEqual(free.map(([, id]) => `USED ${id}`));
    expect(held.map(([nicId = '']) => rig.nic(nicId))).toEqual(held.map(() => 'AVAILABLE'));
    expect(exist).toEqual(read.map(() => true));
    expect(rig.changes).toHaveLength(40);
  });

  test('all creates complete under a rate limit', async () => {
    const pairs = fleet(40, false);
    const settings = { rateLimitPerSecond: 5, attachMs: [500, 500] as [number, number] };
    const rig = new ProviderRig({ ...worldOf(pairs), settings });
    const process = rig.process();
    await rig.run(inParallel(pairs, 10, (pair) => process.create(pair)));
    expect(pairs.map(([nicId = '']) => rig.nic(nicId))).toEqual(pairs.map(([, id]) => `USED ${id}`));
    expect(rig.cloud.requests().some(({ code }) => code === 'REQUEST_LIMIT_EXCEEDED')).toBe(true);
  });

  test('a failed delete blocks neither other operations nor a retry', async () => {
    const rig = new ProviderRig({ ...worldOf([['nic-2', 'ins-2']], [['nic-1', 'ins-1']]) });
    rig.cloud.patch({ instances: { 'ins-1': { status: 'STOPPED' } } });
    const process = rig.process();
    const [failed, created] = await rig.run(
      Promise.allSettled([process.delete(['nic-1', 'ins-1']), process.create(['nic-2', 'ins-2'])]),
    );
    expect([failed.status, created.status]).toEqual(['rejected', 'fulfilled']);
    rig.cloud.patch({ instances: { 'ins-1': { status: 'RUNNING' } } });
    await rig.run(process.delete(['nic-1', 'ins-1']));
    expect(rig.nic('nic-1')).toBe('AVAILABLE');
  });
});

describe('a vNIC moved in one apply: deleted at one address, created at another', () => {
  // Moves nic-2 from ins-2 to ins-1.
  const move = async (createMs: number, deleteMs: number) => {
    const rig = new ProviderRig();
    const process = rig.process();
    const created = rig.after(createMs, () => process.create(['nic-2', 'ins-1']));
    const deleted = rig.after(deleteMs, () => process.delete(['nic-2', 'ins-2']));
    const [create] = await rig.run(Promise.allSettled([created, deleted]));
    return { create, nic: rig.nic('nic-2'), changes: rig.changes };
  };

  test.each([
    ['the delete starts first', 1_000, 0],
    ['both start at the same time', 0, 0],
    ['the create starts first', 0, 300],
    ['the create is planned again before the delete starts', 0, 700],
  ])('ends at its new instance if %s', async (_, createMs, deleteMs) => {
    expect(await move(createMs, deleteMs)).toMatchObject({
      create: { status: 'fulfilled' },
      nic: 'USED ins-1',
      changes: ['Detach nic-2', 'Attach nic-2 ins-1'],
    });
  });

  test('a create waits longer while other creates may occupy the worker that the delete needs', async () => {
    const free = fleet(3, false);
    const rig = new ProviderRig({
      ...worldOf([...free, ['x', 'ins-1']], [['nic-2', 'ins-2']]),
      settings: { attachMs: [3_500, 3_500] },
    });
    const process = rig.process();
    await rig.run(
      Promise.all([
        ...free.map((pair) => process.create(pair)),
        process.create(['nic-2', 'ins-1']),
        rig.after(3_000, () => process.delete(['nic-2', 'ins-2'])),
      ]),
    );
    expect(rig.nic('nic-2')).toBe('USED ins-1');
  });

  test('two vNICs can be swapped between two instances', async () => {
    const rig = new ProviderRig({
      nics: [nic('a', { instanceId: 'ins-1' }), nic('b', { instanceId: 'ins-2' })],
    });
    const process = rig.process();
    await rig.run(
      Promise.all([
        process.create(['a', 'ins-2']),
        process.create(['b', 'ins-1']),
        process.delete(['a', 'ins-1']),
        process.delete(['b', 'ins-2']),
      ]),
    );
    expect([rig.nic('a'), rig.nic('b')]).toEqual(['USED ins-2', 'USED ins-1']);
  });

  test.each([
    [0, [500, 500]],
    [900, [500, 500]],
    [0, [60_000, 60_000]],
  ] as const)(
    'a full instance accepts a vNIC after a delete that starts after %s ms and takes %s ms',
    async (ms, detachMs) => {
      const held = range(8).map((index): Pair => [`held-${index}`, 'ins-1']);
      const rig = new ProviderRig({
        ...worldOf([['new', 'ins-2']], held),
        settings: { detachMs: [...detachMs] },
      });
      const process = rig.process();
      const removed = rig.after(ms, () => process.delete(['held-0', 'ins-1']));
      await rig.run(Promise.all([process.create(['new', 'ins-1']), removed]));
      expect([rig.nic('new'), rig.nic('held-0')]).toEqual(['USED ins-1', 'AVAILABLE']);
    },
  );

  describe.each([
    'INVALID_INSTANCE_NIC_LIMIT',
    'INVALID_INSTANCE_PRECHECK_ABNORMAL',
    'OPERATION_DENIED_INSTANCE_STATUS_NOT_SUPPORT',
  ] as const)(
    'an instance of a small size, full with three vNICs, where the API returns %s,',
    (fullInstanceCode) => {
      const start = () => {
        const held = range(3).map((index): Pair => [`held-${index}`, 'ins-1']);
        const rig = new ProviderRig({
          ...worldOf([['new', 'ins-2']], [...held, ['other', 'ins-2']]),
          settings: { detachMs: [2_000, 2_000], maxNicsPerInstance: 3, fullInstanceCode },
        });
        return { rig, process: rig.process() };
      };

      test('accepts one after a delete', async () => {
        const { rig, process } = start();
        const removed = rig.after(500, () => process.delete(['held-0', 'ins-1']));
        await rig.run(Promise.all([process.create(['new', 'ins-1']), removed]));
        expect([rig.nic('new'), rig.nic('held-0')]).toEqual(['USED ins-1', 'AVAILABLE']);
        expect(rig.changes).toContain(`Attach new ins-1 ${fullInstanceCode}`);
      });

      test('accepts one after a delete that starts 20 s later, while another one is running', async () => {
        const { rig, process } = start();
        rig.cloud.patch({ settings: { detachMs: [24_000, 24_000] } });
        const other = process.delete(['other', 'ins-2']);
        const removed = rig.after(20_000, () => process.delete(['held-0', 'ins-1']));
        await rig.run(Promise.all([process.create(['new', 'ins-1']), other, removed]));
        expect([rig.nic('new'), rig.nic('held-0')]).toEqual(['USED ins-1', 'AVAILABLE']);
      });

      test('is not waited for, beyond three tries, if no delete makes room', async () => {
        const { rig, process } = start();
        const created = process.create(['new', 'ins-1']).catch(String);
        expect(await rig.timed(created)).toBeLessThan(16_000);
        expect(await created).toMatch(/its size allows one more|fewer on small sizes/);
        expect(rig.nic('new')).toBe('AVAILABLE');
      });
    },
  );
});

test('a create on a full instance that times out reports its own timeout, even if a delete has made room', async () => {
  const held = range(3).map((index): Pair => [`held-${index}`, 'ins-1']);
  const rig = new ProviderRig({
    ...worldOf([['new', 'ins-2']], held),
    settings: { maxNicsPerInstance: 3, fullInstanceCode: 'INVALID_INSTANCE_PRECHECK_ABNORMAL' },
  });
  const process = rig.process({ preflight: false });
  const removed = process.delete(['held-0', 'ins-1']);
  const created = process.create(['new', 'ins-1'], { timeout: '3s' }).catch(String);
  await rig.run(Promise.all([created, removed]));
  expect(await created).toContain('not converged within 3 s');
});

describe('an attachment renamed in one apply: created and deleted at two addresses', () => {
  test.each([
    ['is never detached if adopted first', 0, 2_000, []],
    ['stays attached if adopted at the same time', 0, 0, undefined],
    ['is attached again if deleted first', 2_000, 0, ['Detach nic-2', 'Attach nic-2 ins-2']],
  ])('%s', async (_, createMs, deleteMs, changes) => {
    const rig = new ProviderRig();
    const process = rig.process();
    const pair = ['nic-2', 'ins-2'] as const;
    await rig.run(
      Promise.all([
        rig.after(createMs, () => process.create(pair)),
        rig.after(deleteMs, () => process.delete(pair)),
      ]),
    );
    expect(rig.nic('nic-2')).toBe('USED ins-2');
    if (changes !== undefined) expect(rig.changes).toEqual(changes);
  });

  test.each([1, 10, 25])('a delete that starts %s ms after the adoption started waits for it', async (ms) => {
    const rig = new ProviderRig();
    const process = rig.process({ preflight: false });
    const pair = ['nic-2', 'ins-2'] as const;
    await rig.run(Promise.all([process.create(pair), rig.after(ms, () => process.delete(pair))]));
    expect([rig.nic('nic-2'), rig.changes]).toEqual(['USED ins-2', []]);
  });

  test('an adoption by another process does not prevent a detach', async () => {
    const rig = new ProviderRig();
    await rig.run(rig.process().create(['nic-2', 'ins-2']));
    await rig.run(rig.process().delete(['nic-2', 'ins-2']));
    expect(rig.nic('nic-2')).toBe('AVAILABLE');
  });
});

describe('a create of a vNIC that another instance holds', () => {
  const held = ['nic-2', 'ins-1'] as const;

  test('fails within two seconds, without a change, if no delete frees it', async () => {
    const rig = new ProviderRig();
    const created = rig.process().create(held);
    expect(await rig.timed(expect(created).rejects.toThrow(/ins-2/))).toBeLessThan(2_000);
    expect([rig.nic('nic-2'), rig.changes]).toEqual(['USED ins-2', []]);
  });

  /** Creates it while a delete of another vNIC is running, so that the create waits for more deletes. */
  const createBesideDelete = async (
    optionsOf: (rig: ProviderRig) => { timeout?: string; signal?: AbortSignal },
  ) => {
    const nics = [nic('nic-2', { instanceId: 'ins-2' }), nic('x', { instanceId: 'ins-2' })];
    const rig = new ProviderRig({ nics, settings: { detachMs: [60_000, 60_000] } });
    const process = rig.process({ preflight: false });
    const deleted = process.delete(['x', 'ins-2']);
    const ms = await rig.timed(expect(process.create(held, optionsOf(rig))).rejects.toThrow(/ins-2/));
    await rig.run(deleted);
    return ms;
  };

  test('waits 30 s while another delete is running', async () => {
    const ms = await createBesideDelete(() => ({}));
    expect(ms).toBeGreaterThanOrEqual(30_000);
    expect(ms).toBeLessThan(31_000);
  });

  test('waits 30 s, also if the process has been idle for longer', async () => {
    const nics = [nic('nic-2', { instanceId: 'ins-2' }), nic('x', { instanceId: 'ins-2' })];
    const rig = new ProviderRig({ nics, settings: { detachMs: [40_000, 40_000] } });
    const process = rig.process({ preflight: false });
    await rig.run(process.read(['x', 'ins-2']));
    await rig.run(rig.clock.sleep(60_000));
    const others = process.delete(['x', 'ins-2']);
    const freed = rig.after(25_000, () => process.delete(['nic-2', 'ins-2']));
    await rig.run(Promise.all([others, freed, process.create(held)]));
    expect(rig.nic('nic-2')).toBe('USED ins-1');
  });

  test('fails at its timeout', async () => {
    const ms = await createBesideDelete(() => ({ timeout: '2s' }));
    expect(ms).toBeGreaterThanOrEqual(2_000);
    expect(ms).toBeLessThan(3_000);
  });

  test('fails when interrupted', async () => {
    const ms = await createBesideDelete((rig) => ({ signal: rig.stopAfter(1_000) }));
    expect(ms).toBeGreaterThanOrEqual(1_000);
    expect(ms).toBeLessThan(1_300);
  });
});

describe('interruption and timeout', () => {
  test('an interruption ends all creates immediately, and a later delete detaches what they attached', async () => {
    const pairs = fleet(20, false);
    const rig = new ProviderRig({ ...worldOf(pairs), settings: { attachMs: [60_000, 60_000] } });
    const process = rig.process({ preflight: false });
    const signal = rig.stopAfter(5_000);
    const results = Promise.allSettled(pairs.map((pair) => process.create(pair, { signal })));
    expect(await rig.timed(results)).toBeLessThan(5_200);
    const reasons = (await results).map((each) => (each.status === 'rejected' ? reason(each.reason) : each));
    expect(reasons).toEqual(pairs.map(() => 'interrupted'));
    const failedAt = rig.clock.wall();
    const next = rig.process();
    await rig.run(inParallel(pairs, 10, (pair) => next.delete(pair, { privateState: { failedAt } })));
    expect(pairs.map(([nicId = '']) => rig.nic(nicId))).toEqual(pairs.map(() => 'AVAILABLE'));
  });

  test('the timeout of a create includes its wait for another operation on the same vNIC', async () => {
    const rig = new ProviderRig({ settings: { detachMs: [8_000, 8_000], attachMs: [60_000, 60_000] } });
    const process = rig.process({ preflight: false });
    const deleted = process.delete(['nic-2', 'ins-2']);
    const created = process.create(['nic-2', 'ins-1'], { timeout: '10s' }).catch(reason);
    const both = Promise.all([deleted, expect(created).resolves.toBe('timeout')]);
    expect(await rig.timed(both)).toBeLessThan(11_000);
  });

  test('each create has its own timeout', async () => {
    const [short = ['', ''], ...long] = fleet(5, false);
    const rig = new ProviderRig({ ...worldOf([short, ...long]), settings: { attachMs: [60_000, 60_000] } });
    const process = rig.process({ preflight: false });
    const others = long.map((pair) => process.create(pair));
    const created = process.create(short, { timeout: '10s' }).catch(reason);
    expect(await rig.timed(expect(created).resolves.toBe('timeout'))).toBeLessThan(16_000);
    await rig.run(Promise.all(others));
    expect(long.map(([nicId = '']) => rig.nic(nicId))).toEqual(long.map(([, id]) => `USED ${id}`));
  });
});

describe('a rename whose delete fails', () => {
  const pair: Pair = ['nic-1', 'ins-1'];
  const rigWithStopped = () =>
    new ProviderRig({
      instances: [instance('ins-1', { status: 'STOPPED' })],
      nics: [nic('nic-1', { instanceId: 'ins-1' })],
    });
  const managedTwice = 'vNIC nic-1 is still managed by another resource of this state';

  test('fails the create, so that the attachment is not in the state twice', async () => {
    const rig = rigWithStopped();
    const process = rig.process();
    await rig.run(expect(process.delete(pair)).rejects.toThrow('instance ins-1 is STOPPED'));
    await rig.run(
      expect(process.create(pair)).rejects.toMatchObject({
        message: managedTwice,
        detail:
          'The same apply was to delete that resource, which attaches it to instance ins-1, and failed. ' +
          'Resolve that error, then apply again.',
      }),
    );
    expect([rig.nic('nic-1'), rig.changes]).toEqual(['USED ins-1', []]);
  });

  test('is no failure if the create has adopted the attachment before', async () => {
    const rig = rigWithStopped();
    const process = rig.process();
    await rig.run(process.create(pair));
    await rig.run(process.delete(pair));
    expect(rig.changes).toEqual([]);
  });

  test('because it is interrupted is no failure either', async () => {
    const rig = new ProviderRig({ nics: [nic('nic-1', { instanceId: 'ins-1' })] });
    const process = rig.process();
    await rig.run(process.create(pair));
    // The delete of a tainted resource waits until reads are consistent.
    const privateState = { failedAt: rig.clock.wall() };
    await rig.run(process.delete(pair, { privateState, signal: rig.stopAfter(1_000) }));
    expect([rig.nic('nic-1'), rig.changes]).toEqual(['USED ins-1', []]);
  });
});

test('a create that waits for a delete of its vNIC fails at its own timeout', async () => {
  const rig = new ProviderRig({
    instances: [instance('ins-1', { status: 'BOOTING' }), instance('ins-2')],
    nics: [nic('nic-1', { instanceId: 'ins-1' })],
  });
  const process = rig.process();
  const ms = await rig.timed(
    Promise.all([
      process.delete(['nic-1', 'ins-1']).catch(() => undefined),
      (async () => {
        const startedAt = rig.clock.now();
        await expect(process.create(['nic-1', 'ins-2'], { timeout: '20s' })).rejects.toThrow(
          'vNIC nic-1 was not attached to instance ins-2: not converged within 20 s; ' +
            'another operation of this apply on the vNIC is still running',
        );
        expect(rig.clock.now() - startedAt).toBeLessThan(30_000);
      })(),
    ]),
  );
  expect(ms).toBeGreaterThan(500_000);
});

test('a create that times out after it waited for a delete of its vNIC names its whole timeout', async () => {
  const rig = new ProviderRig({ settings: { detachMs: [15_000, 15_000], attachMs: [60_000, 60_000] } });
  const process = rig.process();
  const removed = process.delete(['nic-2', 'ins-2']);
  const created = process.create(['nic-2', 'ins-1'], { timeout: '20s' }).catch(String);
  const startedAt = rig.clock.now();
  await rig.run(Promise.all([created, removed]));
  expect(await created).toContain(
    'vNIC nic-2 was not attached to instance ins-1: not converged within 20 s; ',
  );
  expect(rig.clock.now() - startedAt).toBeLessThan(26_000);
});

test('how long a vNIC was offline is known if the same process detached it and attached it again', async () => {
  const rig = new ProviderRig({ settings: { attachMs: [2_000, 2_000], detachMs: [3_000, 3_000] } });
  const process = rig.process();
  const { attachments } = process.client;
  expect(attachments.offlineMs(parseNicId('nic-2'))).toBeUndefined();
  await rig.run(process.delete(['nic-2', 'ins-2']));
  await rig.run(process.create(['nic-2', 'ins-1']));
  const ms = attachments.offlineMs(parseNicId('nic-2')) ?? 0;
  expect(ms).toBeGreaterThanOrEqual(5_000);
  expect(ms).toBeLessThan(8_000);
});

test('the time offline counts only for a vNIC that a delete has detached', async () => {
  const rig = new ProviderRig();
  const process = rig.process();
  const { attachments } = process.client;
  rig.cloud.patch({ instances: { 'ins-2': { status: 'STOPPED' } } });
  await rig.run(process.delete(['nic-2', 'ins-2']).catch(() => undefined));
  await rig.run(process.delete(['nic-1', 'ins-1']));
  expect([rig.changes, attachments.offlineMs(parseNicId('nic-2'))]).toEqual([[], undefined]);
  expect(attachments.offlineMs(parseNicId('nic-1'))).toBeUndefined();
});

test('a create that the API refuses for another reason does not wait for deletes', async () => {
  const rig = new ProviderRig({ settings: { detachMs: [60_000, 60_000] } });
  const code = 'AUTHFAILURE_UNAUTHORIZED_OPERATION';
  rig.cloud.faults.set([{ action: 'AttachNetworkInterface', kind: 'status', status: 403, code }]);
  const process = rig.process({ preflight: false });
  const deleted = process.delete(['nic-2', 'ins-2']);
  expect(await rig.timed(expect(process.create(['nic-1', 'ins-1'])).rejects.toThrow(code))).toBeLessThan(400);
  await rig.run(deleted);
});

test('a create does not count on a delete that was completed before it', async () => {
  const rig = new ProviderRig();
  const process = rig.process({ preflight: false });
  await rig.run(process.delete(['nic-2', 'ins-2']));
  rig.cloud.patch({ nics: { 'nic-2': { status: 'USED', instanceId: 'ins-2' } } });
  // Reads may be stale for five seconds after the detach.
  const created = expect(process.create(['nic-2', 'ins-1'])).rejects.toThrow(/ins-2/);
  expect(await rig.timed(created)).toBeLessThan(7_000);
});

test('a delete that waits for a create of its vNIC names the detach when it times out', async () => {
  const rig = new ProviderRig({ settings: { attachMs: [60_000, 60_000] } });
  const process = rig.process({ preflight: false });
  const created = process.create(['nic-1', 'ins-2']);
  const deleted = rig.after(100, () => process.delete(['nic-1', 'ins-1'], { timeout: '5s' }));
  const failed = expect(deleted).rejects.toThrow(
    'vNIC nic-1 was not confirmed detached from instance ins-1: not converged within 5 s; another operation of this apply',
  );
  await rig.run(Promise.all([created, failed]));
});

test('a create without a signal fails if no delete frees the vNIC', async () => {
  const rig = new ProviderRig();
  const { attachments } = rig.process().client;
  const created = attachments.create(targetOfPair(['nic-2', 'ins-1']), { timeoutMs: 60_000 });
  expect((await rig.run(created)).ok).toBe(false);
});
