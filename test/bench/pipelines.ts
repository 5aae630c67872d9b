import { NicAttachmentHandler } from '../../lib/handler';
import { Cloud } from '../../lib/simulator';
import { fullJitter } from '../../lib/zec/clock';
import { ZecError } from '../../lib/zec/errors';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';
import { RateLimiter } from '../../lib/zec/rate-limiter';
import type { ZecApi } from '../../lib/zec/types';
import { instance, nic, world } from '../simulator/worlds';
import { cloudApi } from '../support/cloud-api';
import { FakeClock } from '../support/fake-clock';
import { rateLimitedApi } from '../support/rate-limited-api';
import { inParallel } from '../support/workers';
import { scenario } from './scenario';
import type { Figures, Scenario } from './scenario';
import { draws, quantile } from './statistics';
import { pollOnceASecond } from './vendor-loop';

export interface PipelineOptions {
  readonly stacks: number;
  readonly attachments: number;
  /** The account's rate limit, in requests per second. */
  readonly perSecond: number;
  readonly attachMs: readonly [number, number];
  readonly seed: number;
  /** The client: our handler with or without rate limiting, or the vendor provider's behaviour. */
  readonly by: 'paced' | 'unpaced' | 'vendor loop';
}

export interface PipelineResult {
  /** When each stack was done, in seconds from the common start. */
  readonly endsS: readonly number[];
  readonly failed: number;
  readonly requests: number;
  readonly refused: number;
}

const PARALLELISM = 10;
const PER_INSTANCE = 5;
const LATENCY_MS = 80;
/** All pipelines start within this time, like nightly pipelines. */
const BEGIN_WITHIN_MS = 5_000;

/** Many pipelines, each on its own machine, that attach concurrently in one account with a rate limit. */
export async function runPipelines(options: PipelineOptions): Promise<PipelineResult> {
  const { stacks, attachments, perSecond, attachMs, seed, by } = options;
  const clock = new FakeClock();
  const total = stacks * attachments;
  const cloud = new Cloud({
    world: world({
      instances: Array.from({ length: Math.ceil(total / PER_INSTANCE) }, (_, at) => instance(`ins-${at}`)),
      nics: Array.from({ length: total }, (_, at) => nic(`nic-${at}`)),
      settings: { attachMs: [...attachMs], rateLimitPerSecond: perSecond, seed },
    }),
    now: () => clock.wall(),
  });
  const counts = { requests: 0, refused: 0, failed: 0 };
  const account = observed(cloudApi(cloud, clock, LATENCY_MS), counts);
  const stack = async (number: number): Promise<number> => {
    const random = draws(seed * 1_000 + number);
    await clock.sleep(random() * BEGIN_WITHIN_MS);
    const attach = attacher(by, account, clock, random);
    const own = Array.from({ length: attachments }, (_, at) => number * attachments + at);
    await inParallel(own, PARALLELISM, async (at) => {
      const target = {
        nicId: parseNicId(`nic-${at}`),
        instanceId: parseInstanceId(`ins-${Math.floor(at / PER_INSTANCE)}`),
      };
      if (!(await attach(target))) counts.failed += 1;
    });
    return clock.now() / 1_000;
  };
  const all = Promise.all(Array.from({ length: stacks }, (_, number) => stack(number)));
  const endsS = await clock.run(all, { maxWaits: 20_000_000 });
  return { endsS, ...counts };
}

type Attach = (target: Parameters<NicAttachmentHandler['create']>[0]) => Promise<boolean>;

function attacher(by: PipelineOptions['by'], api: ZecApi, clock: FakeClock, random: () => number): Attach {
  if (by === 'vendor loop') return (target) => pollOnceASecond(api, clock, target);
  const client =
    by === 'paced'
      ? rateLimitedApi(api, new RateLimiter(clock, random), clock, random)
      : retrying(api, clock, random);
  const handler = new NicAttachmentHandler(client, { clock, random });
  return async (target) => (await handler.create(target)).ok;
}

function observed(api: ZecApi, counts: { requests: number; refused: number }): ZecApi {
  return wrapped(api, async (send) => {
    counts.requests += 1;
    try {
      return await send();
    } catch (error) {
      if (error instanceof ZecError && error.httpStatus === 429) counts.refused += 1;
      throw error;
    }
  });
}

/** A client without a rate limiter: up to four tries per read, with full jitter. */
function retrying(api: ZecApi, clock: FakeClock, random: () => number): ZecApi {
  const reads = wrapped(api, async (send) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await send();
      } catch (error) {
        if (!(error instanceof ZecError) || error.kind !== 'transient' || attempt >= 4) throw error;
        const waitMs = fullJitter(attempt, { baseMs: 500, capMs: 8_000 }, random);
        await clock.sleep(Math.max(waitMs, error.retryAfterMs ?? 0));
      }
    }
  });
  return {
    ...reads,
    attachNetworkInterface: (...call) => api.attachNetworkInterface(...call),
    detachNetworkInterface: (...call) => api.detachNetworkInterface(...call),
  };
}

function wrapped(api: ZecApi, around: <T>(send: () => Promise<T>) => Promise<T>): ZecApi {
  return {
    attachNetworkInterface: (...call) => around(() => api.attachNetworkInterface(...call)),
    detachNetworkInterface: (...call) => around(() => api.detachNetworkInterface(...call)),
    startInstances: (...call) => around(() => api.startInstances(...call)),
    stopInstances: (...call) => around(() => api.stopInstances(...call)),
    describeNetworkInterfaces: (...call) => around(() => api.describeNetworkInterfaces(...call)),
    describeInstances: (...call) => around(() => api.describeInstances(...call)),
  };
}

type Shares = 'last' | 'median' | 'first' | 'failed' | 'refused' | 'requests';

async function figuresOf(by: PipelineOptions['by']): Promise<Figures<Shares>> {
  const setting = { stacks: 100, attachments: 20, perSecond: 20, seed: 1 };
  const { endsS, ...counts } = await runPipelines({ ...setting, attachMs: [5_000, 15_000], by });
  const sorted = [...endsS].sort((a, b) => a - b);
  return { ...counts, first: quantile(sorted, 0), median: quantile(sorted, 0.5), last: quantile(sorted, 1) };
}

/** `first`, `median` and `last` are the times at which stacks were done, including those that failed. */
const crowd = (['vendor loop', 'unpaced'] as const).map((baseline) =>
  scenario<Shares>({
    name: `pipelines: 100 stacks of 20, 20 requests a second, against ${baseline}`,
    against: baseline === 'unpaced' ? 'the same without pacing' : 'a read every second, SDK back-off',
    metrics: {
      last: { unit: 's' },
      median: { unit: 's' },
      first: { unit: 's' },
      failed: { unit: 'of 2000' },
      refused: { unit: 'requests' },
      requests: { unit: 'requests' },
    },
    runs: 1,
    steady: true,
    slow: true,
    prepare: () =>
      Promise.resolve({ baseline: () => figuresOf(baseline), subject: () => figuresOf('paced') }),
  }),
);

export const PIPELINES: readonly Scenario[] = crowd;
