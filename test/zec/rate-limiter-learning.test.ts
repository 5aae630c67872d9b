import { getEventListeners } from 'node:events';
import { ZecResponseError, ZecApiError, ZecNetworkError } from '../../lib/zec';
import type { ZecError } from '../../lib/zec';
import { INITIAL_RATE, onSent, onThrottled } from '../../lib/zec/rate';
import { RateLimiter, RateLimitError } from '../../lib/zec/rate-limiter';
import type { RateStore } from '../../lib/zec/rate-limiter';
import { MAX_CONNECTIONS } from '../../lib/zec/transport';
import { FakeClock } from '../support/fake-clock';
import { LockedRate } from './shared-rate';

const READ = 'DescribeInstances';
const CHANGE = 'AttachNetworkInterface';

let clock: FakeClock;
beforeEach(() => {
  clock = new FakeClock();
});

const limiterOf = (store?: RateStore, random = 0.5) => new RateLimiter(clock, () => random, store);
const failed = (work: Promise<unknown>) =>
  work.then(
    () => 'sent',
    (error: unknown) => error,
  );
const send = (limiter: RateLimiter, error?: Error, ms = 20) =>
  failed(
    limiter.acquire(READ, {}, async () => {
      await clock.sleep(ms);
      if (error !== undefined) throw error;
    }),
  );
const apiError = (httpStatus: number, code = 'X', retryAfterMs?: number) =>
  new ZecApiError({ action: READ, code, message: '', httpStatus, retryAfterMs });

describe('a throttled request', () => {
  test.each<[string, () => ZecError, number]>([
    ['without a word about the pause', () => apiError(429), 1_000 + 250],
    ['with a short one', () => apiError(429, 'X', 200), 200 + 100],
    ['with a long one', () => apiError(429, 'X', 7_000), 7_000 + 250],
    ['with its error code', () => apiError(400, 'REQUEST_LIMIT_EXCEEDED', 2_000), 2_000 + 250],
    [
      'with a response that is not from the API',
      () =>
        new ZecResponseError('m', {
          action: READ,
          kind: 'transient',
          outcome: 'not-applied',
          httpStatus: 429,
        }),
      1_000 + 250,
    ],
  ])('%s blocks all requests for the Retry-After plus jitter', async (_, errorOf, ms) => {
    const store = new LockedRate(undefined);
    await clock.run(send(limiterOf(store), errorOf()));
    expect(store.rate?.blockedUntil).toBe(20 + ms);
  });

  test('sets the rate from the successes of the second before it', async () => {
    const store = new LockedRate(undefined);
    const limiter = limiterOf(store);
    await clock.run(Promise.all(Array.from({ length: 2 }, () => send(limiter))));
    await clock.run(clock.sleep(2_000));
    for (let count = 0; count < 5; count += 1) await clock.run(send(limiter));
    await clock.run(send(limiter, apiError(429)));
    expect(store.rate?.perSecond).toBe(5 * 0.8);
    expect(store.rate?.threshold).toBe(5 * 0.8);
  });

  test.each([
    [900, false],
    [899, true],
  ])(
    '%i ms after four requests: the limit is known: %s, as four must succeed within a second',
    async (ms, known) => {
      const store = new LockedRate(undefined);
      const limiter = limiterOf(store);
      // Enough that requests are no longer spaced.
      for (let count = 0; count < 40; count += 1) await clock.run(send(limiter));
      await clock.run(clock.sleep(2_000));
      await clock.run(Promise.all(Array.from({ length: 4 }, () => send(limiter))));
      await clock.run(clock.sleep(100));
      await clock.run(send(limiter, apiError(429), ms));
      expect(store.rate?.threshold !== Infinity).toBe(known);
    },
  );

  test('uses only the last 64 successes', async () => {
    const store = new LockedRate(undefined);
    const limiter = limiterOf(store);
    for (let count = 0; count < 100; count += 1) await clock.run(send(limiter, undefined, 0));
    await clock.run(send(limiter, apiError(429)));
    expect(store.rate?.perSecond).toBe(64 * 0.8);
  });

  test('does not change the rate if the request was sent before the last throttling', async () => {
    const store = new LockedRate(undefined);
    const limiter = limiterOf(store);
    await clock.run(Promise.all([send(limiter, apiError(429), 20), send(limiter, apiError(429), 30)]));
    expect(store.rate).toMatchObject({ perSecond: 2, throttledAt: 20, blockedUntil: 30 + 1_250 });
  });
});

