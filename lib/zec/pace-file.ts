import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Clock } from './clock';
import { PrivateFolder } from './private-folder';
import { INITIAL_RATE, wasThrottled } from './rate';
import type { Rate } from './rate';
import type { RateStore } from './rate-limiter';
import type { ZecSettings } from './settings';

/** A pace that nobody used for this long is forgotten: the limit has long made up for it, in milliseconds. */
const FORGOTTEN_MS = 30_000;
/** Times further ahead than this come from another clock, in milliseconds. */
const FURTHEST_MS = 120_000;

/** A lock of another age was left by a process that was killed, in milliseconds: writing the pace takes a fraction of one. */
const LOCK_MS = 50;

const time = v.pipe(v.number(), v.finite());
/** JSON writes `null` for what is infinite. */
const rate = v.nullable(v.pipe(v.number(), v.minValue(0.01), v.maxValue(10_000)));
const schema = v.object({
  perSecond: rate,
  blockedUntil: time,
  nextReadAt: time,
  nextWriteAt: time,
  throttledAt: time,
  successes: v.pipe(v.number(), v.minValue(0), v.finite()),
  threshold: rate,
  plateau: rate,
  savedAt: time,
});
/** How a moment is written that was not yet. */
const NEVER = 0;
const TIMES = ['blockedUntil', 'nextReadAt', 'nextWriteAt', 'throttledAt'] as const;
const RATES = ['perSecond', 'threshold', 'plateau'] as const;

/**
 * Keeps the pace of one account where other processes of the same user on this machine find it: processes that live
 * for one attachment each could learn a limit only by being refused, every one of them.
 *
 * The file is in the user's {@link PrivateFolder}. It holds no secret, and nothing depends on it: what cannot be read or
 * written, or is of no use any more, is as if it were not there.
 */
export class PaceFile implements RateStore {
  private readonly folder: PrivateFolder;
  private readonly path: string;

  public constructor(
    { domain, credentials }: Pick<ZecSettings, 'domain' | 'credentials'>,
    private readonly clock: Clock,
    parent?: string,
  ) {
    const account = credentials.kind === 'token' ? credentials.token.reveal() : credentials.accessKeyId;
    const name = createHash('sha256').update(`${domain}\n${account}`).digest('hex').slice(0, 16);
    this.folder = new PrivateFolder(parent);
    this.path = join(this.folder.path, `${name}.pace`);
  }

  public load(): Rate | undefined {
    if (!this.folder.isThere()) return undefined;
    try {
      return this.parse(readFileSync(this.path, 'utf8'));
    } catch {
      return undefined;
    }
  }

  public save(pace: Rate): void {
    try {
      if (!this.folder.make()) return;
      const draft = `${this.path}.${process.pid}`;
      writeFileSync(draft, JSON.stringify(this.shown(pace)), { mode: 0o600 });
      renameSync(draft, this.path);
    } catch {
      this.folder.giveUp();
    }
  }

  public withLock<T>(work: () => T): T | undefined {
    const lock = this.folder.make() ? this.lock() : 'none';
    if (lock === 'busy') return undefined;
    try {
      return work();
    } finally {
      if (lock === 'held') this.unlock();
    }
  }

  /** Takes the lock, if no other process has it. Where none can be made, at worst two requests leave in one turn. */
  private lock(): 'held' | 'busy' | 'none' {
    try {
      closeSync(openSync(this.lockPath, 'wx', 0o600));
      return 'held';
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return 'none';
    }
    if (!this.isLeftBehind()) return 'busy';
    this.unlock();
    return 'none';
  }

  private isLeftBehind(): boolean {
    try {
      return Math.abs(Date.now() - statSync(this.lockPath).mtimeMs) > LOCK_MS;
    } catch {
      return false;
    }
  }

  /** What cannot be removed must not stop the request that is to leave. */
  private unlock(): void {
    try {
      unlinkSync(this.lockPath);
    } catch {
      // It is soon taken for left behind, and the next one goes on without it.
    }
  }

  private get lockPath(): string {
    return `${this.path}.lock`;
  }

  private parse(text: string): Rate | undefined {
    const parsed = v.safeParse(schema, JSON.parse(text));
    if (!parsed.success) return undefined;
    const wall = this.clock.wall();
    const { savedAt, ...pace } = parsed.output;
    const ahead = Math.max(savedAt, ...TIMES.map((each) => pace[each])) - wall;
    if (ahead > FURTHEST_MS || wall - savedAt > FORGOTTEN_MS) return undefined;
    const offset = this.clock.now() - wall;
    const times = Object.fromEntries(
      TIMES.map((each) => [each, pace[each] === NEVER ? -Infinity : pace[each] + offset]),
    ) as Pick<Rate, (typeof TIMES)[number]>;
    const rates = Object.fromEntries(RATES.map((each) => [each, pace[each] ?? Infinity])) as Pick<
      Rate,
      (typeof RATES)[number]
    >;
    const known: Rate = { ...pace, ...times, ...rates, burst: 1 };
    return !wasThrottled(known) ? { ...known, burst: INITIAL_RATE.burst } : known;
  }

  /** As other processes understand it: their clocks have only the wall clock in common. */
  private shown(pace: Rate): Record<string, number> {
    const wall = this.clock.wall();
    const offset = wall - this.clock.now();
    const times = TIMES.map((each) => [each, Math.max(NEVER, pace[each] + offset)] as const);
    const { perSecond, successes, threshold, plateau } = pace;
    return {
      perSecond,
      successes,
      threshold,
      plateau,
      ...Object.fromEntries(times),
      savedAt: wall,
    };
  }
}
