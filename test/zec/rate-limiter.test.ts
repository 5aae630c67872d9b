import { setMaxListeners } from 'node:events';
import { setImmediate as nextTick } from 'node:timers/promises';
import { Random } from '../../lib/simulator/random';
import { RateLimit } from '../../lib/simulator/rules';
import { ZecApiError, ZecNetworkError } from '../../lib/zec';
import { RateLimiter, RateLimitError } from '../../lib/zec/rate-limiter';
import { MAX_CONNECTIONS } from '../../lib/zec/transport';
import type { Action, CallOptions } from '../../lib/zec/types';
import { FakeClock } from '../support/fake-clock';
import { FixedWindow, SlidingWindow, TokenBucket } from '../support/rate-limiters';
import type { ServerLimiter } from '../support/rate-limiters';

const READ: Action = 'DescribeInstances';
const CHANGE: Action = 'DetachNetworkInterface';

/** Clients of one account with a limit of `perSecond` requests; 0 for no limit. */
class LimitedAccount {
  public readonly clock = new FakeClock();
  public readonly log: { readonly name: string; readonly at: number; readonly passed: boolean }[] = [];
  public failure: Error | undefined;
  private readonly limit = new RateLimit();
  private seed = 1;

  public constructor(
    public perSecond: number,
    private readonly server: ServerLimiter = { take: (now) => this.limit.take(this.perSecond, now) },
  ) {}

  public newLimiter(): RateLimiter {
    const random = new Random(this.seed++, 'limiter');
    return new RateLimiter(this.clock, () => random.next());
  }

  /** One request, which takes 20 ms. */
  public request(
    limiter: RateLimiter,
    name: string,
    action = READ,
    options: CallOptions = {},
  ): Promise<void> {
    return limiter.acquire(action, options, async () => {
      const at = this.clock.now();
      const seconds = this.server.take(at);
      this.log.push({ name, at, passed: seconds === 0 });
      await this.clock.sleep(20);
      if (this.failure !== undefined) throw this.failure;
      if (seconds > 0) throw limitError(action, seconds * 1000);
    });
  }

  /** Repeats a request until it is not throttled. */
  public async insist(limiter: RateLimiter, name: string, action = READ): Promise<void> {
    for (;;) {
      try {
        await this.request(limiter, name, action);
        return;
      } catch (error) {
        if (!(error instanceof ZecApiError)) throw error;
      }
    }
  }

  public get refused(): number {
    return this.log.filter(({ passed }) => !passed).length;
  }
}

function limitError(action: Action, retryAfterMs?: number): ZecApiError {
  const message = 'The request rate exceeds the limit of the account.';
  return new ZecApiError({
    action,
    code: 'REQUEST_LIMIT_EXCEEDED',
    message,
    httpStatus: 429,
    retryAfterMs,
  });
}

const LOST = new ZecNetworkError('broke', { action: READ, outcome: 'not-applied' });

const times = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Makes a limiter that was throttled just now: two requests a second, after a pause of a second. */
async function limited(account: LimitedAccount): Promise<RateLimiter> {
  const limiter = account.newLimiter();
  account.failure = limitError(READ, 1000);
  await account.clock.run(account.request(limiter, 'refused').catch(() => undefined));
  account.failure = undefined;
  account.log.length = 0;
  return limiter;
}

describe('without a limit', () => {
  test('the two requests of a poll are sent at once', async () => {
    const account = new LimitedAccount(0);
    const limiter = account.newLimiter();
    await account.clock.run(Promise.all(times(2).map(() => account.request(limiter, 'a'))));
    expect(account.log.map(({ at }) => at)).toEqual([0, 0]);
  });

  test('the first hundred requests are delayed by less than a second in total, and later ones not at all', async () => {
    const account = new LimitedAccount(0);
    const limiter = account.newLimiter();
    await account.clock.run(Promise.all(times(100).map(() => account.request(limiter, 'a'))));
    expect(account.clock.now()).toBeLessThan(1000);
    const from = account.clock.now();
    await account.clock.run(Promise.all(times(1000).map(() => account.request(limiter, 'a'))));
    expect(account.clock.now() - from).toBeLessThan((1000 / MAX_CONNECTIONS) * 20 * 1.5);
  });

  test('failures other than throttling do not lower the rate', async () => {
    const account = new LimitedAccount(0);
    const limiter = account.newLimiter();
    account.failure = LOST;
    for (const index of times(10)) {
      await account.clock.run(account.request(limiter, `${index}`).catch(() => undefined));
    }
    expect(account.clock.now()).toBeLessThan(400);
  });
});

