import { getEventListeners } from 'node:events';
import { KeyedLock } from '../../lib/handler/keyed-lock';

const flush = () => new Promise((resolve) => setImmediate(resolve));

async function holding<T>(
  lock: KeyedLock<string>,
  key: string,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const release = await lock.acquire(key, signal);
  return work().finally(release);
}

test('work on one key runs in order, even after a failure, and work on another key runs concurrently', async () => {
  const lock = new KeyedLock<string>();
  const log: string[] = [];
  const work = (key: string, name: string) =>
    holding(lock, key, async () => {
      log.push(`${name} begins`);
      await flush();
      log.push(`${name} ends`);
      if (name === 'first') throw new Error('failed');
      return name;
    });
  const all = await Promise.allSettled([work('a', 'first'), work('a', 'second'), work('b', 'other')]);
  expect(log.slice(0, 3)).toEqual(['first begins', 'other begins', 'first ends']);
  expect(log.filter((line) => !line.startsWith('other')).slice(2)).toEqual(['second begins', 'second ends']);
  expect(all.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
});

test('an aborted wait does not let later ones overtake the holder', async () => {
  const lock = new KeyedLock<string>();
  const release = await lock.acquire('a');
  const stop = new AbortController();
  const givenUp = lock.acquire('a', stop.signal).catch((error: unknown) => error);
  stop.abort(new Error('enough'));
  expect(await givenUp).toEqual(new Error('enough'));
  let acquired = false;
  const last = lock.acquire('a').then((free) => {
    acquired = true;
    free();
  });
  await flush();
  expect(acquired).toBe(false);
  release();
  await last;
  expect(acquired).toBe(true);
  await expect(lock.acquire('a', AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
});

test('a key stays held while it passes from one holder to the next', async () => {
  const lock = new KeyedLock<string>();
  const first = await lock.acquire('a');
  const second = lock.acquire('a');
  first();
  const release = await second;
  await flush();
  expect(lock.isHeld('a')).toBe(true);
  release();
  await flush();
  expect(lock.isHeld('a')).toBe(false);
});

test('no key and no listener remains once all have released', async () => {
  const lock = new KeyedLock<string>();
  const { signal } = new AbortController();
  await Promise.all([1, 2, 3].map(() => holding(lock, 'a', flush, signal)));
  await flush();
  expect(Reflect.get(lock, 'free')).toEqual(new Map());
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
