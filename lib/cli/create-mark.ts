import { lstatSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ID_PATTERN } from '../contract';
import { PrivateFolder } from '../zec/private-folder';

/** A mark is of use to the process that began both commands; after this long there is surely none, in milliseconds. */
const KEPT_MS = 3_600_000;
const SUFFIX = '.created';
/** Longer names fit into no folder. */
const MAX_NAME = 200;

/**
 * What a `create` that converged leaves for the `confirm` that the same process, Terraform, begins after it: an empty
 * file in the user's {@link PrivateFolder}. Another run of Terraform does not find it, and one that cannot be written
 * is only missed: `confirm` then looks at the API.
 */
export class CreateMark {
  private readonly folder: PrivateFolder;
  private readonly path: string | undefined;

  /** To be made while the parent process surely lives. Of what is no id there is never a mark. */
  public constructor({ nicId, instanceId }: { nicId: string; instanceId: string }, parent?: string) {
    this.folder = new PrivateFolder(parent);
    const name = `${[process.ppid, startOf(process.ppid), nicId, instanceId].join('.')}${SUFFIX}`;
    const fits = [nicId, instanceId].every((id) => ID_PATTERN.test(id)) && name.length <= MAX_NAME;
    this.path = fits ? join(this.folder.path, name) : undefined;
  }

  public leave(): void {
    try {
      if (this.path === undefined || !this.folder.make()) return;
      writeFileSync(this.path, '', { mode: 0o600 });
      this.removeOld();
    } catch {
      // Missed, as said above.
    }
  }

  /** Whether it was left; it is there no longer. */
  public take(): boolean {
    try {
      if (this.path === undefined || !this.folder.isThere()) return false;
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

/** What `confirm` says where there was a mark. */
export function confirmedText({ nicId, instanceId }: { nicId: string; instanceId: string }): string {
  return `vNIC ${nicId} is attached to instance ${instanceId}: its create has converged\n`;
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
