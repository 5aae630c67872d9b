import { fullJitter } from '../../lib/zec/clock';
import type { Clock } from '../../lib/zec/clock';
import { ZecError } from '../../lib/zec/errors';
import type { RateLimiter } from '../../lib/zec/rate-limiter';
import type { Action, CallOptions, ZecApi } from '../../lib/zec/types';

const TRIES = 4;

/** An API with a rate limiter and the retries of the real client. */
export function rateLimitedApi(
  api: ZecApi,
  limiter: RateLimiter,
  clock: Clock,
  random: () => number,
): ZecApi {
  async function read<T>(action: Action, options: CallOptions, send: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await limiter.acquire(action, options, send);
      } catch (error) {
        if (!(error instanceof ZecError) || error.kind !== 'transient' || attempt >= TRIES) throw error;
        const waitMs = fullJitter(attempt, { baseMs: 500, capMs: 8_000 }, random);
        await clock.sleep(Math.max(waitMs, error.retryAfterMs ?? 0), options.signal);
      }
    }
  }
  return {
    attachNetworkInterface: (request, options = {}) =>
      limiter.acquire('AttachNetworkInterface', options, () => api.attachNetworkInterface(request, options)),
    detachNetworkInterface: (request, options = {}) =>
      limiter.acquire('DetachNetworkInterface', options, () => api.detachNetworkInterface(request, options)),
    startInstances: (request, options = {}) =>
      limiter.acquire('StartInstances', options, () => api.startInstances(request, options)),
    stopInstances: (request, options = {}) =>
      limiter.acquire('StopInstances', options, () => api.stopInstances(request, options)),
    describeNetworkInterfaces: (request, options = {}) =>
      read('DescribeNetworkInterfaces', options, () => api.describeNetworkInterfaces(request, options)),
    describeInstances: (request, options = {}) =>
      read('DescribeInstances', options, () => api.describeInstances(request, options)),
    waitForRead: (signal) => limiter.waitForRead(signal),
  };
}
