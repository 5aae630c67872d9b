import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';

/** Maximum size of a file that is appended to, in bytes: enough for hundreds of objects. */
const MAX_BYTES = 65_536;
/** Maximum age of a lock, in milliseconds. Work under a lock takes a fraction of a millisecond. */
const LOCK_MS = 50;
const DELETE_AFTER_MS = 600_000;
/** Maximum number of files that a process checks for deletion. A stack may have one file for each attachment. */
const MAX_SWEPT = 100;
const FILE_NAME = /\.(?:rate|in-flight)\.json/;
const { O_APPEND, O_CREAT, O_RDONLY, O_WRONLY } = fs.constants;
/** Not available on every system. */
const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants as Partial<typeof fs.constants>;

/**
 * Files that the processes of one user on one machine share: Terraform may start a process for each operation, and
 * pipelines run in parallel. Without them, each process would be throttled before it knows the rate limit, and a process
 * that follows a killed one could trust a read from before the killed one's request.
 *
 * The files are in `zec-nic-<uid>` (mode 700) in the system's temporary folder. They contain no secrets.
 *
 *     <endpoint and account>.rate.json            the rate: replaced, under a lock (rate-file.ts)
 *     <endpoint>.<vNIC>.<period>.in-flight.json   requests in flight: only appended to (in-flight.ts)
 *
 * A file holds one JSON object per line, validated by every reader. Times are in milliseconds of the wall clock.
 *
 * No operation depends on the files or waits for them:
 * - Missing: treated as empty. A failed write is not retried.
 * - Corrupted, or incomplete after a kill or on a full disk: invalid lines are ignored.
 * - Hostile: the folder is not used if it is a link, belongs to another user or is accessible to others. Inside it,
 *   links are not followed, FIFOs are not waited for, and only the beginning of a huge file is read.
 * - Stale: readers ignore objects that are too old or from the future. A lock expires after 50 ms, in case its owner was
 *   killed. Other files are deleted ten minutes after the last write.
 */
export class SharedFiles {
  private readonly folder: string;
  private readonly prefix: string;
  private swept = false;

  /** @param scope the processes that share a scope share its files */
  public constructor(
    scope: string,
    private readonly parent = tmpdir(),
  ) {
    this.folder = join(parent, `zec-nic-${process.getuid?.() ?? 'user'}`);
    this.prefix = createHash('sha256').update(scope).digest('hex').slice(0, 16);
  }

  /** The valid objects in a file. */
  public read<T extends v.GenericSchema>(name: string, schema: T): v.InferOutput<T>[] {
    if (!this.isUsable()) return [];
    const text = attempt(() =>
      withFile(this.path(name), O_RDONLY | O_NOFOLLOW, (file, { size }) => {
        const buffer = Buffer.alloc(Math.min(size, 2 * MAX_BYTES));
        return buffer.toString('utf8', 0, fs.readSync(file, buffer));
      }),
    );
    return (text ?? '').split('\n').flatMap((line) => {
      const parsed = v.safeParse(
        schema,
        attempt<unknown>(() => JSON.parse(line)),
      );
      return parsed.success ? [parsed.output] : [];
    });
  }

  public append(name: string, value: object): void {
    this.write(() => {
      withFile(this.path(name), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, (file, { size }) => {
        // Starts with a line break, because the last line may be incomplete.
        if (size < MAX_BYTES) fs.writeSync(file, `\n${JSON.stringify(value)}\n`);
      });
    });
  }

  public replace(name: string, value: object): void {
    this.write(() => {
      const draft = `${this.path(name)}.${randomUUID()}`;
      try {
        fs.writeFileSync(draft, JSON.stringify(value), { mode: 0o600, flag: 'wx' });
        fs.renameSync(draft, this.path(name));
      } catch {
        remove(draft);
      }
    });
  }

  /**
   * Runs `work` under an exclusive lock, or without one if no lock can be created.
   * @returns `undefined`, without running `work`, while another process holds the lock
   */
  public withLock<T>(name: string, work: () => T): T | undefined {
    const lock = `${this.path(name)}.lock`;
    let held = false;
    if (this.isUsable('create')) {
      try {
        fs.closeSync(fs.openSync(lock, 'wx', 0o600));
        held = true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
          if (!isOlder(lock, LOCK_MS)) return undefined;
          remove(lock);
        }
      }
    }
    try {
      return work();
    } finally {
      if (held) remove(lock);
    }
  }

  private write(work: () => void): void {
    if (!this.isUsable('create')) return;
    attempt(() => {
      work();
      if (!this.swept) this.sweep();
    });
  }

  private isUsable(create?: 'create'): boolean {
    return (
      attempt(() => {
        if (create) {
          fs.mkdirSync(this.parent, { recursive: true });
          // Not recursively: Node.js never returns if the parent exists and refuses new entries with ENOENT, as /proc does.
          attempt(() => fs.mkdirSync(this.folder, { mode: 0o700 }));
        }
        const found = fs.lstatSync(this.folder);
        const isMine = process.getuid === undefined || found.uid === process.getuid();
        const isPrivate = process.getuid === undefined || (found.mode & 0o077) === 0;
        return found.isDirectory() && isMine && isPrivate;
      }) === true
    );
  }

  private sweep(): void {
    this.swept = true;
    const names = fs.readdirSync(this.folder).filter((name) => FILE_NAME.test(name));
    const start = Math.floor(Math.random() * Math.max(1, names.length - MAX_SWEPT + 1));
    for (const name of names.slice(start, start + MAX_SWEPT)) {
      const path = join(this.folder, name);
      if (isOlder(path, DELETE_AFTER_MS)) remove(path);
    }
  }

  private path(name: string): string {
    return join(this.folder, `${this.prefix}.${name}`);
  }
}

/** Opens a regular file, without blocking: a FIFO planted there would block forever. */
export function withFile<T>(path: string, flags: number, use: (file: number, found: fs.Stats) => T): T {
  const file = fs.openSync(path, flags | O_NONBLOCK, 0o600);
  try {
    const found = fs.fstatSync(file);
    if (!found.isFile()) throw Object.assign(new Error('not a file'), { code: 'not a regular file' });
    return use(file, found);
  } finally {
    fs.closeSync(file);
  }
}

/** Also true if its time is in the future, because the clock was set back. */
function isOlder(path: string, ms: number): boolean {
  const modified = attempt(() => fs.lstatSync(path).mtimeMs);
  return modified !== undefined && Math.abs(Date.now() - modified) > ms;
}

/** Fails if another process was faster. A lock that cannot be removed expires. */
function remove(path: string): void {
  attempt(() => fs.unlinkSync(path));
}

/** The result of `work`; `undefined` if it throws. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
