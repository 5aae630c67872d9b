import { existsSync, rmSync, writeFileSync } from 'fs';
import { join } from 'path';

/** State moves between types of resources since these versions. OpenTofu reads the second file in place of the first. */
const VERSIONS = {
  'zec-moved-state.tf.json': '>= 1.8',
  'zec-moved-state.tofu.json': '>= 1.10',
};

/**
 * Lets versions that cannot move state between types refuse a stack, and name the version that can; else their error is
 * "Resource type mismatch". In files of its own, because cdktf writes `required_version` into HCL without its value.
 */
export function requireVersion(folder: string, isNeeded: boolean): void {
  for (const [name, version] of Object.entries(VERSIONS)) {
    const file = join(folder, name);
    const content = JSON.stringify({ terraform: { required_version: version } }, undefined, 2);
    if (isNeeded) writeFileSync(file, `${content}\n`);
    else if (existsSync(file)) rmSync(file);
  }
}
