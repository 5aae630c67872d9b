import { Durations } from '../../lib/handler/durations';
import { pollDelay, troubleDelay } from '../../lib/handler/polling';

const even = 0.5;

function looksUntil(ms: number, delay: (since: number) => number): number {
  let looks = 0;
  for (let since = 0; since < ms; since += delay(since)) looks += 1;
  return looks;
}

test('every wait is between a tenth of a second and five seconds, however long it lasts', () => {
  for (let since = 0; since < 7_200_000; since += 1_000) {
    for (const random of [0, 1]) {
      expect(pollDelay(since, random)).toBeGreaterThan(100);
      expect(pollDelay(since, random)).toBeLessThanOrEqual(5_000);
    }
  }
  expect(pollDelay(3_600_000, even)).toBe(5_000);
});

test('ten seconds take nine looks, an hour fewer than eight hundred', () => {
  for (const random of [0, even, 1]) {
    const looks = looksUntil(10_000, (since) => pollDelay(since, random) + 40);
    expect(Math.abs(looks - 9)).toBeLessThanOrEqual(1);
  }
  expect(looksUntil(3_600_000, (since) => pollDelay(since, even))).toBeLessThan(850);
});

test.each([
  [0, 600],
  [499, 600],
  [500, 400],
  [1_099, 400],
  [1_100, 1_500],
  [9_999, 1_500],
  [10_000, 450],
  [29_999, 450],
  [30_000, 450],
  [40_000, 1_450],
])('%i ms after a change the next look comes %i ms later', (since, wait) => {
  expect(pollDelay(since, even)).toBe(wait);
});

test('waits are spread, so that processes which began together do not stay together', () => {
  expect(pollDelay(5_000, 0)).toBeLessThan(pollDelay(5_000, even));
  expect(pollDelay(5_000, even)).toBeLessThan(pollDelay(5_000, 1));
});

describe('what was seen of other requests', () => {
  const after = (...seen: number[]) => {
    const durations = new Durations();
    for (const ms of seen) durations.add(ms);
    return durations.expectation;
  };

  test('counts from the third on, and no longer than the newest twenty', () => {
    expect(after(9_000, 9_000)).toBeUndefined();
    const many = after(1, ...Array<number>(20).fill(10_000));
    expect(many).toMatchObject({ fromMs: 9_000, untilMs: 15_000 });
    expect(after(10, ...Array<number>(19).fill(10_000))).toMatchObject({ fromMs: 9 });
  });

  test('saves the looks before anything can be expected, and brings those after it closer', () => {
    const expected = after(10_000, 10_500, 11_000);
    expect(pollDelay(0, even, expected)).toBe(5_000);
    expect(pollDelay(5_000, even, expected)).toBe(4_000);
    expect(pollDelay(9_000, even, expected)).toBe(250);
    expect(looksUntil(10_200, (since) => pollDelay(since, even, expected))).toBeLessThan(12);
  });

  test('never makes looks rarer once something can be expected, and means nothing when it is long over', () => {
    const expected = after(500, 20_000, 30_000);
    for (let since = 500; since < 60_000; since += 100) {
      expect(pollDelay(since, even, expected)).toBeLessThanOrEqual(pollDelay(since, even));
    }
    expect(pollDelay(50_000, even, after(600, 700, 800))).toBe(pollDelay(50_000, even));
    expect([1_200, 1_201].map((since) => pollDelay(since, even, after(600, 700, 800)))).toEqual([150, 1_500]);
  });
});

test('after failures it waits longer and longer, up to five seconds', () => {
  expect([1, 2, 3, 4, 100].map((troubles) => troubleDelay(troubles, even))).toEqual([
    500, 2_000, 4_500, 5_000, 5_000,
  ]);
});
