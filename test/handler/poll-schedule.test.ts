import { pollInterval, retryDelay } from '../../lib/handler/polling';

const even = 0.5;

test.each([
  [0, 400],
  [29_999, 400],
  [30_000, 400],
  [40_000, 1_400],
  [76_000, 5_000],
  [3_600_000, 5_000],
])('%i ms after a change polls are %i ms apart', (since, delay) => {
  expect(pollInterval(since, even)).toBe(delay);
});

test('delays have jitter, so that processes that start together drift apart', () => {
  for (const since of [0, 5_000, 50_000]) {
    expect(pollInterval(since, 0) / pollInterval(since, even)).toBeCloseTo(0.92);
    expect(pollInterval(since, 1) / pollInterval(since, even)).toBeCloseTo(1.08);
  }
  expect(pollInterval(3_600_000, 1)).toBe(5_000);
});

test('the delay after failures grows up to five seconds', () => {
  expect([1, 2, 3, 4, 100].map((failures) => retryDelay(failures, even))).toEqual([
    500, 2_000, 4_500, 5_000, 5_000,
  ]);
});
