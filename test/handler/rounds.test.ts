import { getEventListeners } from 'node:events';
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

test('neither patience nor a round just before keeps one alone waiting, nor patience the first round of many', async () => {
  const alone = async () => [await endOf(300, 10_000), await endOf(100, 10_000)];
  expect(await clock.run(alone())).toEqual([300, 400]);
  rounds = new Rounds(clock);
  expect(await clock.run(Promise.all([endOf(100, 10_000), endOf(200, 10_000)]))).toEqual([500, 500]);
});

test('how many wait is known, and none who waits no longer', async () => {
  const waits = Promise.all([rounds.wait(100, 0), rounds.wait(100, 0)]);
  expect(rounds.waiting).toBe(2);
  await clock.run(waits);
  expect(rounds.waiting).toBe(0);
});

test('a wait that ends leaves nothing on its signal, and neither does one that is given up', async () => {
  const stop = new AbortController();
  await clock.run(rounds.wait(100, 0, stop.signal));
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  const wait = rounds.wait(100, 0, stop.signal).catch(() => 'given up');
  stop.abort(new Error('stop'));
  expect(await wait).toBe('given up');
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
});

test('any number that waits for the same moment needs one timer', async () => {
  const sleep = jest.spyOn(clock, 'sleep');
  await clock.run(Promise.all(Array.from({ length: 90 }, () => rounds.wait(1_000, 0))));
  expect(sleep).toHaveBeenCalledTimes(1);
});

test('whoever is due goes first, and others only as far as they cost no request more', async () => {
  const woken: number[] = [];
  const wait = (ms: number) => rounds.wait(ms, 0).then(() => woken.push(ms));
  const later = Array.from({ length: 30 }, (_, index) => wait(5_000 + index));
  const due = Array.from({ length: 90 }, () => wait(1_000));
  await clock.run(Promise.all(due));
  // A request has room for ten of those that were to come later: the next ones due.
  expect(woken.filter((ms) => ms > 1_000)).toEqual(Array.from({ length: 10 }, (_, index) => 5_000 + index));
  expect(clock.now()).toBe(1_000);
  await clock.run(Promise.all(later));
});

test('of more than a hundred that are due all go, in as many requests as they need', async () => {
  // All in one round: to be patient, and left to a second one, would cost them time.
  const endings = Array.from({ length: 230 }, (_, index) => endOf(index < 130 ? 1_000 : 9_000, 5_000));
  const ended = await clock.run(Promise.all(endings));
  expect(ended.filter((at) => at === 1_000)).toHaveLength(200);
});
