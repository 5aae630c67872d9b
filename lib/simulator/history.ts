import type { FaultKind } from './faults';

/** Adds an entry to a log of at most `capacity` entries, and removes the oldest. */
export function addNewest<T>(log: T[], capacity: number, entry: T): void {
  log.push(entry);
  if (log.length > capacity) log.shift();
}

interface Version<Value> {
  readonly at: number;
  readonly value: Value | undefined;
}

const MAX_VERSIONS = 64;
const MAX_REMOVED = 10_000;

/**
 * A map with its earlier versions, for Describe responses that lag behind. It keeps the newest 64 versions of each
 * entry and the newest 10,000 removed entries. Times are in milliseconds; writes come in the order of their times.
 */
export class VersionedMap<Key, Value> {
  private readonly versions = new Map<Key, Version<Value>[]>();
  private readonly removed = new Set<Key>();

  public get(key: Key): Value | undefined {
    return this.versions.get(key)?.at(-1)?.value;
  }

  /** Writes an entry; `undefined` removes it. */
  public set(key: Key, value: Value | undefined, at: number): void {
    const versions = this.versions.get(key) ?? [];
    addNewest(versions, MAX_VERSIONS, { at, value });
    this.versions.set(key, versions);
    this.removed.delete(key);
    if (value !== undefined) return;
    this.removed.add(key);
    const [oldest] = this.removed;
    if (this.removed.size <= MAX_REMOVED || oldest === undefined) return;
    this.removed.delete(oldest);
    this.versions.delete(oldest);
  }

  /** The entries as they were at `time`, in the order in which they first appeared. */
  public values(time: number): Value[] {
    return [...this.versions.values()].flatMap((versions) => {
      // If older versions were removed, the oldest remaining one is the best approximation.
      const oldest = versions.length === MAX_VERSIONS ? versions[0] : undefined;
      return (versions.findLast((version) => version.at <= time) ?? oldest)?.value ?? [];
    });
  }
}

/** A logged request to the API. Contains no headers, signatures or secrets. */
export interface LoggedRequest {
  /** The time in ISO 8601, with milliseconds. */
  readonly time: string;
  /** The action; `null` if it is not one of the API. */
  readonly action: string | null;
  /** The body of an authenticated request, if it is a JSON object. A very large one is omitted. */
  readonly parameters?: unknown;
  /** The HTTP status of the response; `null` if the response was not in the API's format. */
  readonly status: number | null;
  /** The error code of the response, if any. */
  readonly code: string | null;
  readonly requestId: string;
  /** The kind of the fault rule that applied to the request, if any. */
  readonly fault?: FaultKind | undefined;
}

/** Maximum number of requests in the log. */
export const MAX_LOGGED_REQUESTS = 10_000;
const MAX_LOGGED_CHARACTERS = 32_768;

/** Prepares parameters for the log: omits large ones, and those that contain a secret. */
export function loggable(parameters: unknown, secrets: readonly string[]): unknown {
  try {
    const text = JSON.stringify(parameters) as string | undefined;
    if (text === undefined) return undefined;
    if (text.length > MAX_LOGGED_CHARACTERS) return `omitted: ${text.length} characters`;
    const hasSecret = secrets.some((secret) => text.includes(JSON.stringify(secret).slice(1, -1)));
    return hasSecret ? 'omitted: contains a secret' : (JSON.parse(text) as unknown);
  } catch {
    // Unlike JSON.parse, JSON.stringify overflows the stack.
    return 'omitted: nested too deeply';
  }
}
