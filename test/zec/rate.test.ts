import { dueAt, INITIAL_RATE, onSent, onSuccess, onThrottled, wasThrottled } from '../../lib/zec/rate';
import type { Rate } from '../../lib/zec/rate';

/** The rate after a throttled request at time 1000. */
const calibrated: Rate = {
  perSecond: 4,
  blockedUntil: 2_000,
  nextReadAt: 3_000,
  nextWriteAt: 2_500,
  throttledAt: 1_000,
  successes: 0,
  threshold: 4,
  plateau: 5,
};

test('before any throttling the two requests of a poll are sent at once, and the next ones every 50 ms', () => {
  let state = INITIAL_RATE;
  const due: number[] = [];
  for (const now of [0, 0, 50, 100]) {
    due.push(dueAt(state, 'read'));
    state = onSent(state, 'read', now);
  }
  expect(due).toEqual([-Infinity, 0, 50, 100]);
  expect(wasThrottled(INITIAL_RATE)).toBe(false);
  expect(wasThrottled(calibrated)).toBe(true);
});

describe('the next request is due', () => {
  test('at separate times for reads and mutating requests, but not while all are blocked', () => {
    expect([dueAt(calibrated, 'read'), dueAt(calibrated, 'write')]).toEqual([3_000, 2_500]);
    expect(dueAt({ ...calibrated, blockedUntil: 9_000 }, 'read')).toBe(9_000);
  });

  test('earlier by one interval while nothing was throttled: two may be sent at once', () => {
    expect(dueAt({ ...calibrated, throttledAt: -Infinity }, 'read')).toBe(2_750);
    expect(dueAt({ ...calibrated, throttledAt: -Infinity }, 'write')).toBe(2_250);
  });
});

describe('a request that is sent', () => {
  test('early moves the next one by an interval from its due time', () => {
    expect(onSent(calibrated, 'read', 2_900)).toEqual({ ...calibrated, nextReadAt: 3_250 });
    expect(onSent(calibrated, 'write', 2_400)).toEqual({
      ...calibrated,
      nextReadAt: 3_250,
      nextWriteAt: 2_750,
    });
  });

  test('late moves the next one by an interval from now', () => {
    expect(onSent(calibrated, 'read', 4_000)).toEqual({ ...calibrated, nextReadAt: 4_250 });
    expect(onSent(calibrated, 'write', 4_000)).toEqual({
      ...calibrated,
      nextReadAt: 4_250,
      nextWriteAt: 4_250,
    });
  });
});

describe('a request that succeeds', () => {
  const rate = (state: Rate, now = state.throttledAt) => onSuccess(state, now).perSecond;

  test('raises the rate by a tenth while the limit is unknown', () => {
    expect(onSuccess(INITIAL_RATE, 0)).toEqual({ ...INITIAL_RATE, perSecond: 22, successes: 1 });
    expect(rate({ ...calibrated, threshold: Infinity, successes: 75 })).toBeCloseTo(4.4, 6);
  });

  test('doubles the rate up to the threshold, and brings the next slots forward', () => {
    const slow = { ...calibrated, perSecond: 0.5, nextReadAt: 9_000, nextWriteAt: 9_000 };
    expect(onSuccess(slow, 5_000)).toMatchObject({
      perSecond: 1,
      nextReadAt: 6_000,
      nextWriteAt: 6_000,
      successes: 1,
    });
    expect(onSuccess({ ...slow, perSecond: 3, nextReadAt: 5_100 }, 5_000)).toMatchObject({
      perSecond: 4,
      nextReadAt: 5_100,
      nextWriteAt: 5_250,
    });
  });

  test('returns to the plateau after the successes of ten seconds, then exceeds it faster and faster', () => {
    const rates = [24, 49, 74, 99, 149, 249].map((successes) => rate({ ...calibrated, successes }));
    expect(rates.map((each) => Math.round(each * 1000) / 1000)).toEqual([4.938, 5, 5.063, 5.5, 9, 37]);
    expect(onSuccess({ ...calibrated, successes: 24 }, 1_000)).toMatchObject({
      blockedUntil: 2_000,
      nextReadAt: 3_000,
      successes: 25,
    });
  });

  test('returns to a low plateau after 30 successes or 20 s', () => {
    const slow = { ...calibrated, perSecond: 0.9, threshold: 0.9, plateau: 1 };
    expect(rate({ ...slow, successes: 29 })).toBeCloseTo(1, 6);
    expect(rate({ ...slow, successes: 28 })).toBeLessThan(1);
    expect(rate({ ...slow, successes: -1 }, 21_000)).toBeCloseTo(1, 6);
    expect(rate({ ...slow, successes: -1 }, 61_000)).toBeCloseTo(1.8, 6);
  });

  test('never lowers the rate', () => {
    expect(rate({ ...calibrated, perSecond: 4.9, successes: 0 })).toBe(4.9);
  });

  test('ends all spacing once the rate is above 500 a second', () => {
    const fast = { ...calibrated, threshold: Infinity, perSecond: 454 };
    expect(onSuccess(fast, 0)).toMatchObject({ threshold: Infinity, throttledAt: 1_000 });
    expect(onSuccess({ ...fast, perSecond: 455 }, 0)).toEqual({ ...INITIAL_RATE, perSecond: Infinity });
  });
});

