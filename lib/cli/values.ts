import { DURATION_FORMAT, parseDuration } from '../duration';
import { quote } from '../zec/ids';
import { MAX_TAGS, type NicFilter } from '../zec/types';
import { UsageError } from './errors';

/**
 * Parses a duration into milliseconds.
 * @param name the name of the value in the error
 * @throws UsageError
 */
export function durationBetween(name: string, minMs: number, maxMs: number, text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= minMs && ms <= maxMs) return ms;
  const min = minMs === 1 ? 'greater than zero' : `at least ${minMs / 1000}s`;
  const max = maxMs < 3_600_000 ? `${maxMs / 60_000}m` : `${maxMs / 3_600_000}h`;
  throw new UsageError(
    `the ${name} ${quote(text)} is invalid: expected ${DURATION_FORMAT}, ${min} and at most ${max}`,
  );
}

/** @throws UsageError */
export function portNumber(text: string): number {
  const port = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 0 && port <= 65_535) return port;
  throw new UsageError(`--port ${quote(text)} is invalid: expected a number from 0 to 65535`);
}

export type Tag = NonNullable<NicFilter['tags']>[number];

/** Adds KEY=VALUE to the tags given before. The value may contain `=`. @throws UsageError */
export function addTag(text: string, tags: readonly Tag[] = []): readonly Tag[] {
  const [, key = '', value = ''] = /^([^=]+)=([^]*)$/.exec(text) ?? [];
  if (key === '') throw new UsageError(`--tag ${quote(text)} is invalid: expected KEY=VALUE`);
  if (tags.length === MAX_TAGS)
    throw new UsageError(`--tag is given more than ${MAX_TAGS} times, the limit of the API`);
  return [...tags, { key, value }];
}