describe('under a limit', () => {
  test.each([3, 5, 20, 50])(
    'of %s a second: few throttled requests, and most of the limit is used',
    async (rate) => {
      const account = new LimitedAccount(rate);
      const limiter = account.newLimiter();
      const count = Math.max(300, rate * 40);
      await account.clock.run(Promise.all(times(count).map(() => account.insist(limiter, 'a'))));
      expect(account.refused / account.log.length).toBeLessThan(0.05);
      expect(account.clock.now() / 1000).toBeLessThan(count / rate / 0.8);
    },
  );

  test('that is lifted, the rate recovers', async () => {
    const account = new LimitedAccount(5);
    const limiter = account.newLimiter();
    await account.clock.run(Promise.all(times(100).map(() => account.insist(limiter, 'a'))));
    account.perSecond = 0;
    await account.clock.run(Promise.all(times(400).map(() => account.insist(limiter, 'a'))));
    const from = account.clock.now();
    await account.clock.run(Promise.all(times(500).map(() => account.insist(limiter, 'a'))));
    expect(account.clock.now() - from).toBeLessThan(3000);
  });

  test.each([
    ['fixed windows', (rate: number) => new FixedWindow(rate)],
    ['a token bucket of five seconds', (rate: number) => new TokenBucket(rate, 5 * rate)],
    ['a sliding window of a second', (rate: number) => new SlidingWindow(rate)],
  ])('enforced by %s: few throttled requests, and most of the limit is used', async (_, server) => {
    const account = new LimitedAccount(20, server(20));
    const limiter = account.newLimiter();
    await account.clock.run(Promise.all(times(1_000).map(() => account.insist(limiter, 'a'))));
    expect(account.refused / account.log.length).toBeLessThan(0.05);
    expect(account.clock.now() / 1000).toBeLessThan(1_000 / 20 / 0.7);
  });

  test('after ten throttled requests the rate recovers within seconds', async () => {
    const account = new LimitedAccount(0);
    const limiter = account.newLimiter();
    await account.clock.run(Promise.all(times(20).map(() => account.insist(limiter, 'before'))));
    account.failure = limitError(READ, 1000);
    for (const index of times(10)) {
      await account.clock.run(account.request(limiter, `${index}`).catch(() => undefined));
    }
    account.failure = undefined;
    const from = account.clock.now();
    await account.clock.run(Promise.all(times(20).map(() => account.insist(limiter, 'after'))));
    expect(account.clock.now() - from).toBeLessThan(8_000);
  });

  test('after throttled, failed and successful requests in turn, the rate recovers within seconds', async () => {
    const account = new LimitedAccount(0);
    const limiter = account.newLimiter();
    const outcomes = [limitError(READ, 1000), undefined, limitError(READ, 1000), LOST];
    for (const index of times(24)) {
      account.failure = outcomes[index % 4];
      await account.clock.run(account.request(limiter, `${index}`).catch(() => undefined));
    }
    account.failure = undefined;
    const from = account.clock.now();
    await account.clock.run(Promise.all(times(20).map(() => account.request(limiter, 'after'))));
    expect(account.clock.now() - from).toBeLessThan(30_000);
  });

  test('four clients without a shared rate: none is starved', async () => {
    const account = new LimitedAccount(10);
    const ends = await account.clock.run(
      Promise.all(
        times(4).map(async (client) => {
          const limiter = account.newLimiter();
          await Promise.all(times(100).map(() => account.insist(limiter, `${client}`)));
          return account.clock.now();
        }),
      ),
    );
    expect(Math.max(...ends) / Math.min(...ends)).toBeLessThan(3);
    expect(account.refused / account.log.length).toBeLessThan(0.1);
    expect(Math.max(...ends) / 1000).toBeLessThan(60);
  });

  test('Retry-After blocks all requests', async () => {
    const account = new LimitedAccount(0);
    const limiter = account.newLimiter();
    account.failure = limitError(READ, 7000);
    await account.clock.run(account.request(limiter, 'a').catch(() => undefined));
    account.failure = undefined;
    await account.clock.run(account.request(limiter, 'b'));
    expect(account.log[1]?.at).toBeGreaterThanOrEqual(7020);
  });

  test('throttled requests that were sent together count once', async () => {
    const one = new LimitedAccount(0);
    const two = new LimitedAccount(0);
    for (const [account, count] of [
      [one, 1],
      [two, 2],
    ] as const) {
      const limiter = account.newLimiter();
      account.failure = limitError(READ, 1000);
      await account.clock.run(
        Promise.all(times(count).map(() => account.request(limiter, 'a').catch(() => undefined))),
      );
      account.failure = undefined;
      for (const index of times(5)) await account.clock.run(account.request(limiter, `${index}`));
    }
    expect(Math.abs(two.clock.now() - one.clock.now())).toBeLessThan(500);
  });
});

