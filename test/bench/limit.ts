import { FixedWindow, SlidingWindow, TokenBucket } from '../support/rate-limiters';
import type { ServerLimiter } from '../support/rate-limiters';
import { attachLimited, leastSeconds } from './limited-fleet';
import { scenario } from './scenario';
import type { Scenario } from './scenario';

const PER_SECOND = 20;

/** Possible rate limit algorithms; the first is the simulator's. */
const LIMITERS: Readonly<Record<string, () => ServerLimiter>> = {
  'a bucket of one second': () => new TokenBucket(PER_SECOND, PER_SECOND),
  'a bucket of five seconds': () => new TokenBucket(PER_SECOND, 5 * PER_SECOND),
  'fixed windows': () => new FixedWindow(PER_SECOND),
  'sliding windows': () => new SlidingWindow(PER_SECOND),
};

type Limited = 'time' | 'requests' | 'refused';

/** One process, on a fake clock, without Terraform's own overhead. */
export const LIMIT: readonly Scenario[] = [100, 1_000].flatMap((count) =>
  Object.entries(LIMITERS).map(([name, limiter], at) =>
    scenario<Limited>({
      name: `limit: ${count} attachments at once, ${PER_SECOND} requests a second, ${name}`,
      against: 'the minimum number of requests, at the limit',
      metrics: {
        time: { unit: 's', ...(count === 1_000 && at === 0 ? { goal: 1.2 } : {}) },
        requests: { unit: 'requests' },
        refused: { unit: '% of requests', ...(count === 1_000 ? { goalMost: 5 } : {}) },
      },
      runs: 3,
      steady: true,
      prepare: () => {
        let seed = 0;
        return Promise.resolve({
          baseline: () => Promise.resolve(leastSeconds(count, PER_SECOND)),
          subject: async () => {
            const result = await attachLimited({ count, limiter: limiter(), seed: (seed += 1) });
            if (result.failed > 0) throw new Error(`${result.failed} attachments failed`);
            const refused = (100 * result.refused) / result.requests;
            return { time: result.seconds, requests: result.requests, refused };
          },
        });
      },
    }),
  ),
);
