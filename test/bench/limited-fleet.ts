import { NicAttachmentHandler } from '../../lib/handler';
import { Cloud } from '../../lib/simulator';
import { failure, refuse } from '../../lib/simulator/responses';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';
import { RateLimiter } from '../../lib/zec/rate-limiter';
import { MAX_IDS_PER_REQUEST } from '../../lib/zec/types';
import { instance, nic, world } from '../simulator/worlds';
import { cloudApi } from '../support/cloud-api';
import { FakeClock } from '../support/fake-clock';
import { rateLimitedApi } from '../support/rate-limited-api';
import type { ServerLimiter } from '../support/rate-limiters';
import { draws } from './statistics';

export interface LimitedFleet {
  readonly count: number;
  readonly limiter: ServerLimiter;
  /** The duration of an attach, in milliseconds. */
  readonly attachMs?: readonly [number, number];
  readonly seed: number;
  readonly timeoutMs?: number;
}

export interface LimitedResult {
  readonly seconds: number;
  readonly failed: number;
  readonly requests: number;
  readonly refused: number;
  readonly reads: number;
}

const LATENCY_MS = 80;
const PER_INSTANCE = 8;
const HOUR_MS = 3_600_000;

const ATTACH_MS = 3_000;

/** The minimum for any client: two full reads and the attaches, evenly spaced, then the duration of the last attach. */
export function leastSeconds(count: number, perSecond: number) {
  const pages = (ids: number) => Math.ceil(ids / MAX_IDS_PER_REQUEST);
  const requests = count + 2 * (pages(count) + pages(Math.ceil(count / PER_INSTANCE)));
  return { time: requests / perSecond + (ATTACH_MS + LATENCY_MS) / 1000, requests, refused: 0 };
}

/** One process that attaches `count` vNICs concurrently in an account with a rate limit, on a fake clock. */
export async function attachLimited(options: LimitedFleet): Promise<LimitedResult> {
  const { count, limiter, seed, attachMs = [ATTACH_MS, ATTACH_MS], timeoutMs = HOUR_MS } = options;
  const clock = new FakeClock();
  const ids = Array.from({ length: count }, (_, at) => ({
    nicId: parseNicId(`nic-${at}`),
    instanceId: parseInstanceId(`ins-${Math.floor(at / PER_INSTANCE)}`),
  }));
  const cloud = new Cloud({
    world: world({
      instances: [...new Set(ids.map(({ instanceId }) => instanceId))].map((id) => instance(id)),
      nics: ids.map(({ nicId }) => nic(nicId)),
      settings: { attachMs: [...attachMs], seed },
    }),
    now: () => clock.wall(),
  });
  const counts = { requests: 0, refused: 0, reads: 0 };
  const handle: Cloud['handle'] = (action, parameters) => {
    counts.requests += 1;
    const seconds = limiter.take(clock.now());
    if (seconds === 0) {
      if (action.startsWith('Describe')) counts.reads += 1;
      return cloud.handle(action, parameters);
    }
    counts.refused += 1;
    const refusal = refuse('REQUEST_LIMIT_EXCEEDED', 'The request rate exceeds the limit of the account.');
    return failure('T-limited', { ...refusal, retryAfter: String(seconds) });
  };
  const random = draws(seed);
  const api = rateLimitedApi(
    cloudApi({ handle }, clock, LATENCY_MS),
    new RateLimiter(clock, random),
    clock,
    random,
  );
  const handler = new NicAttachmentHandler(api, { clock, random });
  const all = Promise.all(ids.map((target) => handler.create(target, { timeoutMs })));
  const results = await clock.run(all, { maxWaits: 20_000_000 });
  const failed = results.filter(({ ok }) => !ok).length;
  return { seconds: clock.now() / 1000, failed, ...counts };
}
