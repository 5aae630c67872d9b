import { dueAt, FIRST_PACE, isOpen, passed, refused, sent } from '../../lib/zec/pace';
import type { Pace } from '../../lib/zec/pace';

/** As after a refusal at the time 1000. */
const near: Pace = {
  perSecond: 4,
  heldUntil: 2_000,
  nextAt: 3_000,
  nextChangeAt: 2_500,
  refusedAt: 1_000,
  passed: 0,
  near: true,
  burst: 1,
};

test('before any refusal a look’s two requests leave at once, and the next ones every 50 ms', () => {
  let pace = FIRST_PACE;
  const due: number[] = [];
  for (const now of [0, 0, 50, 100]) {
    due.push(dueAt(pace, 'read'));
    pace = sent(pace, 'read', now);
  }
  expect(due).toEqual([-Infinity, 0, 50, 100]);
  expect(isOpen(FIRST_PACE)).toBe(true);
  expect(isOpen(near)).toBe(false);
});

describe('the next request is due', () => {
  test('for a read and for a change by its own time, and never while all is held', () => {
    expect([dueAt(near, 'read'), dueAt(near, 'change')]).toEqual([3_000, 2_500]);
    expect(dueAt({ ...near, heldUntil: 9_000 }, 'read')).toBe(9_000);
  });

  test('earlier by one interval for each more that may leave at once', () => {
    expect(dueAt({ ...near, burst: 2 }, 'read')).toBe(2_750);
    expect(dueAt({ ...near, burst: 4 }, 'read')).toBe(2_250);
  });
});

describe('a request that leaves', () => {
  test('early moves the next one by an interval from where it was', () => {
    expect(sent(near, 'read', 2_900)).toEqual({ ...near, nextAt: 3_250 });
    expect(sent(near, 'change', 2_400)).toEqual({ ...near, nextAt: 3_250, nextChangeAt: 2_750 });
  });

  test('late moves the next one by an interval from now', () => {
    expect(sent(near, 'read', 4_000)).toEqual({ ...near, nextAt: 4_250 });
    expect(sent(near, 'change', 4_000)).toEqual({ ...near, nextAt: 4_250, nextChangeAt: 4_250 });
  });
});

describe('a request that passes', () => {
  const growth = (pace: Pace, now = pace.refusedAt) => passed(pace, now).perSecond / pace.perSecond - 1;

  test('raises the rate by a tenth while the limit is not known', () => {
    const after = passed(FIRST_PACE, 0);
    expect(after).toEqual({ ...FIRST_PACE, perSecond: 22, passed: 1 });
    expect(growth({ ...near, near: false, passed: 75 })).toBeCloseTo(0.1, 6);
  });

  test('raises it little near the limit, and the less the faster it is', () => {
    expect(growth({ ...near, perSecond: 1 })).toBeCloseTo(0.007, 6);
    expect(growth(near)).toBeCloseTo(0.0035, 6);
    expect(growth({ ...near, perSecond: 100 })).toBeCloseTo(0.0007, 6);
    expect(passed({ ...near, passed: 3 }, 1_000)).toMatchObject({ heldUntil: 2_000, near: true, passed: 4 });
  });

  test('raises it twice as much after every 25 that passed, and after every 20 s, up to a tenth', () => {
    expect(growth({ ...near, passed: 25 })).toBeCloseTo(0.007, 6);
    expect(growth({ ...near, passed: 50 })).toBeCloseTo(0.014, 6);
    expect(growth(near, 21_000)).toBeCloseTo(0.007, 6);
    expect(growth({ ...near, passed: 25 }, 21_000)).toBeCloseTo(0.014, 6);
    expect(growth({ ...near, passed: 1_000 })).toBeCloseTo(0.1, 6);
  });

  test('ends all spacing once the rate is above 500 a second: nothing is known of a limit any more', () => {
    const fast = { ...near, near: false, perSecond: 454 };
    expect(passed(fast, 0)).toMatchObject({ near: false, refusedAt: 1_000, burst: 1 });
    expect(passed({ ...fast, perSecond: 455 }, 0)).toEqual({ ...FIRST_PACE, perSecond: Infinity });
  });
});

describe('a request that is refused', () => {
  test('first of all: the rate is what passed in the last second, less a fifth', () => {
    const rate = (recently: number) => refused(FIRST_PACE, 5_000, 4_900, recently, 1_000).perSecond;
    expect([0, 1, 2, 3, 5, 10, 12, 13, 40].map(rate)).toEqual([
      2, 2, 2, 2.4000000000000004, 4, 8, 9.600000000000001, 10, 10,
    ]);
    expect(refused({ ...FIRST_PACE, perSecond: Infinity }, 5_000, 4_900, 40, 1_000).perSecond).toBe(32);
  });

  test('holds all others, lets only one leave at a time, and counts anew', () => {
    const pace = { ...FIRST_PACE, nextAt: 5_100, passed: 7 };
    expect(refused(pace, 5_000, 4_900, 3, 1_500)).toMatchObject({
      heldUntil: 6_500,
      refusedAt: 5_000,
      nextAt: 5_100,
      passed: 0,
      burst: 1,
    });
    expect(refused({ ...near, heldUntil: 9_000 }, 5_000, 4_900, 3, 1_500).heldUntil).toBe(9_000);
    expect(refused({ ...near, heldUntil: 9_000 }, 5_000, 900, 3, 1_500).heldUntil).toBe(9_000);
  });

  test('tells that the limit is near, unless it is the first and too few passed before it', () => {
    const isNear = (pace: Pace, recently: number) => refused(pace, 5_000, 4_900, recently, 0).near;
    expect([isNear(FIRST_PACE, 3), isNear(FIRST_PACE, 4), isNear({ ...near, near: false }, 0)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  test('but left before the last refusal tells nothing new: it only holds', () => {
    expect(refused(near, 5_000, 1_000, 9, 4_000)).toEqual({ ...near, heldUntil: 9_000 });
    expect(refused(near, 5_000, 1_001, 9, 4_000)).toMatchObject({ refusedAt: 5_000, perSecond: 4 * 0.7 });
  });

  test('again, after fewer than four passed, lowers the rate by three tenths, but never below one in ten seconds', () => {
    const after = (perSecond: number, passedSince: number) =>
      refused({ ...near, perSecond, passed: passedSince }, 3_000, 2_900, 9, 0).perSecond;
    expect(after(4, 3)).toBeCloseTo(2.8, 6);
    expect(after(4, 4)).toBeCloseTo(2, 6);
    expect(after(0.12, 0)).toBe(0.1);
  });

  test('again, after more passed, lowers it to a little below what passed, at most to a half', () => {
    const after = (passedSince: number, now: number) =>
      refused({ ...near, passed: passedSince }, now, now - 1, 9, 0).perSecond;
    expect(after(6, 3_000)).toBeCloseTo(2.7, 6);
    expect(after(6, 2_000)).toBeCloseTo(3.6, 6);
    expect(after(60, 2_000)).toBeCloseTo(3.6, 6);
    expect(after(4, 61_000)).toBeCloseTo(2, 6);
  });
});
