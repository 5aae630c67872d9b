import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from './clock';
import type { NicId } from './ids';
import type { SentTimes } from './open-requests';
import { PrivateFolder } from './private-folder';
import type { ZecSettings } from './settings';

/** Nothing is under way for so long, in milliseconds. */
const FORGOTTEN_MS = 60_000;

/**
 * The times at which requests to one endpoint left, for the processes of this user on this machine: a file for each
 * vNIC in the user's {@link PrivateFolder}, as old as its request. Nothing else depends on it: what cannot be read or
 * written is as if it were not there.
 */
export class SentFiles implements SentTimes {
  private readonly folder: PrivateFolder;
  private readonly prefix: string;

  public constructor(
    { domain }: Pick<ZecSettings, 'domain'>,
    private readonly clock: Pick<Clock, 'wall'>,
    parent?: string,
  ) {
    this.folder = new PrivateFolder(parent);
    this.prefix = createHash('sha256').update(domain).digest('hex').slice(0, 16);
  }

  public keep(nicId: NicId, by: string): void {
    try {
      if (this.folder.make()) writeFileSync(this.path(nicId), by, { mode: 0o600 });
    } catch {
      this.folder.giveUp();
    }
  }

  public remove(nicId: NicId, by: string): void {
    try {
      const path = this.path(nicId);
      if (this.folder.isThere() && readFileSync(path, 'utf8') === by) unlinkSync(path);
    } catch {
      // It counts no more once it is too old.
    }
  }

  public age(nicId: NicId): number | undefined {
    if (!this.folder.isThere()) return undefined;
    try {
      const path = this.path(nicId);
      const age = this.clock.wall() - lstatSync(path).mtimeMs;
      if (Math.abs(age) < FORGOTTEN_MS) return Math.max(0, age);
      unlinkSync(path);
    } catch {
      // There is none, or none that can be used.
    }
    return undefined;
  }

  private path(nicId: NicId): string {
    return join(this.folder.path, `${this.prefix}.${nicId}.sent`);
  }
}
