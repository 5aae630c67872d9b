import { getEventListeners } from 'node:events';
import { Observer } from '../../lib/handler/observer';
import { Turns } from '../../lib/handler/turns';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';
import type { Page, ZecApi } from '../../lib/zec/types';
import { FakeClock } from '../support/fake-clock';
import { TARGET } from './views';

const target = (index: number) => ({
  nicId: parseNicId(`nic-${index}`),
  instanceId: parseInstanceId(`ins-${index}`),
});

/** An API that knows every id, and answers after so many milliseconds. */
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
  const looks: Pick<ZecApi, 'describeNetworkInterfaces' | 'describeInstances'> = {
    describeNetworkInterfaces: ({ nicIds = [] }) =>
      page('nics', nicIds, nicsMs, (nicId) => ({ nicId, status: `at ${clock.now()}` })),
    describeInstances: ({ instanceIds = [] }) =>
      page('instances', instanceIds, instancesMs, (instanceId) => ({
        instanceId,
        status: 'RUNNING',
        nics: [],
      })),
  };
  const fake = looks as ZecApi;
  return { fake, asked };
}

describe('looks', () => {
  test('that are wanted within the window share their requests, and each gets its own', async () => {
    const clock = new FakeClock();
    const { fake, asked } = api(clock);
    const observer = new Observer(fake, { clock, windowMs: 50 });
    const late = clock.sleep(40).then(() => observer.look(target(2)));
    const seen = await clock.run(Promise.all([observer.look(target(1)), late]));
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
    await clock.run(new Observer(fake, { clock }).look(TARGET));
    expect(asked[0]?.at).toBe(10);
  });

  test('go at once when a request is full, and the rest after its window', async () => {
    const clock = new FakeClock();
    const { fake, asked } = api(clock);
    const observer = new Observer(fake, { clock, windowMs: 50 });
    await clock.run(Promise.all(Array.from({ length: 230 }, (_, index) => observer.look(target(index)))));
    expect(asked.filter(({ what }) => what === 'nics').map(({ ids, at }) => [ids, at])).toEqual([
      [100, 0],
      [100, 0],
      [30, 50],
    ]);
  });

  test('are never answered by an earlier request', async () => {
    const clock = new FakeClock();
    const { fake, asked } = api(clock);
    const observer = new Observer(fake, { clock });
    await clock.run(observer.look(TARGET));
    await clock.run(observer.look(TARGET));
    expect(asked).toHaveLength(4);
  });

  test('that fail fail for all who share them', async () => {
    const clock = new FakeClock();
    const { fake } = api(clock);
    const failing: ZecApi = { ...fake, describeInstances: () => Promise.reject(new Error('broken')) };
    const observer = new Observer(failing, { clock });
    const both = [observer.look(target(1)), observer.look(target(2))];
    const results = await clock.run(Promise.allSettled(both));
    expect(results).toMatchObject([{ reason: { message: 'broken' } }, { reason: { message: 'broken' } }]);
  });

  test('that are given up end at once, and the others they share with go on', async () => {
    const clock = new FakeClock();
    const { fake } = api(clock);
    const observer = new Observer(fake, { clock });
    const stop = new AbortController();
    const reason = new Error('enough');
    const both = Promise.allSettled([observer.look(target(1), stop.signal), observer.look(target(2))]);
    void clock.sleep(12).then(() => stop.abort(reason));
    expect(await clock.run(both)).toMatchObject([{ reason }, { status: 'fulfilled' }]);
    await expect(observer.look(target(1), AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  test.each([
    ['the vNIC', 1_000, 5, 500],
    ['the instance', 5, 1_000, 500],
    ['the vNIC once more', 1_000, 3_000, 3_200],
  ])('that are given up while %s is asked for end at once', async (_, nicsMs, instancesMs, stopAt) => {
    const clock = new FakeClock();
    const { fake } = api(clock, nicsMs, instancesMs);
    const stop = new AbortController();
    void clock.sleep(stopAt).then(() => stop.abort(new Error('enough')));
    const work = new Observer(fake, { clock }).look(TARGET, stop.signal);
    await expect(clock.run(work)).rejects.toThrow('enough');
    expect(clock.now()).toBe(stopAt);
  });

  test('that are completed ask for the instance in the same moment, and can be given up', async () => {
    const clock = new FakeClock();
    const { fake, asked } = api(clock, 5, 1_000);
    const observer = new Observer(fake, { clock });
    const nic = { nicId: TARGET.nicId, status: 'USED' };
    expect(await clock.run(observer.complete(TARGET, nic))).toMatchObject({
      nic,
      instance: { instanceId: 'ins-1' },
    });
    expect(asked).toEqual([{ what: 'instances', ids: 1, at: 0 }]);
    const stop = new AbortController();
    void clock.sleep(300).then(() => stop.abort(new Error('enough')));
    await expect(clock.run(observer.complete(TARGET, nic, stop.signal))).rejects.toThrow('enough');
  });

  test('wait, and share, while the API asks for patience', async () => {
    const clock = new FakeClock();
    const { fake, asked } = api(clock);
    const observer = new Observer({ ...fake, clear: () => clock.sleep(90) }, { clock });
    const late = clock.sleep(60).then(() => observer.look(target(2)));
    await clock.run(Promise.all([observer.look(target(1)), late]));
    expect(asked.map(({ ids, at }) => [ids, at])).toEqual([
      [2, 100],
      [2, 100],
    ]);
  });

  test('that end leave nothing on their signal', async () => {
    const clock = new FakeClock();
    const { fake } = api(clock);
    const { signal } = new AbortController();
    await clock.run(new Observer(fake, { clock }).look(TARGET, signal));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    const broken: ZecApi = { ...fake, describeNetworkInterfaces: () => Promise.reject(new Error('x')) };
    await clock.run(new Observer(broken, { clock }).look(TARGET, signal).catch(() => undefined));
    await clock.run(clock.sleep(1_000));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test.each([
    [1_000, 1],
    [1_010, 2],
  ])('ask for the vNIC again when the instance took %i ms longer: %i', async (longer, times) => {
    const clock = new FakeClock();
    const { fake, asked } = api(clock, 0, longer);
    const { nic } = await clock.run(new Observer(fake, { clock, windowMs: 10 }).look(TARGET));
    expect(asked.filter(({ what }) => what === 'nics')).toHaveLength(times);
    // In the very moment in which it is found to be old.
    expect(nic?.status).toBe(times === 1 ? 'at 10' : `at ${longer + 10}`);
  });
});

describe('turns', () => {
  test('a look from before or during another’s request gives no right to act', async () => {
    const turns = new Turns();
    const [a, b] = [turns.join(TARGET.nicId), turns.join(TARGET.nicId)];
    const apart = turns.join(parseNicId('nic-2'));
    for (const each of [a, b, apart]) each.looking();
    expect(b.mayAct()).toBe(true);
    let answer: (value: string) => void = () => undefined;
    const request = a.act(() => new Promise<string>((resolve) => (answer = resolve)));
    expect([a.mayAct(), b.mayAct(), apart.mayAct()]).toEqual([false, false, true]);
    b.looking();
    answer('done');
    expect(await request).toBe('done');
    expect(b.mayAct()).toBe(false);
    b.looking();
    expect(b.mayAct()).toBe(true);
  });

  test('a request that fails ends, too', async () => {
    const turns = new Turns();
    const turn = turns.join(TARGET.nicId);
    await expect(turn.act(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    turn.looking();
    expect(turn.mayAct()).toBe(true);
  });

  test('nobody may act who never looked', async () => {
    const turns = new Turns();
    const [a, b] = [turns.join(TARGET.nicId), turns.join(TARGET.nicId)];
    expect(a.mayAct()).toBe(false);
    await b.act(() => Promise.resolve());
    expect(a.mayAct()).toBe(false);
  });

  test('what is over is forgotten, but not while another goes on', async () => {
    const turns = new Turns();
    const [a, b] = [turns.join(TARGET.nicId), turns.join(TARGET.nicId)];
    await a.act(() => Promise.resolve());
    b.looking();
    a.leave();
    const c = turns.join(TARGET.nicId);
    c.looking();
    await c.act(() => Promise.resolve());
    expect(b.mayAct()).toBe(false);
    b.leave();
    c.leave();
    expect(Reflect.get(turns, 'vnics')).toEqual(new Map());
  });
});
