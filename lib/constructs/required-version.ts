import { existsSync, rmSync, writeFileSync } from 'fs';
import { join } from 'path';

/** The first versions that move state between resource types. OpenTofu reads the second file instead of the first. */
const VERSIONS = {
  'zec-moved-state.tf.json': '>= 1.8',
  'zec-moved-state.tofu.json': '>= 1.10',
};

/**
 * Makes versions that cannot move state between resource types reject the stack and name the required version. Their own
 * error is "Resource type mismatch". In separate files, because cdktf writes `required_version` to HCL without its value.
 */
export function requireVersion(folder: string, isNeeded: boolean): void {
  for (const [name, version] of Object.entries(VERSIONS)) {
    const file = join(folder, name);
    const content = JSON.stringify({ terraform: { required_version: version } }, undefined, 2);
    if (isNeeded) writeFileSync(file, `${content}\n`);
    else if (existsSync(file)) rmSync(file);
  }
}
