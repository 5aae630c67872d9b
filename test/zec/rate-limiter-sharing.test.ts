import { RateLimit } from '../../lib/simulator/rules';
import { ZecApiError } from '../../lib/zec';
import { INITIAL_RATE, onSent, onThrottled } from '../../lib/zec/rate';
import { RateLimiter } from '../../lib/zec/rate-limiter';
import type { RateStore } from '../../lib/zec/rate-limiter';
import { MAX_CONNECTIONS } from '../../lib/zec/transport';
import { FakeClock } from '../support/fake-clock';
import { LockedRate } from './shared-rate';

let clock: FakeClock;
beforeEach(() => {
  clock = new FakeClock();
});

const limiterOf = (store: RateStore) => new RateLimiter(clock, () => 0.5, store);
const send = (limiter: RateLimiter, error?: Error) =>
  limiter
    .acquire('DescribeInstances', {}, async () => {
      await clock.sleep(20);
      if (error !== undefined) throw error;
    })
    .catch(() => undefined);
const refusal = () =>
  new ZecApiError({
    action: 'DescribeInstances',
    code: 'REQUEST_LIMIT_EXCEEDED',
    message: '',
    httpStatus: 429,
  });

describe('a rate shared by processes', () => {
  test('is written when a request is sent and when it succeeds, until requests are no longer spaced', async () => {
    const store = new LockedRate(undefined);
    const limiter = limiterOf(store);
    await clock.run(send(limiter));
    expect(store.saved).toHaveLength(2);
    for (let round = 0; round < 60; round += 1) await clock.run(send(limiter));
    expect(store.rate).toEqual({ ...INITIAL_RATE, perSecond: Infinity });
    const { length } = store.saved;
    expect(length).toBeLessThan(80);
    const locked = store.locked;
    await clock.run(send(limiter));
    await clock.run(send(limiterOf(store)));
    expect([store.saved.length, store.locked]).toEqual([length, locked]);
  });

  test('is written again when a request is throttled', async () => {
    const store = new LockedRate({ ...INITIAL_RATE, perSecond: Infinity });
    const limiter = limiterOf(store);
    await clock.run(send(limiter, refusal()));
    expect(store.rate).toMatchObject({ successes: 0, throttledAt: 20 });
    await clock.run(send(limiter));
    expect(store.saved).toHaveLength(3);
  });

  test.each([
    ['have few throttled requests if they share the rate', true, [1, 5]],
    ['have many throttled requests if they do not', false, [40, 80]],
  ] as const)('forty processes that start within a second %s', async (_, sharing, [least, most]) => {
    const limit = new RateLimit();
    const store = new LockedRate(undefined);
    let refusals = 0;
    const read = (limiter: RateLimiter) =>
      limiter
        .acquire('DescribeInstances', {}, async () => {
          const seconds = limit.take(5, clock.now());
          await clock.sleep(20);
          if (seconds > 0) refusals += 1;
          if (seconds > 0) throw refusal();
        })
        .catch(() => undefined);
    const processes = Array.from({ length: 40 }, async (__, index) => {
      await clock.sleep(index * 25);
      const limiter = sharing ? limiterOf(store) : new RateLimiter(clock, () => 0.5);
      await Promise.all([read(limiter), read(limiter)]);
    });
    await clock.run(Promise.all(processes));
    expect(refusals).toBeGreaterThanOrEqual(least);
    expect(refusals).toBeLessThanOrEqual(most);
  });

  test('blocks this process too if another one was throttled', async () => {
    const store = new LockedRate(onThrottled(INITIAL_RATE, 0, 0, 0, 5_000));
    await clock.run(send(limiterOf(store)));
    expect(clock.now()).toBe(5_020);
  });

  test('is reset for all processes once it is above any limit', async () => {
    const store = new LockedRate({ ...onThrottled(INITIAL_RATE, 0, 0, 0, 0), perSecond: 499 });
    await clock.run(send(limiterOf(store)));
    expect(store.saved.at(-1)).toEqual({ ...INITIAL_RATE, perSecond: Infinity });
  });

  test('gives two processes separate slots', async () => {
    const store = new LockedRate(onThrottled(INITIAL_RATE, 0, 0, 0, 0));
    const left: number[] = [];
    const take = (limiter: RateLimiter) =>
      limiter.acquire('DescribeInstances', {}, () => {
        left.push(clock.now());
        return Promise.resolve();
      });
    await clock.run(Promise.all([take(limiterOf(store)), take(limiterOf(store)), take(limiterOf(store))]));
    const gaps = left.slice(1).map((at, index) => at - (left[index] ?? 0));
    for (const gap of gaps) expect(gap).toBeGreaterThan(400);
    expect(store.locked).toBeGreaterThanOrEqual(6);
  });

  test('may give the slot to another process first, and this one waits for the next', async () => {
    const store = new LockedRate(onThrottled(INITIAL_RATE, -1, -1, 0, 0));
    store.meanwhile = () => {
      store.meanwhile = () => undefined;
      store.rate = onSent(store.rate ?? INITIAL_RATE, 'read', 0);
    };
    await clock.run(send(limiterOf(store)));
    expect(clock.now()).toBe(520);
  });

  test('leaves no connection in use if other processes repeatedly take the slot first', async () => {
    const store = new LockedRate(onThrottled(INITIAL_RATE, -1, -1, 0, 0));
    let losses = 0;
    store.meanwhile = () => {
      if (losses++ < MAX_CONNECTIONS) store.rate = onSent(store.rate ?? INITIAL_RATE, 'read', clock.now());
    };
    await clock.run(send(limiterOf(store)));
    // Each lost slot costs half a second, and no more.
    expect([losses > MAX_CONNECTIONS, clock.now()]).toEqual([true, MAX_CONNECTIONS * 500 + 20]);
  });

  test('is locked only to take a free slot', async () => {
    const store = new LockedRate(onThrottled(INITIAL_RATE, 0, 0, 0, 10_000));
    const limiter = limiterOf(store);
    const first = send(limiter);
    const second = send(limiter);
    expect(store.locked).toBe(0);
    await clock.run(Promise.all([first, second]));
    // Two slots, and two outcomes.
    expect(store.locked).toBe(4);
  });
});
