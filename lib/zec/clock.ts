/** Source of time for the rest of the package, so that tests can run minutes of polling in milliseconds. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
  /** The wall clock, in milliseconds since the Unix epoch. It may jump. */
  wall(): number;
  /** Resolves after `ms` milliseconds. Rejects with the signal's reason as soon as `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

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

/** Given as a reason: the default one is costly to create. */
const FINISHED = new Error('the work has ended');

/** Settles as the work does, or rejects with the signal's reason as soon as it aborts. Does not cancel the work. */
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

/**
 * Runs the work with a signal that aborts with the reason after so many milliseconds, when `signal` aborts, and when the
 * work has ended, so that no part of it continues.
 */
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
    timeout.abort(FINISHED);
  }
}

/**
 * Exponential backoff with full jitter: how long to wait after failed attempt number `attempt` (from 1), in milliseconds.
 * `baseMs` is the upper bound of the first wait, which doubles with every attempt, and `capMs` that of every wait.
 * @param random gives a number from 0 up to, not including, 1.
 */
export function fullJitter(
  attempt: number,
  { baseMs, capMs }: { readonly baseMs: number; readonly capMs: number },
  random: () => number = Math.random,
): number {
  return Math.min(capMs, baseMs * 2 ** (attempt - 1)) * random();
}
