/** Durations in settings and props, such as `90s`, `10m` or `1h30m`. */
import { MAX_TIMEOUT_SECONDS } from './contract';

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
const PATTERN = /^(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?(?:(\d{1,9})ms)?$/;

/** Describes the format of {@link parseDuration} in error messages. */
export const DURATION_FORMAT = 'a duration such as "90s", "10m" or "1h30m"';

/** Describes in error messages what {@link isTimeout} accepts. */
export const TIMEOUT_FORMAT = `${DURATION_FORMAT}, greater than zero and at most ${MAX_TIMEOUT_SECONDS / 3600}h`;

/** Whether it can be the timeout of a create or delete. */
export function isTimeout(text: string): boolean {
  const ms = parseDuration(text);
  return ms !== undefined && ms > 0 && ms <= MAX_TIMEOUT_SECONDS * 1000;
}

/** @returns milliseconds, or `undefined` if `text` is not a duration */
export function parseDuration(text: string): number | undefined {
  const match = text.length > 0 ? PATTERN.exec(text) : null;
  if (match === null) return undefined;
  return Object.values(UNITS).reduce((sum, unit, index) => sum + Number(match[index + 1] ?? 0) * unit, 0);
}

/** Formats milliseconds, such as `0.8 s`, `42 s` or `10 min 5 s`. */
export function formatDuration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const rest = seconds % 60;
  return rest === 0 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 60)} min ${rest} s`;
}
