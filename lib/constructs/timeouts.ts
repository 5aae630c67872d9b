import { IConstruct } from 'constructs';
import { DEFAULT_TIMEOUT_SECONDS } from '../contract';
import { isTimeout, parseDuration } from '../duration';
import { errorAt, invalidTimeout, invalidTimeouts, tokenTimeout } from './errors';
import { frameworkOf } from './framework';

const DEFAULT = `${DEFAULT_TIMEOUT_SECONDS / 60}m`;

/**
 * A validated timeout, or the default.
 * @throws Error if it is not a duration, zero, too long, or a token, or if `timeouts` is no object
 */
export function checkedTimeout(where: IConstruct, prop: 'create' | 'delete', timeouts: unknown): string {
  if (typeof (timeouts ?? {}) !== 'object') throw errorAt(where, invalidTimeouts(timeouts));
  const value = (timeouts as Record<string, unknown> | undefined)?.[prop] ?? DEFAULT;
  if (frameworkOf(where).Token.isUnresolved(value)) throw errorAt(where, tokenTimeout(prop));
  if (typeof value !== 'string' || !isTimeout(value)) throw errorAt(where, invalidTimeout(prop, value));
  return value;
}

/** The longest timeout, or the default if there are none. */
export function longestTimeout(timeouts: readonly string[]): string {
  return timeouts.reduce(
    (longest, each) => ((parseDuration(each) ?? 0) > (parseDuration(longest) ?? 0) ? each : longest),
    timeouts[0] ?? DEFAULT,
  );
}

/** The timeout to write to the stack; `undefined` for the default. */
export function declaredTimeout(timeout: string): string | undefined {
  return parseDuration(timeout) === DEFAULT_TIMEOUT_SECONDS * 1000 ? undefined : timeout;
}