describe('under a limit', () => {
  const limit = () => new LockedRate(onThrottled(INITIAL_RATE, -1, -1, 0, 0));

  test.each<[string, () => Error, number]>([
    ['a response counts as a success, even an error', () => apiError(500), 1],
    [
      'a lost connection is not counted',
      () => new ZecNetworkError('m', { action: READ, outcome: 'unknown' }),
      0,
    ],
    ['a programming error is not counted', () => new Error('bug'), 0],
  ])('%s', async (_, errorOf, count) => {
    const error = errorOf();
    const store = limit();
    expect(await clock.run(send(limiterOf(store), error))).toBe(error);
    expect(store.rate?.successes).toBe(count);
  });

  test('waitForRead includes the waiting reads', async () => {
    await clock.run(clock.sleep(100));
    const store = limit();
    const limiter = limiterOf(store);
    const waiting = [send(limiter), send(limiter), send(limiter)];
    const from = clock.now();
    let clearedAt = 0;
    const cleared = limiter.waitForRead().then(() => (clearedAt = clock.now()));
    await clock.run(Promise.all([...waiting, cleared]));
    // One is sent immediately, the next one is due in half a second, and two wait.
    expect(clearedAt - from).toBe(500 + 1_000);
  });

  test('waitForRead returns immediately if a read may be sent', async () => {
    await limiterOf().waitForRead();
    await limiterOf(new LockedRate(onThrottled(INITIAL_RATE, 0, 0, 0, 0))).waitForRead();
    expect(clock.now()).toBe(0);
  });

  test('waitForRead ends when its signal aborts', async () => {
    const store = limit();
    await clock.run(send(limiterOf(store)));
    const enough = new AbortController();
    const cleared = failed(limiterOf(store).waitForRead(enough.signal));
    enough.abort(new Error('enough'));
    expect(await cleared).toEqual(new Error('enough'));
  });

  test('a new request waits behind waiting ones, even if a slot is free', async () => {
    const store = limit();
    const limiter = limiterOf(store);
    const order: string[] = [];
    const take = (name: string) => limiter.acquire(READ, {}, () => Promise.resolve(order.push(name)));
    const first = [take('first'), take('second')];
    store.rate = INITIAL_RATE;
    await clock.run(Promise.all([...first, take('third')]));
    expect(order).toEqual(['first', 'second', 'third']);
  });

  test('an aborted signal takes no slot, and no listener remains on a signal', async () => {
    const store = limit();
    const limiter = limiterOf(store);
    const left = send(limiter);
    const reason = new Error('enough');
    const gone = limiter.acquire(READ, { signal: AbortSignal.abort(reason) }, () => Promise.resolve());
    expect(await clock.run(failed(gone))).toBe(reason);
    const { signal } = new AbortController();
    const kept = limiter.acquire(READ, { signal }, () => Promise.resolve());
    await clock.run(Promise.all([left, kept]));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('a mutating request that is not sent has an error that says why', async () => {
    const store = new LockedRate(onThrottled(INITIAL_RATE, 0, 0, 0, 60_000));
    const change = failed(limiterOf(store).acquire(CHANGE, { sendBefore: 2_000 }, () => Promise.resolve()));
    const error = await clock.run(change);
    expect(error).toBeInstanceOf(RateLimitError);
    expect(error).toMatchObject({
      action: CHANGE,
      message:
        'AttachNetworkInterface was not sent: the API limits the rate, and no slot became available before the deadline',
    });
    expect(clock.now()).toBe(2_000);
  });

  test('a mutating request past its sendBefore is not sent, even if it is next', async () => {
    const store = new LockedRate(onThrottled(INITIAL_RATE, 0, 0, 0, 100));
    const take = (sendBefore: number) =>
      failed(limiterOf(store).acquire(CHANGE, { sendBefore }, () => Promise.resolve()));
    expect(await clock.run(take(99))).toBeInstanceOf(RateLimitError);
    expect(await clock.run(take(101))).toBe('sent');
    expect(clock.now()).toBe(100);
  });
});

test('requests in flight are limited to the number of connections, and the end of one starts the next', async () => {
  const limiter = limiterOf();
  // Enough requests have succeeded that they are no longer spaced.
  for (let round = 0; round < 40; round += 1) await clock.run(send(limiter, undefined, 100));
  const from = clock.now();
  let most = 0;
  let open = 0;
  const ends: number[] = [];
  const all = Array.from({ length: 3 * MAX_CONNECTIONS }, () =>
    limiter.acquire(READ, {}, async () => {
      most = Math.max(most, (open += 1));
      await clock.sleep(1_000);
      open -= 1;
      ends.push(clock.now() - from);
    }),
  );
  // A request that waits for a connection is woken by the end of another, and does not poll.
  await clock.run(Promise.all(all), { maxWaits: 4 * all.length });
  expect(most).toBe(MAX_CONNECTIONS);
  expect([ends[0], ends[MAX_CONNECTIONS], ends.at(-1)]).toEqual([1_000, 2_000, 3_000]);
});

test('the next slot goes to the kind that is due first', async () => {
  const store = new LockedRate(
    onSent({ ...onThrottled(INITIAL_RATE, 0, 0, 0, 0), nextWriteAt: 1_500 }, 'read', 0),
  );
  const limiter = limiterOf(store);
  const left: string[] = [];
  const take = (action: typeof READ | typeof CHANGE) =>
    limiter.acquire(action, {}, () => Promise.resolve(left.push(`${action} ${clock.now()}`)));
  await clock.run(Promise.all([take(CHANGE), take(READ)]));
  expect(left).toEqual(['DescribeInstances 500', 'AttachNetworkInterface 1500']);
});
