import type { FaultKind } from './faults';

/** Adds an entry to a log that keeps the newest `capacity`, so that a simulator may run for days. */
export function addNewest<T>(log: T[], capacity: number, entry: T): void {
  log.push(entry);
  if (log.length > capacity) log.shift();
}

interface Version<Value> {
  readonly at: number;
  readonly value: Value | undefined;
}

const MAX_VERSIONS = 64;

/**
 * A map with its earlier versions, for Describe responses that lag behind. It keeps the newest 64 versions of every
 * entry. Times are in milliseconds; writes come in the order of their times.
 */
export class VersionedMap<Key, Value> {
  private readonly versions = new Map<Key, Version<Value>[]>();

  public get(key: Key): Value | undefined {
    return this.versions.get(key)?.at(-1)?.value;
  }

  /** Writes an entry; `undefined` removes it. */
  public set(key: Key, value: Value | undefined, at: number): void {
    const versions = this.versions.get(key) ?? [];
    addNewest(versions, MAX_VERSIONS, { at, value });
    this.versions.set(key, versions);
  }

  /** The entries as they were at `time`, in the order in which they first appeared. */
  public values(time: number): Value[] {
    return [...this.versions.values()].flatMap((versions) => {
      // Where older versions were dropped, the oldest that is left is the best approximation.
      const oldest = versions.length === MAX_VERSIONS ? versions[0] : undefined;
      return (versions.findLast((version) => version.at <= time) ?? oldest)?.value ?? [];
    });
  }
}

/** One request of the API path, as the log shows it. It never holds a header, a signature or a secret. */
export interface LoggedRequest {
  /** ISO 8601, with milliseconds. */
  readonly time: string;
  /** `null` if the request named no action of the API. */
  readonly action: string | null;
  /** The body, where it was a JSON object of an authenticated request. A very large one is omitted. */
  readonly parameters?: unknown;
  /** The HTTP status of the response; `null` if no response in the API's format was sent. */
  readonly status: number | null;
  /** The error code of the response, if any. */
  readonly code: string | null;
  readonly requestId: string;
  /** The kind of the fault rule that acted on the request, if any. */
  readonly fault?: FaultKind | undefined;
}

/** How many requests the log keeps. */
export const MAX_LOGGED_REQUESTS = 10_000;
const MAX_LOGGED_CHARACTERS = 32_768;

/** Parameters fit for the log: not too large, and without any of `secrets`, wherever they appear. */
export function loggable(parameters: unknown, secrets: readonly string[]): unknown {
  try {
    const text = JSON.stringify(parameters) as string | undefined;
    if (text === undefined) return undefined;
    if (text.length > MAX_LOGGED_CHARACTERS) return `omitted: ${text.length} characters`;
    return JSON.parse(text, (_key, value: unknown) => withoutSecrets(value, secrets)) as unknown;
  } catch {
    // JSON.parse alone goes to any depth; JSON.stringify and a reviver do not.
    return 'omitted: nested too deeply';
  }
}

function withoutSecrets(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return masked(value, secrets);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [masked(key, secrets), inner as unknown]),
  );
}

function masked(text: string, secrets: readonly string[]): string {
  return secrets.some((secret) => text.includes(secret)) ? '***' : text;
}
