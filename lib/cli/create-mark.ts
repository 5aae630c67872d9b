import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PrivateFolder } from '../zec/private-folder';

/** A mark is of use to the process that began both commands; after this long there is surely none, in milliseconds. */
const KEPT_MS = 3_600_000;
const SUFFIX = '.created';

/**
 * What a `create` that converged leaves for the `confirm` that the same process, Terraform, begins after it: an empty
 * file in the user's {@link PrivateFolder}. Another run of Terraform does not find it, and one that cannot be written
 * is only missed: `confirm` then looks at the API.
 */
export class CreateMark {
  private readonly folder: PrivateFolder;
  private readonly path: string;

  /** To be made while the parent process surely lives. */
  public constructor({ nicId, instanceId }: { nicId: string; instanceId: string }, parent?: string) {
    this.folder = new PrivateFolder(parent);
    const run = [process.ppid, startOf(process.ppid)];
    const name = createHash('sha256')
      .update([...run, nicId, instanceId].join('\n'))
      .digest('hex');
    this.path = join(this.folder.path, `${name}${SUFFIX}`);
  }

  public leave(): void {
    try {
      if (!this.folder.make()) return;
      this.removeOld();
      writeFileSync(this.path, '', { mode: 0o600 });
    } catch {
      // Missed, as said above.
    }
  }

  /** Whether it was left; it is there no longer. */
  public take(): boolean {
    try {
      if (!this.folder.isThere()) return false;
      const left = lstatSync(this.path);
      unlinkSync(this.path);
      return left.isFile() && !isOld(left.mtimeMs);
    } catch {
      return false;
    }
  }

  /** What was never taken: its Terraform was killed, or an attach beside it failed. */
  private removeOld(): void {
    for (const name of readdirSync(this.folder.path)) {
      if (!name.endsWith(SUFFIX)) continue;
      const path = join(this.folder.path, name);
      if (isOld(lstatSync(path).mtimeMs)) unlinkSync(path);
    }
  }
}

function isOld(mtimeMs: number): boolean {
  return Math.abs(Date.now() - mtimeMs) > KEPT_MS;
}

/** When a process began, where the system tells: a process id alone is given again one day. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name of the program comes before, in brackets, and may hold whatever it likes.
    return stat.slice(stat.lastIndexOf(')')).split(' ')[20] ?? '';
  } catch {
    return '';
  }
}
