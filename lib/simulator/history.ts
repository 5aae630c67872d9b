interface Version<Value> {
  readonly at: number;
  readonly value: Value | undefined;
}

const MAX_VERSIONS = 64;
const MAX_GONE = 10_000;

/**
 * A map that remembers how it was, for Describe answers that lag behind. It keeps the newest 64 versions of every
 * entry and the newest 10,000 removed entries. Times are in milliseconds; writes come in the order of their times.
 */
export class History<Key, Value> {
  private readonly versions = new Map<Key, Version<Value>[]>();
  private readonly gone = new Set<Key>();

  public get(key: Key): Value | undefined {
    return this.versions.get(key)?.at(-1)?.value;
  }

  /** Writes an entry; `undefined` removes it. */
  public set(key: Key, value: Value | undefined, at: number): void {
    const versions = this.versions.get(key) ?? [];
    versions.push({ at, value });
    if (versions.length > MAX_VERSIONS) versions.shift();
    this.versions.set(key, versions);
    this.gone.delete(key);
    if (value === undefined) this.bury(key);
  }

  /** The entries as they were at `time`; without it, as they are. In the order in which they first appeared. */
  public *values(time = Infinity): Generator<Value> {
    for (const versions of this.versions.values()) {
      const value = versionAt(versions, time)?.value;
      if (value !== undefined) yield value;
    }
  }

  private bury(key: Key): void {
    this.gone.add(key);
    if (this.gone.size <= MAX_GONE) return;
    for (const oldest of this.gone) {
      this.gone.delete(oldest);
      this.versions.delete(oldest);
      return;
    }
  }
}

function versionAt<Value>(versions: readonly Version<Value>[], time: number): Version<Value> | undefined {
  const found = versions.findLast((version) => version.at <= time);
  // Older versions were dropped: the oldest that is left is the nearest to the truth.
  return found ?? (versions.length === MAX_VERSIONS ? versions[0] : undefined);
}
