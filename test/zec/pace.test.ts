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
  threshold: 4,
  plateau: 5,
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
  const rate = (pace: Pace, now = pace.refusedAt) => passed(pace, now).perSecond;

  test('raises the rate by a tenth while the limit is not known', () => {
    expect(passed(FIRST_PACE, 0)).toEqual({ ...FIRST_PACE, perSecond: 22, passed: 1 });
    expect(rate({ ...near, threshold: Infinity, passed: 75 })).toBeCloseTo(4.4, 6);
  });

  test('doubles the rate up to the threshold, and what waits leaves sooner', () => {
    const slow = { ...near, perSecond: 0.5, nextAt: 9_000, nextChangeAt: 9_000 };
    expect(passed(slow, 5_000)).toMatchObject({
      perSecond: 1,
      nextAt: 6_000,
      nextChangeAt: 6_000,
      passed: 1,
    });
    expect(passed({ ...slow, perSecond: 3, nextAt: 5_100 }, 5_000)).toMatchObject({
      perSecond: 4,
      nextAt: 5_100,
      nextChangeAt: 5_250,
    });
  });

  test('brings it back to the plateau after as many as pass in ten seconds there, and then beyond, ever faster', () => {
    const rates = [24, 49, 74, 99, 149, 249].map((passedSince) => rate({ ...near, passed: passedSince }));
    expect(rates.map((each) => Math.round(each * 1000) / 1000)).toEqual([4.938, 5, 5.063, 5.5, 9, 37]);
    expect(passed({ ...near, passed: 24 }, 1_000)).toMatchObject({
      heldUntil: 2_000,
      nextAt: 3_000,
      passed: 25,
    });
  });

  test('after 30 where few pass, and after 20 s where fewer do', () => {
    const slow = { ...near, perSecond: 0.9, threshold: 0.9, plateau: 1 };
    expect(rate({ ...slow, passed: 29 })).toBeCloseTo(1, 6);
    expect(rate({ ...slow, passed: 28 })).toBeLessThan(1);
    expect(rate({ ...slow, passed: -1 }, 21_000)).toBeCloseTo(1, 6);
    expect(rate({ ...slow, passed: -1 }, 61_000)).toBeCloseTo(1.8, 6);
  });

  test('never lowers it', () => {
    expect(rate({ ...near, perSecond: 4.9, passed: 0 })).toBe(4.9);
  });

  test('ends all spacing once the rate is above 500 a second: nothing is known of a limit any more', () => {
    const fast = { ...near, threshold: Infinity, perSecond: 454 };
    expect(passed(fast, 0)).toMatchObject({ threshold: Infinity, refusedAt: 1_000, burst: 1 });
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

  test('tells what the limit is, unless it is the first and too few passed before it', () => {
    const after = (recently: number) => refused(FIRST_PACE, 5_000, 4_900, recently, 0);
    expect(after(3)).toMatchObject({ threshold: Infinity, plateau: 2.4000000000000004 });
    expect(after(4)).toMatchObject({ threshold: 3.2, plateau: 3.2 });
  });

  test('but left before the last refusal tells nothing new: it only holds', () => {
    expect(refused(near, 5_000, 1_000, 9, 4_000)).toEqual({ ...near, heldUntil: 9_000 });
    expect(refused(near, 5_000, 1_001, 9, 4_000)).toMatchObject({ refusedAt: 5_000, perSecond: 4 * 0.4 });
  });

  test('again, after fewer than four passed, lowers the rate to two fifths, but never below one in ten seconds', () => {
    const after = (perSecond: number, passedSince: number) =>
      refused({ ...near, perSecond, passed: passedSince }, 3_000, 2_900, 9, 0);
    expect(after(4, 3)).toMatchObject({ perSecond: 1.6, threshold: 1.6, plateau: 1.6 });
    expect(after(0.12, 1)).toMatchObject({ perSecond: 0.1, threshold: 0.1, plateau: 0.1 });
  });

  test('again, and nothing passed, is tried every two seconds, and keeps what is known of the limit', () => {
    const after = (pace: Pace) => refused(pace, 3_000, 2_900, 9, 0);
    expect(after(near)).toMatchObject({ perSecond: 1.6, threshold: 4, plateau: 5 });
    expect(after({ ...near, perSecond: 0.6 })).toMatchObject({ perSecond: 0.5, threshold: 4, plateau: 5 });
    expect(after({ ...near, perSecond: 0.3 })).toMatchObject({ perSecond: 0.3, threshold: 4, plateau: 5 });
    expect(after({ ...near, perSecond: 2, threshold: Infinity })).toMatchObject({
      perSecond: 0.8,
      threshold: 0.8,
    });
  });

  test('again, after more passed: what passed is the plateau, and the rate a tenth below it', () => {
    const after = (passedSince: number, now: number) =>
      refused({ ...near, passed: passedSince }, now, now - 1, 9, 0);
    const plateau = (passedSince: number, now: number) => after(passedSince, now).plateau;
    expect([plateau(6, 3_000), plateau(6, 2_000), plateau(60, 2_000), plateau(4, 61_000)]).toEqual([
      3, 4, 4, 2,
    ]);
    expect(after(6, 3_000)).toMatchObject({ perSecond: 2.7, threshold: 2.7 });
  });
});
