import * as v from 'valibot';
import type { Cloud } from '../../lib/simulator';
import type { Clock } from '../../lib/zec/clock';
import { ZecResponseError, ZecApiError, ZecNetworkError } from '../../lib/zec/errors';
import { acceptedSchema, instancesSchema, nicsSchema, startStopSchema } from '../../lib/zec/types';
import type { Accepted, Action, ResponseSchema, CallOptions, ZecApi } from '../../lib/zec/types';

const HANG_MS = 30_000;

/**
 * The client's API on a simulated account, without HTTP and on a fake clock. Responses arrive after `latencyMs`,
 * and connection faults become the errors of the real client.
 */
export function cloudApi(cloud: Pick<Cloud, 'handle'>, clock: Clock, latencyMs = 20): ZecApi {
  async function call<T extends Accepted>(
    action: Action,
    request: object,
    schema: ResponseSchema<T>,
    options: CallOptions = {},
  ): Promise<T> {
    options.onSend?.();
    const outcome = action.startsWith('Describe') ? 'not-applied' : 'unknown';
    await clock.sleep(latencyMs / 2, options.signal);
    const response = cloud.handle(action, JSON.parse(JSON.stringify(request)));
    const delayMs = response.kind === 'hang' ? HANG_MS : latencyMs / 2 + response.delayMs;
    await clock.sleep(delayMs, options.signal);
    if (response.kind === 'malformed') {
      throw new ZecResponseError(`${action}: the response is not in the API’s format`, {
        action,
        kind: 'transient',
        outcome,
      });
    }
    if (response.kind !== 'response')
      throw new ZecNetworkError(`${action}: no response`, { action, outcome });
    const { body, status, headers } = response;
    if ('response' in body) return v.parse(schema, body.response);
    const retryAfter = headers['retry-after'];
    throw new ZecApiError({
      ...body,
      action,
      httpStatus: status,
      retryAfterMs: retryAfter === undefined ? undefined : Number(retryAfter) * 1000,
    });
  }
  return {
    attachNetworkInterface: (request, options) =>
      call('AttachNetworkInterface', request, acceptedSchema, options),
    detachNetworkInterface: (request, options) =>
      call('DetachNetworkInterface', request, acceptedSchema, options),
    startInstances: (request, options) => call('StartInstances', request, startStopSchema, options),
    stopInstances: (request, options) => call('StopInstances', request, startStopSchema, options),
    describeNetworkInterfaces: (request, options) =>
      call('DescribeNetworkInterfaces', request, nicsSchema, options),
    describeInstances: (request, options) => call('DescribeInstances', request, instancesSchema, options),
  };
}
