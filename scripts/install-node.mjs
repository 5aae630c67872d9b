// Installs other versions of Node.js for test/compat, from their npm packages: node scripts/install-node.mjs 22 24
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const name = `node-${process.platform}-${process.arch}`;

for (const version of process.argv.slice(2)) {
  const folder = join(root, 'node_modules', '.cache', 'node', version);
  if (existsSync(join(folder, 'bin', 'node'))) continue;
  mkdirSync(folder, { recursive: true });
  const options = { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' };
  const packed = spawnSync('npm', ['pack', '--silent', '--fetch-retries=1', `${name}@${version}`], options);
  const archive = packed.stdout?.trim().split('\n').pop() ?? '';
  const unpack = ['-xzf', archive, '--strip-components=1', 'package/bin/node'];
  if (packed.status !== 0 || spawnSync('tar', unpack, options).status !== 0) {
    process.stderr.write(
      `Node.js ${version} cannot be installed: the npm package ${name}@${version} is missing.\n`,
    );
    process.exitCode = 1;
  }
  if (archive !== '') rmSync(join(folder, archive), { force: true });
}
