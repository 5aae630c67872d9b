import { existsSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A folder of the user's own below the system's for temporary files, for what processes of one user tell each other.
 * One that somebody else could have made or could write to is not touched.
 */
export class PrivateFolder {
  public readonly path: string;
  private trusted: boolean | undefined;

  public constructor(parent = tmpdir()) {
    this.path = join(parent, `zec-nic-${process.getuid?.() ?? 'user'}`);
  }

  /** Whether it is there. To be asked before anything in it is touched: a pipe that somebody else put there would never let go of us. */
  public isThere(): boolean {
    if (this.trusted === undefined && existsSync(this.path)) this.trusted = isOwn(this.path);
    return this.trusted === true;
  }

  /** Makes it if need be. @returns whether it is there */
  public make(): boolean {
    if (this.trusted === undefined) {
      try {
        mkdirSync(this.path, { mode: 0o700, recursive: true });
        this.trusted = isOwn(this.path);
      } catch {
        this.trusted = false;
      }
    }
    return this.trusted;
  }

  /** Leaves it alone from now on: it did not work. */
  public giveUp(): void {
    this.trusted = false;
  }
}

/** Whether a folder is this user's alone: others could make us wait, or write elsewhere by a link. */
function isOwn(folder: string): boolean {
  try {
    const found = lstatSync(folder);
    if (process.getuid === undefined) return found.isDirectory();
    return found.isDirectory() && found.uid === process.getuid() && (found.mode & 0o077) === 0;
  } catch {
    return false;
  }
}
