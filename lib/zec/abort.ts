import type { Clock } from './clock';

/** Given as a reason: the default one is costly to create. */
const FINISHED = new Error('the work has ended');

/** Settles as the work does, or rejects with the signal's reason as soon as it aborts. The work itself goes on. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let onAbort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
  });
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Runs the work with a signal that aborts with the reason after so many milliseconds, and when `signal` aborts. */
export async function withTimeout<T>(
  clock: Clock,
  ms: number,
  reason: () => Error,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const finished = new AbortController();
  const timeout = new AbortController();
  clock.sleep(ms, finished.signal).then(
    () => timeout.abort(reason()),
    () => undefined,
  );
  try {
    return await work(AbortSignal.any(signal === undefined ? [timeout.signal] : [timeout.signal, signal]));
  } finally {
    finished.abort(FINISHED);
  }
}
