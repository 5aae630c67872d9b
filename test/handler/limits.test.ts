import { NicAttachmentHandler } from '../../lib/handler';
import { Cloud } from '../../lib/simulator';
import { Random } from '../../lib/simulator/random';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';
import type { Rate } from '../../lib/zec/rate';
import { RateLimiter } from '../../lib/zec/rate-limiter';
import type { RateStore } from '../../lib/zec/rate-limiter';
import { world } from '../simulator/worlds';
import { cloudApi } from '../support/cloud-api';
import { FakeClock } from '../support/fake-clock';
import { rateLimitedApi } from '../support/rate-limited-api';

const ATTACHMENTS = 50;
const PARALLEL = 10;

/** The state that processes on one machine share. */
class UnlockedRate implements RateStore {
  private rate: Rate | undefined;

  public load(): Rate | undefined {
    return this.rate;
  }

  public save(rate: Rate): void {
    this.rate = rate;
  }

  public withLock<T>(work: () => T): T {
    return work();
  }
}

/** Fifty attachments, ten at a time, in a cloud with a rate limit. */
async function attachAll(
  perSecond: number,
  pipelines: number,
  sharing: 'one process' | 'a process each, which share the rate' | 'a process each, alone',
  seed = 1,
  retryAfter = true,
) {
  const clock = new FakeClock();
  const random = new Random(seed, sharing);
  const next = () => random.next();
  const total = ATTACHMENTS * pipelines;
  const ids = Array.from({ length: total }, (_, index) => index);
  const cloud = new Cloud({
    now: () => clock.wall(),
    world: world({
      instances: ids.map((at) => ({ instanceId: `ins-${at}`, zoneId: 'asia-east-1a', status: 'RUNNING' })),
      nics: ids.map((at) => ({
        nicId: `nic-${at}`,
        regionId: 'asia-east-1',
        nicType: 'Secondary',
        status: 'AVAILABLE',
      })),
      settings: { rateLimitPerSecond: perSecond, retryAfter },
    }),
  });
  const api = cloudApi(cloud, clock);
  const store = sharing === 'a process each, which share the rate' ? new UnlockedRate() : undefined;
  const process = () => {
    const limiter = new RateLimiter(clock, next, store);
    return new NicAttachmentHandler(rateLimitedApi(api, limiter, clock, next), { clock, random: next });
  };
  const pipeline = async (first: number) => {
    const left = ids.slice(first * ATTACHMENTS, (first + 1) * ATTACHMENTS);
    const whole = sharing === 'one process' ? process() : undefined;
    const worker = async (): Promise<void> => {
      for (let at = left.shift(); at !== undefined; at = left.shift()) {
        // The start of a process takes time.
        if (whole === undefined) await clock.sleep(100 + 200 * next());
        const target = { nicId: parseNicId(`nic-${at}`), instanceId: parseInstanceId(`ins-${at}`) };
        const result = await (whole ?? process()).create(target, { timeoutMs: 600_000 });
        if (!result.ok) throw result.error;
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, worker));
    return clock.now() / 1000;
  };
  const ends = await clock.run(Promise.all(Array.from({ length: pipelines }, (_, index) => pipeline(index))));
  const requests = cloud.requests();
  const refused = requests.filter(({ status }) => status === 429).length;
  return { share: refused / requests.length, requests: requests.length, ends };
}

test.each([
  [3, 'one process'],
  [5, 'one process'],
  [20, 'one process'],
  [3, 'a process each, which share the rate'],
  [5, 'a process each, which share the rate'],
  [20, 'a process each, which share the rate'],
] as const)('with a limit of %s requests/s, %s: less than 5 %% are throttled', async (perSecond, sharing) => {
  const { share, requests, ends } = await attachAll(perSecond, 1, sharing);
  expect(share).toBeLessThan(0.05);
  // Most of the limit is used, apart from the duration without a limit.
  const unlimited = await attachAll(0, 1, sharing);
  expect(Math.max(...ends)).toBeLessThan((2 * requests) / perSecond + Math.max(...unlimited.ends));
});

test.each([3, 20])(
  'with a limit of %s requests/s and no Retry-After, less than 5 %% are throttled',
  async (perSecond) => {
    const { share, requests, ends } = await attachAll(perSecond, 1, 'one process', 1, false);
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(0.05);
    const unlimited = await attachAll(0, 1, 'one process');
    expect(Math.max(...ends)).toBeLessThan((2 * requests) / perSecond + Math.max(...unlimited.ends));
  },
);

test('without a shared rate, processes are throttled far more often', async () => {
  const { share } = await attachAll(5, 1, 'a process each, alone');
  expect(share).toBeGreaterThan(0.2);
});

// Which pipeline ends first is random, so their spread is not meaningful: the slowest is compared with the account's limit.
test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'four concurrent pipelines, each one process without a shared rate: none is starved (seed %s)',
  async (seed) => {
    const { share, requests, ends } = await attachAll(5, 4, 'one process', seed);
    expect(Math.max(...ends)).toBeLessThan((1.6 * requests) / 5);
    expect(share).toBeLessThan(0.1);
  },
);

test('four concurrent pipelines with a shared rate finish at about the same time', async () => {
  const { share, ends } = await attachAll(5, 4, 'a process each, which share the rate');
  expect(Math.max(...ends) / Math.min(...ends)).toBeLessThan(1.25);
  expect(share).toBeLessThan(0.05);
});
