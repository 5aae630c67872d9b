import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives the tests, and the processes that they start, a folder of their own for temporary files, open to every user. */
export default function setup() {
  const folder = mkdtempSync(join(tmpdir(), 'zec-tests-'));
  chmodSync(folder, 0o1777);
  process.env.TMPDIR = folder;
}
