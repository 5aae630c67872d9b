import { getEventListeners } from 'node:events';
import { Reader } from '../../lib/handler/reader';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';
import type { Page, ZecApi } from '../../lib/zec/types';
import { FakeClock } from '../support/fake-clock';
import { TARGET } from './views';

const target = (index: number) => ({
  nicId: parseNicId(`nic-${index}`),
  instanceId: parseInstanceId(`ins-${index}`),
});

/** An API that has a resource for every ID, and responds after a delay. */
function api(clock: FakeClock, nicsMs = 5, instancesMs = 5) {
  const asked: { readonly what: string; readonly ids: number; readonly at: number }[] = [];
  const page = async <Id extends string, T>(
    what: string,
    ids: readonly Id[],
    ms: number,
    item: (id: Id) => T,
  ): Promise<Page<T>> => {
    asked.push({ what, ids: ids.length, at: clock.now() });
    await clock.sleep(ms);
    return { requestId: 'T1', totalCount: ids.length, dataSet: ids.map(item) };
  };
  const reads: Pick<ZecApi, 'describeNetworkInterfaces' | 'describeInstances'> = {
    describeNetworkInterfaces: ({ nicIds = [] }) =>
      page('nics', nicIds, nicsMs, (nicId) => ({ nicId, status: `at ${clock.now()}` })),
    describeInstances: ({ instanceIds = [] }) =>
      page('instances', instanceIds, instancesMs, (instanceId) => ({
        instanceId,
        status: 'RUNNING',
        nics: [],
      })),
  };
  const fake = reads as ZecApi;
  return { fake, asked };
}

describe('reads', () => {
  test('within the window share requests, and each gets its own result', async () => {
    const clock = new FakeClock();
    const { fake, asked } = api(clock);
    const reader = new Reader(fake, { clock, windowMs: 50 });
    const late = clock.sleep(40).then(() => reader.read(target(2)));
    const seen = await clock.run(Promise.all([reader.read(target(1)), late]));
    expect(asked).toEqual([
      { what: 'nics', ids: 2, at: 50 },
      { what: 'instances', ids: 2, at: 50 },
    ]);
    expect(seen.map(({ nic, instance }) => [nic?.nicId, instance?.instanceId])).toEqual([
      ['nic-1', 'ins-1'],
      ['nic-2', 'ins-2'],
    ]);
  });

  test('wait ten milliseconds for others by default', async () => {
    const clock = new FakeClock();
    const { fake, asked } = api(clock);
    await clock.run(new Reader(fake, { clock }).read(TARGET));
    expect(asked[0]?.at).toBe(10);
  });

  test('are sent immediately when a request is full, the rest after the window', async () => {
    const clock = new FakeClock();
    const { fake, asked } = api(clock);
    const reader = new Reader(fake, { clock, windowMs: 50 });
    await clock.run(Promise.all(Array.from({ length: 230 }, (_, index) => reader.read(target(index)))));
    expect(asked.filter(({ what }) => what === 'nics').map(({ ids, at }) => [ids, at])).toEqual([
      [100, 0],
      [100, 0],
      [30, 50],
    ]);
  });

  test('are never served from an earlier request', async () => {
    const clock = new FakeClock();
    const { fake, asked } = api(clock);
    const reader = new Reader(fake, { clock });
    await clock.run(reader.read(TARGET));
    await clock.run(reader.read(TARGET));
    expect(asked).toHaveLength(4);
  });

  test('that share a failed request all fail', async () => {
    const clock = new FakeClock();
    const { fake } = api(clock);
    const failing: ZecApi = { ...fake, describeInstances: () => Promise.reject(new Error('broken')) };
    const reader = new Reader(failing, { clock });
    const both = [reader.read(target(1)), reader.read(target(2))];
    const results = await clock.run(Promise.allSettled(both));
    expect(results).toMatchObject([{ reason: { message: 'broken' } }, { reason: { message: 'broken' } }]);
  });

  test('that are aborted end immediately, and others that share the request continue', async () => {
    const clock = new FakeClock();
    const { fake } = api(clock);
    const reader = new Reader(fake, { clock });
    const stop = new AbortController();
    const reason = new Error('enough');
    const both = Promise.allSettled([reader.read(target(1), stop.signal), reader.read(target(2))]);
    void clock.sleep(12).then(() => stop.abort(reason));
    expect(await clock.run(both)).toMatchObject([{ reason }, { status: 'fulfilled' }]);
    await expect(reader.read(target(1), AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  test.each([
    ['the vNIC', 1_000, 5, 500],
    ['the instance', 5, 1_000, 500],
    ['the vNIC again', 1_000, 3_000, 3_200],
  ])('that are aborted while waiting for %s end immediately', async (_, nicsMs, instancesMs, stopAt) => {
    const clock = new FakeClock();
    const { fake } = api(clock, nicsMs, instancesMs);
    const stop = new AbortController();
    void clock.sleep(stopAt).then(() => stop.abort(new Error('enough')));
    const work = new Reader(fake, { clock }).read(TARGET, stop.signal);
    await expect(clock.run(work)).rejects.toThrow('enough');
    expect(clock.now()).toBe(stopAt);
  });

  test('with a known vNIC request the instance immediately, and can be aborted', async () => {
    const clock = new FakeClock();
    const { fake, asked } = api(clock, 5, 1_000);
    const reader = new Reader(fake, { clock });
    const nic = { nicId: TARGET.nicId, status: 'USED' };
    expect(await clock.run(reader.read(TARGET, undefined, { info: nic }))).toMatchObject({
      nic,
      instance: { instanceId: 'ins-1' },
    });
    expect(asked).toEqual([{ what: 'instances', ids: 1, at: 0 }]);
    const stop = new AbortController();
    void clock.sleep(300).then(() => stop.abort(new Error('enough')));
    await expect(clock.run(reader.read(TARGET, stop.signal, { info: nic }))).rejects.toThrow('enough');
  });

  test('wait and share requests while the rate limiter delays them', async () => {
    const clock = new FakeClock();
    const { fake, asked } = api(clock);
    const reader = new Reader({ ...fake, waitForRead: () => clock.sleep(90) }, { clock });
    const late = clock.sleep(60).then(() => reader.read(target(2)));
    await clock.run(Promise.all([reader.read(target(1)), late]));
    expect(asked.map(({ ids, at }) => [ids, at])).toEqual([
      [2, 100],
      [2, 100],
    ]);
  });

  test('leave no listener on their signal when they end', async () => {
    const clock = new FakeClock();
    const { fake } = api(clock);
    const { signal } = new AbortController();
    await clock.run(new Reader(fake, { clock }).read(TARGET, signal));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    const broken: ZecApi = { ...fake, describeNetworkInterfaces: () => Promise.reject(new Error('x')) };
    await clock.run(new Reader(broken, { clock }).read(TARGET, signal).catch(() => undefined));
    await clock.run(clock.sleep(1_000));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test.each([
    [1_000, 1],
    [1_010, 2],
  ])('when the instance takes %i ms longer, request the vNIC %i times', async (longer, times) => {
    const clock = new FakeClock();
    const { fake, asked } = api(clock, 0, longer);
    const { nic } = await clock.run(new Reader(fake, { clock, windowMs: 10 }).read(TARGET));
    expect(asked.filter(({ what }) => what === 'nics')).toHaveLength(times);
    // At the same time at which it becomes stale.
    expect(nic?.status).toBe(times === 1 ? 'at 10' : `at ${longer + 10}`);
  });
});
