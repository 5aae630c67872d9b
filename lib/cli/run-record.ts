import { execFileSync } from 'node:child_process';
import { appendFileSync, lstatSync, readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { PrivateFolder } from '../zec/private-folder';

/** No run of Terraform takes longer, in milliseconds. */
const KEPT_MS = 86_400_000;
const SUFFIX = '.run';

interface Pair {
  readonly nicId: string;
  readonly instanceId: string;
}

/**
 * What the convergence of one run of Terraform found or made attached, for a `delete` of the same run. Terraform may
 * destroy an old record of an attachment after the new one is in place: with `create_before_destroy`, or when it changes
 * its runner or carrier. The old record then must not detach it.
 *
 * A file in the user's {@link PrivateFolder}, named after the process that started this one. What cannot be written or
 * read counts as empty: then the `delete` detaches.
 */
export class RunRecord {
  private readonly folder: PrivateFolder;
  private readonly path: string | undefined;

  /** To be made while the process that started this one surely lives. */
  public constructor(parent?: string) {
    this.folder = new PrivateFolder(parent);
    const startedAt = startOf(process.ppid);
    this.path =
      startedAt === undefined
        ? undefined
        : join(this.folder.path, `${process.ppid}.${startedAt.replace(/\W+/g, '-')}${SUFFIX}`);
  }

  public add(pairs: readonly Pair[]): void {
    try {
      if (this.path === undefined || pairs.length === 0 || !this.folder.make()) return;
      this.removeOld();
      appendFileSync(this.path, pairs.map((pair) => `${lineOf(pair)}\n`).join(''), { mode: 0o600 });
    } catch {
      // Counts as empty.
    }
  }

  public has(pair: Pair): boolean {
    try {
      if (this.path === undefined || !this.folder.isThere() || !lstatSync(this.path).isFile()) return false;
      return readFileSync(this.path, 'utf8').split('\n').includes(lineOf(pair));
    } catch {
      return false;
    }
  }

  private removeOld(): void {
    for (const name of readdirSync(this.folder.path)) {
      const path = join(this.folder.path, name);
      if (name.endsWith(SUFFIX) && Date.now() - lstatSync(path).mtimeMs > KEPT_MS) unlinkSync(path);
    }
  }
}

function lineOf({ nicId, instanceId }: Pair): string {
  return `${nicId}:${instanceId}`;
}

/** When a process began: its number alone is given again one day. `undefined` where the system does not tell. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of the program comes before, in brackets, and may hold anything.
    return stat.slice(stat.lastIndexOf(')')).split(' ')[20];
  } catch {
    return process.platform === 'linux' ? undefined : startByPs(pid);
  }
}

function startByPs(pid: number): string | undefined {
  try {
    const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      timeout: 2_000,
    });
    return text.trim() === '' ? undefined : text.trim();
  } catch {
    return undefined;
  }
}