describe('slots', () => {
  test('mutating requests go before reads, each in order', async () => {
    const account = new LimitedAccount(0);
    const limiter = await limited(account);
    const reads = times(3).map((index) => account.request(limiter, `read ${index}`));
    const changes = times(2).map((index) => account.request(limiter, `change ${index}`, CHANGE));
    await account.clock.run(Promise.all([...reads, ...changes]));
    expect(account.log.map(({ name }) => name)).toEqual([
      'change 0',
      'change 1',
      'read 0',
      'read 1',
      'read 2',
    ]);
  });

  test('mutating requests are spaced too, and delay the next read', async () => {
    const account = new LimitedAccount(0);
    const limiter = await limited(account);
    const all = [
      account.request(limiter, 'change', CHANGE),
      account.request(limiter, 'change', CHANGE),
      account.request(limiter, 'read'),
    ];
    await account.clock.run(Promise.all(all));
    const [first, second, third] = account.log.map(({ at }) => at);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThan(400);
    expect((third ?? 0) - (second ?? 0)).toBeGreaterThan(400);
  });

  test('many mutating requests do not starve reads: one read follows every 19 of them', async () => {
    const account = new LimitedAccount(0);
    const limiter = await limited(account);
    const changes = times(40).map((index) => account.request(limiter, `change ${index}`, CHANGE));
    const reads = times(3).map((index) => account.request(limiter, `read ${index}`));
    await account.clock.run(Promise.all([...changes, ...reads]));
    const places = account.log.flatMap(({ name }, place) => (name.startsWith('read') ? [place] : []));
    expect(places).toEqual([19, 39, 42]);
  });

  test('a mutating request is never sent after sendBefore', async () => {
    const account = new LimitedAccount(0);
    const limiter = await limited(account);
    const sendBefore = account.clock.now() + 500;
    const late = account.request(limiter, 'late', CHANGE, { sendBefore });
    await expect(account.clock.run(late)).rejects.toBeInstanceOf(RateLimitError);
    expect(account.clock.now()).toBe(sendBefore);
    expect(account.log).toEqual([]);
  });

  test('an abort ends one wait, and the others keep their slots', async () => {
    const account = new LimitedAccount(0);
    const limiter = await limited(account);
    const enough = new AbortController();
    const first = account.request(limiter, 'first', READ, { signal: enough.signal });
    const second = account.request(limiter, 'second');
    enough.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    await account.clock.run(second);
    expect(account.log.map(({ name }) => name)).toEqual(['second']);
  });

  test('the queue is bounded', async () => {
    const account = new LimitedAccount(0);
    const limiter = await limited(account);
    const enough = new AbortController();
    setMaxListeners(0, enough.signal);
    const waiting = times(10_000).map(() => account.request(limiter, 'a', READ, { signal: enough.signal }));
    const settled = Promise.allSettled(waiting);
    let outcome: unknown = 'it waits';
    account.request(limiter, 'one too many').catch((error: unknown) => (outcome = error));
    await nextTick();
    expect(outcome).toBeInstanceOf(RateLimitError);
    expect(outcome).toMatchObject({
      message: expect.stringContaining('the queue is full (10,000 waiting)') as string,
    });
    enough.abort(new Error('enough'));
    await settled;
    expect(account.log).toEqual([]);
  });

  test('waitForRead waits until a read could be sent', async () => {
    const account = new LimitedAccount(0);
    const limiter = await limited(account);
    await account.clock.run(limiter.waitForRead());
    const at = account.clock.now();
    await account.clock.run(account.request(limiter, 'a'));
    expect(account.log[0]?.at).toBe(at);
    expect(at).toBeGreaterThanOrEqual(1000);
  });
});
