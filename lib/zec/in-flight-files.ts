import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Clock } from './clock';
import { parseInstanceId } from './ids';
import type { NicId } from './ids';
import { InFlightMemory, KEPT_MS, SETTLE_MS } from './in-flight';
import type { InFlightRequest, InFlightStore, SentRequest } from './in-flight';
import { PrivateFolder } from './private-folder';
import type { ZecSettings } from './settings';

/** A file is written to for so long, then the next one: none ever has to be cut. In milliseconds. */
const PERIOD_MS = 2 * KEPT_MS;
/** A file of this size is not written to any more, in bytes: it holds hundreds of requests. */
const MAX_BYTES = 65_536;
const SUFFIX = '.in-flight';
const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/**
 * The in-flight requests to one endpoint of all processes of this user on this machine: a file for each vNIC in the
 * user's {@link PrivateFolder}, to which lines are appended. Nothing else depends on it: what cannot be read or written
 * is as if it were not there. A process knows its own requests from its memory in any case.
 *
 * `<request> sent <wall clock in ms> <goal> <instance>`, later `<request> settled` or `<request> refused`
 */
export class InFlightFiles implements InFlightStore {
  private readonly own: InFlightMemory;
  private readonly process = randomUUID();
  private readonly folder: PrivateFolder;
  private readonly prefix: string;
  private count = 0;
  private swept = false;

  public constructor(
    { domain }: Pick<ZecSettings, 'domain'>,
    private readonly clock: Pick<Clock, 'now' | 'wall'>,
    parent?: string,
  ) {
    this.own = new InFlightMemory(clock);
    this.folder = new PrivateFolder(parent);
    this.prefix = createHash('sha256').update(domain).digest('hex').slice(0, 16);
  }

  public add(nicId: NicId, request: Pick<InFlightRequest, 'goal' | 'instanceId'>): SentRequest {
    const sent = this.own.add(nicId, request);
    const wall = this.clock.wall();
    const path = this.path(nicId, periodOf(wall));
    const id = `${this.process}.${(this.count += 1)}`;
    this.append(path, `${id} sent ${wall} ${request.goal} ${request.instanceId}`);
    this.sweep(wall);
    return {
      settled: () => {
        sent.settled();
        this.append(path, `${id} settled`);
      },
      refused: () => {
        sent.refused();
        this.append(path, `${id} refused`);
      },
    };
  }

  public requests(nicId: NicId): readonly InFlightRequest[] {
    return [...this.own.requests(nicId), ...this.others(nicId)];
  }

  private others(nicId: NicId): readonly InFlightRequest[] {
    if (!this.folder.isThere()) return [];
    const wall = this.clock.wall();
    // Also the next one: the clock may have been put back a little since a request was sent.
    const periods = new Set([wall - KEPT_MS, wall, wall + SETTLE_MS].map(periodOf));
    const text = [...periods].map((period) => read(this.path(nicId, period))).join('\n');
    return parse(text, wall, this.process);
  }

  private append(path: string, line: string): void {
    if (!this.folder.make()) return;
    try {
      const file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | safely, 0o600);
      try {
        const found = fstatSync(file);
        if (found.isFile() && found.size < MAX_BYTES) writeSync(file, `${line}\n`);
      } finally {
        closeSync(file);
      }
    } catch {
      this.folder.giveUp();
    }
  }

  /** Removes files that no process reads or writes any more, once in the life of a process. */
  private sweep(wall: number): void {
    if (this.swept || !this.folder.isThere()) return;
    this.swept = true;
    try {
      for (const name of readdirSync(this.folder.path)) {
        const period = Number(/\.(\d+)\.in-flight$/.exec(name)?.[1]);
        if (Math.abs(period - periodOf(wall)) > 1) unlinkSync(join(this.folder.path, name));
      }
    } catch {
      // Another process removes what this one cannot.
    }
  }

  private path(nicId: NicId, period: number): string {
    return join(this.folder.path, `${this.prefix}.${nicId}.${period}${SUFFIX}`);
  }
}

/** A FIFO planted there would block forever, and a link would lead elsewhere. Not every system has these flags. */
const safely = ((O_NOFOLLOW as number | undefined) ?? 0) | ((O_NONBLOCK as number | undefined) ?? 0);

function periodOf(wall: number): number {
  return Math.floor(wall / PERIOD_MS);
}

function read(path: string): string {
  try {
    const file = openSync(path, O_RDONLY | safely);
    try {
      if (!fstatSync(file).isFile()) return '';
      const buffer = Buffer.alloc(2 * MAX_BYTES);
      return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}

/** The requests of all processes but one; whatever is not a line as above is skipped. */
function parse(text: string, wall: number, except: string): readonly InFlightRequest[] {
  const requests = new Map<string, InFlightRequest>();
  for (const line of text.split('\n')) {
    const [id = '', what, sentAt = '', goal, instance = ''] = line.split(' ');
    if (id.startsWith(`${except}.`)) continue;
    const known = requests.get(id);
    if (what === 'sent' && (goal === 'attach' || goal === 'detach')) {
      const ageMs = wall - Number(sentAt);
      const instanceId = instanceIn(instance);
      if (instanceId === undefined || !(ageMs > -SETTLE_MS && ageMs < KEPT_MS)) continue;
      requests.set(id, { goal, instanceId, ageMs: Math.max(0, ageMs), settled: false });
    } else if (what === 'settled' && known !== undefined) requests.set(id, { ...known, settled: true });
    else if (what === 'refused') requests.delete(id);
  }
  return [...requests.values()];
}

function instanceIn(text: string): InFlightRequest['instanceId'] | undefined {
  try {
    return parseInstanceId(text);
  } catch {
    return undefined;
  }
}
