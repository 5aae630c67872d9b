import { OperationError } from '../../lib/handler';
import { instance, nic } from '../simulator/worlds';
import { inParallel } from '../support/workers';
import { ProviderRig, range } from './rig';
import type { Pair } from './rig';

/** Five vNICs for each instance: free, or attached. */
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
  test('a hundred creates at once share their reads, and each attaches its own', async () => {
    const pairs = fleet(100, false);
    const rig = new ProviderRig(worldOf(pairs));
    const process = rig.process({ preflight: false });
    await rig.run(inParallel(pairs, 100, (pair) => process.create(pair)));
    expect(pairs.map(([nicId = '']) => rig.nic(nicId))).toEqual(pairs.map(([, id]) => `USED ${id}`));
    expect(rig.changes).toHaveLength(100);
    expect(rig.describes).toBeLessThanOrEqual(50);
  });

  test('creates, removals and reads at once do not disturb each other', async () => {
    const [free, held, read] = [fleet(20, false), fleet(40, true).slice(0, 20), fleet(40, true).slice(20)];
    const rig = new ProviderRig(worldOf(free, [...held, ...read]));
    const process = rig.process();
    const [, , there] = await rig.run(
      Promise.all([
        inParallel(free, 10, (pair) => process.create(pair)),
        inParallel(held, 10, (pair) => process.delete(pair)),
        inParallel(read, 10, (pair) => process.read(pair)),
      ]),
    );
    expect(free.map(([nicId = '']) => rig.nic(nicId))).toEqual(free.map(([, id]) => `USED ${id}`));
    expect(held.map(([nicId = '']) => rig.nic(nicId))).toEqual(held.map(() => 'AVAILABLE'));
    expect(there).toEqual(read.map(() => true));
    expect(rig.changes).toHaveLength(40);
  });

  test('creates under a rate limit all end', async () => {
    const pairs = fleet(40, false);
    const settings = { rateLimitPerSecond: 5, attachMs: [500, 500] as [number, number] };
    const rig = new ProviderRig({ ...worldOf(pairs), settings });
    const process = rig.process();
    await rig.run(inParallel(pairs, 10, (pair) => process.create(pair)));
    expect(pairs.map(([nicId = '']) => rig.nic(nicId))).toEqual(pairs.map(([, id]) => `USED ${id}`));
    expect(rig.cloud.requests().some(({ code }) => code === 'REQUEST_LIMIT_EXCEEDED')).toBe(true);
  });

  test('one that fails does not hold up the others, nor the next one on its vNIC', async () => {
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

describe('one vNIC moved in one apply: removed at one address, created at another', () => {
  // nic-2 is attached to ins-2, and the plan wants it on ins-1.
  const move = async (createMs: number, deleteMs: number, kept?: { releasedByPlan: true }) => {
    const rig = new ProviderRig();
    const process = rig.process();
    const created = rig.after(createMs, () => process.create(['nic-2', 'ins-1'], kept && { kept }));
    const deleted = rig.after(deleteMs, () => process.delete(['nic-2', 'ins-2']));
    const [create] = await rig.run(Promise.allSettled([created, deleted]));
    return { create, nic: rig.nic('nic-2'), changes: rig.changes };
  };

  test.each([
    ['the removal comes first', 1_000, 0],
    ['both come at once', 0, 0],
    ['the create comes first', 0, 300],
    ['the create has been planned again before the removal comes', 0, 700],
  ])('%s: it is attached where the plan wants it', async (_, createMs, deleteMs) => {
    expect(await move(createMs, deleteMs)).toMatchObject({
      create: { status: 'fulfilled' },
      nic: 'USED ins-1',
      changes: ['Detach nic-2', 'Attach nic-2 ins-1'],
    });
  });

  test('a create whose plan is known to detach it waits half a minute for that', async () => {
    expect((await move(0, 25_000, { releasedByPlan: true })).nic).toBe('USED ins-1');
    expect((await move(0, 40_000, { releasedByPlan: true })).create.status).toBe('rejected');
  });

  test('other creates that are running may hold the worker that the removal needs', async () => {
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

  test('two vNICs swapped between two instances', async () => {
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
    'a full instance takes a vNIC once one is taken from it, %s ms later, by a detach of %s ms',
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
});

describe('one attachment renamed in one apply: created and removed under two names', () => {
  test.each([
    ['adopted first: it is never detached', 0, 2_000, []],
    ['adopted at the same time: it stays attached', 0, 0, undefined],
    ['removed first: it is attached again', 2_000, 0, ['Detach nic-2', 'Attach nic-2 ins-2']],
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

  test.each([1, 10, 25])('a removal that comes %s ms into the adoption waits for it', async (ms) => {
    const rig = new ProviderRig();
    const process = rig.process({ preflight: false });
    const pair = ['nic-2', 'ins-2'] as const;
    await rig.run(Promise.all([process.create(pair), rig.after(ms, () => process.delete(pair))]));
    expect([rig.nic('nic-2'), rig.changes]).toEqual(['USED ins-2', []]);
  });

  test('what another process adopted is no reason to keep it', async () => {
    const rig = new ProviderRig();
    await rig.run(rig.process().create(['nic-2', 'ins-2']));
    await rig.run(rig.process().delete(['nic-2', 'ins-2']));
    expect(rig.nic('nic-2')).toBe('AVAILABLE');
  });
});

describe('a vNIC that another instance holds', () => {
  const held = ['nic-2', 'ins-1'] as const;

  test('and that nothing frees is told within two seconds, and is left alone', async () => {
    const rig = new ProviderRig();
    const created = rig.process().create(held);
    expect(await rig.timed(expect(created).rejects.toThrow(/ins-2/))).toBeLessThan(2_000);
    expect([rig.nic('nic-2'), rig.changes]).toEqual(['USED ins-2', []]);
  });

  test('is not waited for beyond the timeout', async () => {
    const rig = new ProviderRig();
    const created = rig
      .process({ preflight: false })
      .create(held, { timeout: '2s', kept: { releasedByPlan: true } });
    expect(await rig.timed(expect(created).rejects.toThrow(/ins-2/))).toBeLessThan(3_000);
  });

  test('is no longer waited for once Terraform is interrupted', async () => {
    const rig = new ProviderRig();
    const signal = rig.stopAfter(1_000);
    const created = rig
      .process({ preflight: false })
      .create(held, { signal, kept: { releasedByPlan: true } });
    expect(await rig.timed(expect(created).rejects.toThrow(/ins-2/))).toBeLessThan(1_300);
  });
});

describe('Ctrl-C and timeouts', () => {
  test('end every create at once, and a later removal finds what may be left', async () => {
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
    await rig.run(inParallel(pairs, 10, (pair) => next.delete(pair, { kept: { failedAt } })));
    expect(pairs.map(([nicId = '']) => rig.nic(nicId))).toEqual(pairs.map(() => 'AVAILABLE'));
  });

  test('a create ends when its own timeout is over, whatever the others do', async () => {
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
