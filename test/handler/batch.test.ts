import { getEventListeners } from 'node:events';
import { Batch } from '../../lib/handler/reader';
import { FakeClock } from '../support/fake-clock';

const clock = new FakeClock();

function asking(infoOf: (id: string) => string | undefined = (id) => `about ${id}`) {
  const requests: (readonly string[])[] = [];
  const batch = new Batch<string, string>(
    async (ids) => {
      requests.push(ids);
      await clock.sleep(50);
      return new Map(
        ids.flatMap((id) => {
          const info = infoOf(id);
          return info === undefined ? [] : [[id, info]];
        }),
      );
    },
    { clock, windowMs: 10 },
  );
  return { batch, requests };
}

test('lookups in one window share a request, which names each ID once', async () => {
  const { batch, requests } = asking((id) => (id === 'c' ? undefined : `about ${id}`));
  const infos = await clock.run(Promise.all(['a', 'b', 'a', 'c'].map((id) => batch.get(id))));
  expect(infos).toEqual(['about a', 'about b', 'about a', undefined]);
  expect(requests).toEqual([['a', 'b', 'c']]);
});

test('a request names at most 100 IDs', async () => {
  const { batch, requests } = asking();
  const ids = Array.from({ length: 250 }, (_, index) => `id-${index}`);
  await clock.run(Promise.all(ids.map((id) => batch.get(id))));
  expect(requests.map(({ length }) => length)).toEqual([100, 100, 50]);
});

test('a lookup during a request gets a request of its own', async () => {
  const { batch, requests } = asking();
  const first = batch.get('a');
  const second = clock.sleep(30).then(() => batch.get('a'));
  await clock.run(Promise.all([first, second]));
  expect(requests).toEqual([['a'], ['a']]);
});

test('an immediate lookup does not wait, and its request includes the waiting lookups', async () => {
  const { batch, requests } = asking();
  const startedAt = clock.now();
  const waiting = batch.get('a');
  await clock.run(Promise.all([batch.get('b', undefined, true), batch.get('c', undefined, true)]));
  expect(clock.now() - startedAt).toBe(50);
  await clock.run(waiting);
  expect(requests).toEqual([['a', 'b', 'c']]);
});

test('a failed request fails all its lookups; an abort ends only its own lookup', async () => {
  const { batch, requests } = asking((id) => {
    if (id === 'bad') throw new Error('no response');
    return id;
  });
  const failed = ['bad', 'x'].map((id) => batch.get(id).catch((error: unknown) => String(error)));
  expect(await clock.run(Promise.all(failed))).toEqual(['Error: no response', 'Error: no response']);

  const stop = new AbortController();
  const aborted = batch.get('a', stop.signal).catch((error: unknown) => String(error));
  const other = batch.get('b');
  stop.abort(new Error('stop'));
  expect(await aborted).toBe('Error: stop');
  expect(await clock.run(other)).toBe('b');
  expect(requests.at(-1)).toEqual(['a', 'b']);
  await expect(batch.get('a', stop.signal)).rejects.toThrow('stop');
});

test('a request ends after all its lookups have ended, sent or not, and the next lookup has its own request', async () => {
  const signals: AbortSignal[] = [];
  const batch = new Batch<string, string>(
    async (ids, signal) => {
      signals.push(signal);
      await clock.sleep(60_000, signal);
      return new Map(ids.map((id) => [id, id]));
    },
    { clock, windowMs: 10, ready: (signal) => clock.sleep(60_000, signal) },
  );
  for (const stopAt of [5, 20, 60_020]) {
    const startedAt = clock.now();
    const stop = new AbortController();
    const questions = [batch.get('a', stop.signal), batch.get('b', stop.signal)];
    void clock.sleep(stopAt).then(() => stop.abort(new Error('stop')));
    await clock.run(Promise.allSettled(questions));
    // Its remaining waits end immediately.
    await clock.run(clock.sleep(10));
    expect([signals.at(-1)?.aborted, clock.now() - startedAt]).toEqual([true, stopAt + 10]);
  }
  expect(signals).toHaveLength(3);
});

test('an aborted lookup leaves no listener on its signal', async () => {
  const { batch } = asking();
  const stop = new AbortController();
  const given = batch.get('a', stop.signal).catch((error: unknown) => String(error));
  stop.abort(new Error('stop'));
  expect(await given).toBe('Error: stop');
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
});

test('a window uses one timer for all its lookups, and one more for immediate lookups', async () => {
  const { batch } = asking();
  const sleep = jest.spyOn(clock, 'sleep');
  const waiting = ['a', 'b', 'c'].map((id) => batch.get(id));
  expect(sleep.mock.calls).toEqual([[10]]);
  const atOnce = ['d', 'e'].map((id) => batch.get(id, undefined, true));
  waiting.push(batch.get('f'));
  expect(sleep.mock.calls).toEqual([[10], [0]]);
  await clock.run(Promise.all([...waiting, ...atOnce]));
  sleep.mockRestore();
});
