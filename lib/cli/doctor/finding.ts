import { ZecError } from '../../zec/errors';
import { painter, wrap } from '../screen';
import type { Screen } from '../screen';

/** `skip`: not checked, because something before it failed or nobody asked for it. */
type Verdict = 'ok' | 'warn' | 'fail' | 'skip';

/** What a check says without repeating who it is. */
export interface Outcome {
  readonly verdict: Verdict;
  readonly detail: string;
  /** What to do; always there for `warn` and `fail`. */
  readonly fix?: string;
}

/** What one check found. */
export interface Finding extends Outcome {
  /** Names the check for machines. Stable. */
  readonly id: string;
  /** Names it for people. */
  readonly title: string;
}

export const ok = (detail: string): Outcome => ({ verdict: 'ok', detail });
export const warn = (detail: string, fix: string): Outcome => ({ verdict: 'warn', detail, fix });
export const fail = (detail: string, fix: string): Outcome => ({ verdict: 'fail', detail, fix });
export const skip = (detail: string): Outcome => ({ verdict: 'skip', detail });

/** How long a check may take, and what ends all of them. */
export interface Bounds {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Runs one check within its time. Whatever goes wrong is a finding, but for an interruption.
 * @throws the signal's reason
 */
export async function checked(
  id: string,
  title: string,
  { timeoutMs, signal }: Bounds,
  check: (signal: AbortSignal) => Outcome | Promise<Outcome>,
): Promise<Finding> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new Error('too late')), timeoutMs);
  const both = AbortSignal.any([signal, late.signal]);
  const aborted = new Promise<never>((_, reject) => {
    const stop = () => reject(both.reason as Error);
    if (both.aborted) stop();
    both.addEventListener('abort', stop, { once: true });
  });
  try {
    return { id, title, ...(await Promise.race([check(both), aborted])) };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    return { id, title, ...(late.signal.aborted ? tooLate(timeoutMs) : failureOf(error)) };
  } finally {
    clearTimeout(timer);
    late.abort();
  }
}

function tooLate(timeoutMs: number): Outcome {
  return fail(
    `no result within ${timeoutMs / 1000} s`,
    'Look for what holds it up, such as a firewall that drops packets, or allow more with --timeout.',
  );
}

function failureOf(error: unknown): Outcome {
  if (error instanceof ZecError) return fail(error.message, error.advice ?? 'Try again a little later.');
  return fail(
    error instanceof Error ? error.message : String(error),
    'This is not what the check expects; look at the words before this.',
  );
}

const WIDTH = 110;
const TITLE_WIDTH = 26;
const INDENT = ' '.repeat(6 + TITLE_WIDTH);
const STYLES = { ok: 'green', warn: 'yellow', fail: 'red', skip: 'dim' } as const;

/** One finding for a person. */
export function findingText({ verdict, title, detail, fix }: Finding, screen: Screen): string {
  const paint = painter(screen);
  const width = Math.max(40, (screen.columns ?? WIDTH) - INDENT.length);
  const head = `${paint(STYLES[verdict], verdict.padEnd(6))}${title.padEnd(TITLE_WIDTH)}`;
  const advice =
    fix === undefined ? '' : `${INDENT}${paint('bold', 'What to do:')} ${wrap(fix, width - 12, INDENT)}\n`;
  return `${head}${wrap(detail, width, INDENT)}\n${advice}`;
}

export function countsOf(findings: readonly Finding[]): Record<Verdict, number> {
  const counts = { ok: 0, warn: 0, fail: 0, skip: 0 };
  for (const { verdict } of findings) counts[verdict] += 1;
  return counts;
}

export function countsText({ ok, warn, fail, skip }: Record<Verdict, number>): string {
  return `${ok} ok, ${warn} warned, ${fail} failed, ${skip} not checked\n`;
}
