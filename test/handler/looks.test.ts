import type { ZecApi } from '../../lib/zec/types';
import { instance, nic, T0 } from '../simulator/worlds';
import { Rig } from './rig';

const always = (ms: number) => ({
  attachMs: [ms, ms] as [number, number],
  detachMs: [ms, ms] as [number, number],
});
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

/** When vNICs were asked about, in milliseconds since `from`. */
const looks = (rig: Rig, from = 0) =>
  rig
    .timesOf('DescribeNetworkInterfaces')
    .map((time) => time - T0 - from)
    .filter((time) => time > 0);
/** The same as the time between each and the one before. */
const gaps = (times: readonly number[]) => times.slice(1).map((time, index) => time - (times[index] ?? 0));

/** A rig with so many free vNICs, each with an instance of its own that runs. */
const crowd = (count: number, attachMs: number) =>
  new Rig({
    instances: range(count).map((index) => instance(`ins-${index}`)),
    nics: range(count).map((index) => nic(`nic-${index}`)),
    settings: always(attachMs),
  });
const createAll = (rig: Rig, ids: readonly number[], timeoutMs = 600_000) =>
  Promise.all(ids.map((id) => rig.handler.create(rig.target(`nic-${id}`, `ins-${id}`), { timeoutMs })));

describe('one operation alone', () => {
  test('begins with a look, and waits for nobody before it, not even for a timer of no time', async () => {
    const rig = new Rig();
    const sleep = jest.spyOn(rig.clock, 'sleep');
    const work = rig.create();
    expect(sleep.mock.calls.map(([ms]) => ms)).toEqual([60_000, 10, 10]);
    await work;
  });

  test.each(['create', 'delete'] as const)(
    'looks at the pace that belongs to its request, also when that is seen to have begun: %s',
    async (goal) => {
      const rig = new Rig({ settings: always(40_000) });
      await rig[goal](goal === 'create' ? rig.target() : rig.target('nic-2', 'ins-2'));
      // The first look waits 10 for others, later ones for none. A request arrives after 10, its answer after 20.
      expect(looks(rig).slice(0, 5)).toEqual([20, 660, 1_080, 1_500, 3_020]);
    },
  );

  test('looks more and more rarely while nothing changes, and is quick again once something does', async () => {
    const rig = new Rig({ instances: [instance('ins-1', { status: 'BOOTING' })], nics: [nic('nic-1')] });
    rig.later(60_000, { instances: { 'ins-1': { status: 'REBOOT' } } });
    await rig.createFails(rig.target(), 70_000);
    const changed = looks(rig).findIndex((time) => time > 60_000);
    // Every look is one at both ends here, one after the other.
    expect(gaps(looks(rig).slice(0, 4))).toEqual([620, 440, 440]);
    expect(gaps(looks(rig).slice(changed - 2, changed))[0]).toBeGreaterThan(2_000);
    expect(gaps(looks(rig).slice(changed)).slice(0, 3)).toEqual([640, 440, 440]);
  });

  test('is quick again, too, when an attach that is not its own begins', async () => {
    const rig = new Rig({ nics: [nic('nic-1', { status: 'PENDING' })], settings: always(40_000) });
    rig.later(60_000, { nics: { 'nic-1': { status: 'ATTACHING', instanceId: 'ins-1' } } });
    await rig.create();
    const begun = looks(rig).filter((time) => time > 60_000);
    expect(gaps(begun).slice(0, 3)).toEqual([620, 420, 420]);
  });

  test('is done at its deadline: a look that ends just then is the last, and nothing is sent after it', async () => {
    const free = new Rig();
    const busy = new Rig({ nics: [nic('nic-1', { status: 'PENDING' })] });
    for (const rig of [free, busy]) {
      expect((await rig.createFails(rig.target(), 30)).reason).toBe('timeout');
      expect([rig.clock.now(), rig.describes, rig.changes]).toEqual([30, 2, []]);
    }
  });

  test('that is over leaves nothing to wait for', async () => {
    const rig = new Rig();
    await rig.create();
    const endedAt = rig.clock.now();
    await expect(rig.clock.run(new Promise(() => undefined))).rejects.toThrow('nothing sleeps');
    expect(rig.clock.now()).toBe(endedAt);
  });

  test('shows what it saw of an instance, also while it asks for the vNIC alone', async () => {
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

describe('what was learned', () => {
  const free = [...range(3), 9].map((index) => nic(`nic-${index}`));
  /** Three attaches of ten seconds, then the gaps between the first looks of what comes next. */
  const afterThree = async ({ found = 'AVAILABLE', between = (api: ZecApi) => api } = {}) => {
    const rig = new Rig({ nics: free, settings: always(10_000) }, between);
    for (const index of range(3)) await rig.create(rig.target(`nic-${index}`));
    const from = rig.clock.now();
    if (found !== 'AVAILABLE') rig.cloud.patch({ nics: { 'nic-9': { status: found, instanceId: 'ins-1' } } });
    expect(await rig.create(rig.target('nic-9'))).toMatchObject({ ok: true });
    return gaps(looks(rig, from));
  };

  test('of requests saves looks after the next one', async () => {
    expect((await afterThree())[0]).toBeGreaterThan(5_000);
  });

  test('says nothing of an attach that was found under way', async () => {
    expect((await afterThree({ found: 'ATTACHING' })).slice(0, 3)).toEqual([620, 420, 420]);
  });

  test('says nothing any more once the vNIC is there and only the instance does not list it yet', async () => {
    let hidden = 0;
    const between = (api: ZecApi): ZecApi => ({
      ...api,
      describeInstances: async (...args) => {
        const page = await api.describeInstances(...args);
        const lists = page.dataSet.some(({ nics }) => nics.some(({ nicId }) => nicId === 'nic-9'));
        if (!lists || (hidden += 1) > 3) return page;
        return { ...page, dataSet: page.dataSet.map((each) => ({ ...each, nics: [] })) };
      },
    });
    const waits = await afterThree({ between });
    expect(waits.slice(-3)).toEqual([640, 440, 440]);
  });

  test('is nothing where attachments were adopted', async () => {
    const held = range(3).map((index) => nic(`nic-${index}`, { instanceId: 'ins-1' }));
    const rig = new Rig({ nics: [...held, nic('nic-9')], settings: always(10_000) });
    for (const index of range(3)) {
      expect(await rig.create(rig.target(`nic-${index}`))).toMatchObject({ ok: true, adopted: true });
    }
    const from = rig.clock.now();
    expect(await rig.create(rig.target('nic-9'))).toMatchObject({ ok: true, adopted: false });
    expect(looks(rig, from).slice(0, 4)).toEqual([20, 660, 1_080, 1_500]);
  });
});

describe('many operations', () => {
  test('put their looks off for each other by a quarter of the time that they waited', async () => {
    const rig = crowd(16, 40_000);
    await rig.clock.run(createAll(rig, range(16)));
    // After the look at 650 the next is due at 1,070; for sixteen it would be at 1,450.
    expect(looks(rig).slice(0, 3)).toEqual([20, 660, 1_235]);
  });

  test('put the last look off by no more than the deadline allows', async () => {
    const rig = crowd(16, 40_000);
    await rig.clock.run(createAll(rig, range(16), 1_200));
    expect(looks(rig)).toEqual([20, 660, 1_220]);
  });

  /** Four operations that look again and again, and then one more so many milliseconds after one of their rounds. */
  const join = async (afterMs: number, timeoutMs?: number) => {
    const rig = crowd(5, 5_000);
    const four = createAll(rig, range(4));
    const joinedAt = 660 + 10 + afterMs;
    const fifth = rig.clock.sleep(joinedAt).then(() => createAll(rig, [4], timeoutMs));
    await rig.clock.run(Promise.all([four, fifth]));
    return looks(rig, joinedAt);
  };

  test('let one that begins wait for their next round, ten milliseconds for each of them', async () => {
    expect((await join(5))[0]).toBe(50);
  });

  test('let it wait no longer than until that round, in which it costs no request more', async () => {
    const [first = 0, second = 0] = await join(520);
    // The four would have looked at 1,216, and for the sake of five they do at 1,225.
    expect(first).toBe(45);
    expect(second - first).toBeGreaterThan(300);
  });

  test('let it not wait past its own deadline', async () => {
    expect((await join(5, 25))[0]).toBe(35);
  });
});
