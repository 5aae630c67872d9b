import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describeWith } from './terraform';

const ROOT = join(__dirname, '../..');

/** The executable of another version of Node.js that `npm run install-node` has installed. */
export function nodeBinary(version: string): string {
  return join(ROOT, 'node_modules/.cache/node', version, 'bin/node');
}

/** A `PATH` with that version first. */
export function pathWith(version: string): string {
  return `${dirname(nodeBinary(version))}:${process.env.PATH ?? ''}`;
}

/** `describe` for a version of Node.js: required in CI, otherwise skipped unless `npm run install-node` was run. */
export function describeWithNode(version: string, tests: () => void): void {
  const isInstalled = () => {
    if (process.env.CI === 'true') {
      spawnSync(process.execPath, [join(ROOT, 'scripts/install-node.mjs'), version], { stdio: 'inherit' });
    }
    return existsSync(nodeBinary(version));
  };
  describeWith(`Node.js ${version}`, isInstalled)(`Node.js ${version}`, tests);
}
