import { ENV } from '../contract';
import { parseInstanceId, parseNicId } from '../zec/ids';
import { EXIT } from './exit-codes';
import { DEFAULT_TIMEOUT, duration, id, JSON_FLAG, required, withDefault } from './options';

/** What a command that attaches needs to know. */
export const ATTACH_OPTIONS = {
  nicId: required(id({ value: 'X', help: 'the vNIC', env: ENV.nicId }, parseNicId)),
  instanceId: required(
    id({ value: 'Y', help: 'the instance, which must be running', env: ENV.instanceId }, parseInstanceId),
  ),
  timeout: withDefault(
    duration('timeout', { help: 'how long it may take: 90s, 10m, 1h30m', env: ENV.timeout }),
    DEFAULT_TIMEOUT,
  ),
  json: JSON_FLAG,
};

export const ATTACH_EXIT_CODES = {
  [EXIT.done]: 'attached',
  [EXIT.failed]: 'not attached; the error says why, and whether anything may be left behind',
  [EXIT.timedOut]: 'not attached in time',
};
