import { instance, nic, T0 } from '../simulator/worlds';
import { Rig } from './rig';

const always = (ms: number) => ({
  attachMs: [ms, ms] as [number, number],
  detachMs: [ms, ms] as [number, number],
});
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

/** The times of the reads of vNICs, in milliseconds since `from`. */
const reads = (rig: Rig, from = 0) =>
  rig
    .timesOf('DescribeNetworkInterfaces')
    .map((time) => time - T0 - from)
    .filter((time) => time > 0);
/** The intervals between successive times. */
const gaps = (times: readonly number[]) => times.slice(1).map((time, index) => time - (times[index] ?? 0));

/** A rig with `count` free vNICs, each with its own running instance. */
const crowd = (count: number, attachMs: number) =>
  new Rig({
    instances: range(count).map((index) => instance(`ins-${index}`)),
    nics: range(count).map((index) => nic(`nic-${index}`)),
    settings: always(attachMs),
  });
const createAll = (rig: Rig, ids: readonly number[], timeoutMs = 600_000) =>
  Promise.all(ids.map((id) => rig.handler.create(rig.target(`nic-${id}`, `ins-${id}`), { timeoutMs })));

describe('a single operation', () => {
  test('reads immediately, without a timer before', async () => {
    const rig = new Rig();
    const sleep = jest.spyOn(rig.clock, 'sleep');
    const work = rig.create();
    for (let tick = 0; tick < 10; tick += 1) await Promise.resolve();
    expect(sleep.mock.calls.map(([ms]) => ms)).toEqual([60_000, 10, 10]);
    await work;
  });

  test.each(['create', 'delete'] as const)(
    'polls every 0.4 s after its request, also once the transitional status shows: %s',
    async (goal) => {
      const rig = new Rig({ settings: always(40_000) });
      await rig[goal](goal === 'create' ? rig.target() : rig.target('nic-2', 'ins-2'));
      // The first read waits 10 ms for others, later ones do not. A request arrives after 10 ms, its response after 20 ms.
      expect(reads(rig).slice(0, 5)).toEqual([20, 460, 860, 1_260, 1_660]);
    },
  );

  test('polls less often while nothing changes, and frequently again after a change', async () => {
    const rig = new Rig({ instances: [instance('ins-1', { status: 'BOOTING' })], nics: [nic('nic-1')] });
    rig.later(60_000, { instances: { 'ins-1': { status: 'REBOOT' } } });
    await rig.createFails(rig.target(), 70_000);
    const changed = reads(rig).findIndex((time) => time > 60_000);
    expect(gaps(reads(rig).slice(0, 4))).toEqual([400, 400, 400]);
    expect(gaps(reads(rig).slice(changed - 2, changed))[0]).toBeGreaterThan(2_000);
    expect(gaps(reads(rig).slice(changed)).slice(0, 3)).toEqual([400, 400, 400]);
  });

  test('polls frequently again when someone else starts an attach', async () => {
    const rig = new Rig({ nics: [nic('nic-1', { status: 'PENDING' })], settings: always(40_000) });
    rig.later(60_000, { nics: { 'nic-1': { status: 'ATTACHING', instanceId: 'ins-1' } } });
    await rig.create();
    const started = reads(rig).filter((time) => time > 60_000);
    expect(gaps(started).slice(0, 3)).toEqual([390, 400, 400]);
  });

  test('ends at its deadline: the last read ends then, and no request follows', async () => {
    const free = new Rig();
    const busy = new Rig({ nics: [nic('nic-1', { status: 'PENDING' })] });
    for (const rig of [free, busy]) {
      expect((await rig.createFails(rig.target(), 30)).reason).toBe('timeout');
      expect([rig.clock.now(), rig.describes, rig.changes]).toEqual([30, 2, []]);
    }
  });

  test('leaves no timer when it completes', async () => {
    const rig = new Rig();
    await rig.create();
    const endedAt = rig.clock.now();
    await expect(rig.clock.run(new Promise(() => undefined))).rejects.toThrow('nothing sleeps');
    expect(rig.clock.now()).toBe(endedAt);
  });

  test('keeps the last instance status in its progress while it reads the vNIC only', async () => {
    const rig = new Rig({
      instances: [instance('ins-1', { status: 'BOOTING' })],
      nics: [nic('nic-1')],
      settings: always(10_000),
    });
    rig.later(5_000, { instances: { 'ins-1': { status: 'RUNNING' } } });
    expect(await rig.create()).toMatchObject({ ok: true });
    const shown = rig.progress.filter(({ nicStatus }) => nicStatus === 'ATTACHING');
    expect(new Set(shown.map(({ instanceStatus }) => instanceStatus))).toEqual(new Set(['RUNNING']));
  });
});

describe('concurrent operations', () => {
  test('that start together share all requests for vNICs and instances', async () => {
    const rig = crowd(100, 3_000);
    await rig.clock.run(createAll(rig, range(100)));
    // A read of both endpoints, eight polls, and another read of the instances.
    expect(rig.timesOf('DescribeInstances')).toHaveLength(2);
    expect(rig.timesOf('DescribeNetworkInterfaces')).toHaveLength(9);
  });

  test('that find everything attached read vNICs and instances once', async () => {
    const held = range(100).map((index) => nic(`nic-${index}`, { instanceId: `ins-${index}` }));
    const rig = new Rig({ instances: range(100).map((index) => instance(`ins-${index}`)), nics: held });
    await rig.clock.run(createAll(rig, range(100)));
    expect(rig.describes).toBe(2);
  });

  test('that start at different times soon poll together', async () => {
    const rig = crowd(40, 20_000);
    const staggered = range(40).map((id) => rig.clock.sleep(id * 23).then(() => createAll(rig, [id])));
    await rig.clock.run(Promise.all(staggered));
    const between = reads(rig).filter((time) => time > 3_000 && time < 19_000);
    expect(between.length).toBeLessThanOrEqual(40);
    expect(Math.max(...gaps(between))).toBeLessThanOrEqual(400);
  });

  test('need few reads of instances if only one waits for its instance', async () => {
    const rig = crowd(10, 60_000);
    rig.cloud.patch({ instances: { 'ins-9': { status: 'BOOTING' } } });
    await rig.clock.run(createAll(rig, range(10), 60_000));
    const instances = rig.timesOf('DescribeInstances').length;
    expect(instances).toBeLessThan(110);
  });

  test('each end at their own deadline', async () => {
    const rig = crowd(2, 40_000);
    const ends: number[] = [];
    const create = async (id: number, timeoutMs: number) => {
      await createAll(rig, [id], timeoutMs);
      ends.push(rig.clock.now());
    };
    await rig.clock.run(Promise.all([create(0, 1_050), create(1, 2_000)]));
    expect(ends).toEqual([1_080, 2_030]);
  });
});
