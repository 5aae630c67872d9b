import { setMaxListeners } from 'node:events';

/** A source of time. Tests replace it, to run minutes of polling in milliseconds. */
export interface Clock {
  /** Monotonic time, in milliseconds. */
  now(): number;
  /** Wall-clock time, in milliseconds since the Unix epoch. It may jump. */
  wall(): number;
  /** Resolves after `ms` milliseconds. Rejects with the signal's reason as soon as `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of the system. */
export const systemClock: Clock = {
  // Not `performance.now()`: loading it takes longer than building a request.
  now: () => {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1e3 + nanoseconds / 1e6;
  },
  wall: () => Date.now(),
  sleep: async (ms, signal) => {
    signal?.throwIfAborted();
    let timer: NodeJS.Timeout | undefined;
    const slept = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await orAborted(slept, signal).finally(() => clearTimeout(timer));
  },
};

/** Created once, because the default reason of `abort` is slow to create. */
const FINISHED = new Error('the work has ended');

/** Calls `listener` when the signal aborts, unless the returned function was called before. */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => undefined;
  // Node.js warns of a leak at eleven listeners, but any number of operations may share a signal.
  setMaxListeners(0, signal);
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

/** Settles with `work`, or rejects with the signal's reason when it aborts. Does not cancel `work`. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let remove: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else remove = onAbort(signal, abort);
  });
  return Promise.race([work, aborted]).finally(remove);
}

/**
 * Runs `work` with a signal that aborts after `ms` milliseconds, when `signal` aborts, and when `work` has ended.
 * @param reason the reason of the abort after `ms` milliseconds
 */
export async function withTimeout<T>(
  clock: Clock,
  ms: number,
  reason: () => Error,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const either = new AbortController();
  const abort = () => either.abort(signal?.reason);
  if (signal?.aborted) abort();
  const remove = onAbort(signal, abort);
  clock.sleep(ms, either.signal).then(
    () => either.abort(reason()),
    () => undefined,
  );
  try {
    return await work(either.signal);
  } finally {
    remove();
    either.abort(FINISHED);
  }
}

/**
 * The delay after a failed attempt, in milliseconds: exponential backoff with full jitter. Its upper bound is `baseMs`
 * after the first attempt, doubles with each attempt, and never exceeds `capMs`.
 * @param attempt the number of the failed attempt, from 1
 * @param random returns a number from 0 to 1
 */
export function fullJitter(
  attempt: number,
  { baseMs, capMs }: { readonly baseMs: number; readonly capMs: number },
  random: () => number = Math.random,
): number {
  return Math.min(capMs, baseMs * 2 ** (attempt - 1)) * random();
}