describe('a request that is throttled', () => {
  test('for the first time sets the rate to 80 % of the successes of the last second', () => {
    const rate = (recently: number) => onThrottled(INITIAL_RATE, 5_000, 4_900, recently, 1_000).perSecond;
    expect([0, 1, 2, 3, 5, 10, 12, 13, 40].map(rate)).toEqual([
      2, 2, 2, 2.4000000000000004, 4, 8, 9.600000000000001, 10, 10,
    ]);
    expect(onThrottled({ ...INITIAL_RATE, perSecond: Infinity }, 5_000, 4_900, 40, 1_000).perSecond).toBe(32);
  });

  test('blocks all requests, spaces the next ones, and resets the successes', () => {
    const state = { ...INITIAL_RATE, nextReadAt: 5_100, successes: 7 };
    expect(onThrottled(state, 5_000, 4_900, 3, 1_500)).toMatchObject({
      blockedUntil: 6_500,
      throttledAt: 5_000,
      nextReadAt: 5_100,
      successes: 0,
    });
    expect(onThrottled({ ...calibrated, blockedUntil: 9_000 }, 5_000, 4_900, 3, 1_500).blockedUntil).toBe(
      9_000,
    );
    expect(onThrottled({ ...calibrated, blockedUntil: 9_000 }, 5_000, 900, 3, 1_500).blockedUntil).toBe(
      9_000,
    );
  });

  test('makes the limit known, unless it is the first one and too few succeeded before', () => {
    const after = (recently: number) => onThrottled(INITIAL_RATE, 5_000, 4_900, recently, 0);
    expect(after(3)).toMatchObject({ threshold: Infinity, plateau: 2.4000000000000004 });
    expect(after(4)).toMatchObject({ threshold: 3.2, plateau: 3.2 });
  });

  test('but was sent before the last throttling only blocks', () => {
    expect(onThrottled(calibrated, 5_000, 1_000, 9, 4_000)).toEqual({ ...calibrated, blockedUntil: 9_000 });
    expect(onThrottled(calibrated, 5_000, 1_001, 9, 4_000)).toMatchObject({
      throttledAt: 5_000,
      perSecond: 4 * 0.4,
    });
  });

  test('again after fewer than four successes lowers the rate to 40 %, at least one in four seconds, and the limit to one per second', () => {
    const after = (perSecond: number, successes: number) =>
      onThrottled({ ...calibrated, perSecond, successes }, 3_000, 2_900, 9, 0);
    expect(after(4, 3)).toMatchObject({ perSecond: 1.6, threshold: 1.6, plateau: 1.6 });
    expect(after(2, 3)).toMatchObject({ perSecond: 0.8, threshold: 1, plateau: 1 });
    expect(after(0.3, 1)).toMatchObject({ perSecond: 0.25, threshold: 1, plateau: 1 });
  });

  test('again without a success allows a request every two seconds, and keeps the known limit', () => {
    const after = (state: Rate) => onThrottled(state, 3_000, 2_900, 9, 0);
    expect(after(calibrated)).toMatchObject({ perSecond: 1.6, threshold: 4, plateau: 5 });
    expect(after({ ...calibrated, perSecond: 0.6 })).toMatchObject({
      perSecond: 0.5,
      threshold: 4,
      plateau: 5,
    });
    expect(after({ ...calibrated, perSecond: 0.3 })).toMatchObject({
      perSecond: 0.3,
      threshold: 4,
      plateau: 5,
    });
    expect(after({ ...calibrated, perSecond: 2, threshold: Infinity })).toMatchObject({
      perSecond: 0.8,
      threshold: 1,
    });
  });

  test('again after more successes sets the plateau to their rate, and the rate to 90 % of it', () => {
    const after = (successes: number, now: number) =>
      onThrottled({ ...calibrated, successes }, now, now - 1, 9, 0);
    const plateau = (successes: number, now: number) => after(successes, now).plateau;
    expect([plateau(6, 3_000), plateau(6, 2_000), plateau(60, 2_000), plateau(4, 61_000)]).toEqual([
      3, 4, 4, 2,
    ]);
    expect(after(6, 3_000)).toMatchObject({ perSecond: 2.7, threshold: 2.7 });
  });
});
