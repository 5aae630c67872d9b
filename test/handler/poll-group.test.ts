import { getEventListeners } from 'node:events';
import { PollGroup } from '../../lib/handler/polling';
import { FakeClock } from '../support/fake-clock';

let clock: FakeClock;
let polls: PollGroup;
beforeEach(() => {
  clock = new FakeClock();
  polls = new PollGroup(clock);
});

/** The time at which a wait ends that begins now and is due after `ms`. */
const endOf = async (ms: number) => {
  await polls.wait(clock.now() + ms / 2, clock.now() + ms);
  return clock.now();
};

test('a single waiter waits until it is due', async () => {
  const alone = async () => [await endOf(300), await endOf(100), await endOf(0), await endOf(5_000)];
  expect(await clock.run(alone())).toEqual([300, 400, 400, 5_400]);
});

test('waiters that have waited for half of their time wake together with the first that is due', async () => {
  expect(await clock.run(Promise.all([endOf(500), endOf(800), endOf(1_000), endOf(1_001)]))).toEqual([
    500, 500, 500, 1_001,
  ]);
});

test('a waiter that is due before its join time wakes when due', async () => {
  await clock.run(polls.wait(900, 500));
  expect(clock.now()).toBe(500);
});

test('waiters that start at different times soon wake together', async () => {
  const ends = new Map<number, number>();
  const poller = async (beginsAt: number) => {
    await clock.sleep(beginsAt);
    while (clock.now() < 10_000) {
      const end = await endOf(400);
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
  };
  await clock.run(Promise.all(Array.from({ length: 500 }, (_, index) => poller((index * 37) % 400))));
  const late = [...ends].filter(([at]) => at > 2_000 && at < 10_000);
  expect(late).toHaveLength(20);
  expect(new Set(late.map(([, count]) => count))).toEqual(new Set([500]));
});

test('a slow waiter among fast ones wakes at most twice per interval', async () => {
  const slow: number[] = [];
  const poller = async (ms: number, ends: number[]) => {
    while (clock.now() < 20_000) ends.push(await endOf(ms));
  };
  await clock.run(Promise.all([poller(400, []), poller(5_000, slow)]));
  expect(slow.length).toBeLessThanOrEqual(8);
});

test('an abort ends only its own wait, and the last one leaves no timer', async () => {
  const stop = new AbortController();
  const aborted = polls.wait(0, 500, stop.signal).catch((error: unknown) => error);
  const other = endOf(2_000);
  void clock.sleep(100).then(() => stop.abort(new Error('stop')));
  expect(await clock.run(aborted)).toEqual(new Error('stop'));
  expect(await clock.run(other)).toBe(2_000);

  const last = new AbortController();
  const wait = polls.wait(0, 5_000, last.signal).catch(() => 'aborted');
  last.abort(new Error('stop'));
  expect(await wait).toBe('aborted');
  const forever = new Promise(() => undefined);
  await expect(clock.run(forever)).rejects.toThrow('nothing sleeps');
  expect(clock.now()).toBe(2_000);
  await expect(polls.wait(0, 1, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
});

test('a completed or aborted wait leaves no listener on its signal', async () => {
  const stop = new AbortController();
  await clock.run(polls.wait(0, 100, stop.signal));
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  const wait = polls.wait(0, 200, stop.signal).catch(() => 'given up');
  stop.abort(new Error('stop'));
  expect(await wait).toBe('given up');
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
});

test('waiters for the same time share one timer', async () => {
  const sleep = jest.spyOn(clock, 'sleep');
  await clock.run(Promise.all(Array.from({ length: 90 }, () => polls.wait(0, 1_000))));
  expect(sleep).toHaveBeenCalledTimes(1);
});
