import { Rounds } from '../../lib/handler/rounds';
import { FakeClock } from '../support/fake-clock';

let clock: FakeClock;
let rounds: Rounds;
beforeEach(() => {
  clock = new FakeClock();
  rounds = new Rounds(clock);
});

/** When a wait that begins now ends. */
const endOf = async (ms: number, patienceMs = 0) => {
  await rounds.wait(ms, patienceMs);
  return clock.now();
};

test('whoever waits looks along when the first wait is over', async () => {
  expect(await clock.run(Promise.all([endOf(3_000), endOf(500), endOf(9_000)]))).toEqual([500, 500, 500]);
});

test('one alone waits exactly as long as it wants, again and again', async () => {
  const alone = async () => [await endOf(300), await endOf(100), await endOf(5_000)];
  expect(await clock.run(alone())).toEqual([300, 400, 5_400]);
});

test('those that look along never cost a request more: of 250, the one that is due takes 99 others with it', async () => {
  const waits = Array.from({ length: 250 }, (_, index) => endOf(1_000 + index * 1_000, 0));
  const ends = await clock.run(Promise.all(waits));
  expect(ends.filter((end) => end === 1_000)).toHaveLength(100);
  expect(ends.slice(0, 100)).toEqual(Array(100).fill(1_000));
});

test('a second round soon after the first is put off, but for no one by more than its patience', async () => {
  const first = Promise.all([endOf(1_000), endOf(1_000)]);
  const second = first.then(() => Promise.all([endOf(100, 10_000), endOf(100, 10_000)]));
  const [end] = await clock.run(second);
  expect(end).toBeGreaterThan(1_400);
  expect(end).toBeLessThan(1_600);
  const third = Promise.all([endOf(100, 10_000), endOf(100, 50)]);
  const before = clock.now();
  expect(await clock.run(third)).toEqual([before + 150, before + 150]);
});

test('an abort ends its own wait only, and the last one leaves no timer behind', async () => {
  const stop = new AbortController();
  const aborted = rounds.wait(500, 0, stop.signal).catch((error: unknown) => error);
  const other = endOf(2_000);
  void clock.sleep(100).then(() => stop.abort(new Error('stop')));
  expect(await clock.run(aborted)).toEqual(new Error('stop'));
  expect(await clock.run(other)).toBe(2_000);

  const last = new AbortController();
  const wait = rounds.wait(500, 0, last.signal).catch(() => 'aborted');
  last.abort(new Error('stop'));
  expect(await wait).toBe('aborted');
  const forever = new Promise(() => undefined);
  await expect(clock.run(forever)).rejects.toThrow('nothing sleeps');
  await expect(rounds.wait(1, 0, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
});
