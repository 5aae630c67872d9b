import { ZecError } from '../../zec/errors';

/** `skip`: not checked, because something before it failed or nobody asked for it. */
export type Verdict = 'ok' | 'warn' | 'fail' | 'skip';

/** What one check found. */
export interface Finding {
  /** Names the check for machines. Stable. */
  readonly id: string;
  /** Names it for people. */
  readonly title: string;
  readonly verdict: Verdict;
  readonly detail: string;
  /** What to do; always there for `warn` and `fail`. */
  readonly fix?: string;
}

/** What a check says without repeating who it is. */
export type Outcome = Pick<Finding, 'verdict' | 'detail' | 'fix'>;

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
  try {
    return { id, title, ...(await Promise.race([check(both), aborted(both)])) };
  } catch (error) {
    if (signal.aborted) throw error;
    if (late.signal.aborted) return { id, title, ...tooLate(timeoutMs) };
    return { id, title, ...failureOf(error) };
  } finally {
    clearTimeout(timer);
    late.abort();
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
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
