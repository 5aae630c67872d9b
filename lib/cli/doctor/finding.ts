import { Help } from 'commander';
import { orAborted, systemClock, withTimeout } from '../../zec/clock';
import { ZecError } from '../../zec/errors';
import { messageOf } from '../errors';
import type { Screen } from '../screen';

export interface CheckResult {
  /** `skip`: not checked, for example because an earlier check failed or `--read-only` excludes it. */
  readonly verdict: 'ok' | 'warn' | 'fail' | 'skip';
  readonly detail: string;
  /** The next step. Always set for `warn` and `fail`. */
  readonly fix?: string;
}

export interface Finding extends CheckResult {
  /** Stable name in the JSON output. */
  readonly id: string;
  /** Name in the text output. */
  readonly title: string;
}

export const ok = (detail: string): CheckResult => ({ verdict: 'ok', detail });
export const warn = (detail: string, fix: string): CheckResult => ({ verdict: 'warn', detail, fix });
export const fail = (detail: string, fix: string): CheckResult => ({ verdict: 'fail', detail, fix });
export const skip = (detail: string): CheckResult => ({ verdict: 'skip', detail });

/** A check; the result is `undefined` if there is nothing to report. */
export type Check = (signal: AbortSignal) => CheckResult | undefined | Promise<CheckResult>;

/**
 * Runs one check with a timeout. All errors become results, except an interruption.
 * @throws the signal's reason
 */
export async function runCheck(
  timeoutMs: number,
  signal: AbortSignal,
  check: Check,
): Promise<CheckResult | undefined> {
  const timeout = new Error('timed out');
  const run = (either: AbortSignal) => orAborted(Promise.resolve(check(either)), either);
  try {
    return await withTimeout(systemClock, timeoutMs, () => timeout, signal, run);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof ZecError) return fail(error.message, error.advice ?? 'Retry later.');
    return error === timeout
      ? fail(
          `no result within ${timeoutMs / 1000} s`,
          'Check for a firewall that drops packets, or raise the limit with --timeout.',
        )
      : fail(messageOf(error), 'The check failed unexpectedly. Resolve this error, then run doctor again.');
  }
}

const WIDTH = 110;
const TITLE_WIDTH = 26;
const INDENT = ' '.repeat(6 + TITLE_WIDTH);
const STYLES = { ok: 'green', warn: 'yellow', fail: 'red', skip: 'dim' } as const;
const help = Object.assign(new Help(), { minWidthToWrap: 1 });

export function findingText(
  { verdict, title, detail, fix }: Finding,
  { paint, columns = WIDTH }: Screen,
): string {
  const width = Math.max(40, columns - INDENT.length);
  const wrap = (text: string, to: number) => help.boxWrap(text, to).replaceAll('\n', `\n${INDENT}`);
  const head = `${paint(STYLES[verdict], verdict.padEnd(6))}${title.padEnd(TITLE_WIDTH)}`;
  const advice = fix && `${INDENT}${paint('bold', 'What to do:')} ${wrap(fix, width - 12)}\n`;
  return `${head}${wrap(detail, width)}\n${advice ?? ''}`;
}
