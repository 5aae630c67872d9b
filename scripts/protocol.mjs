// Generates lib/plugin/generated/*_pb.ts from the .proto files in lib/plugin. With --check, only verifies that they are up to date.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => join(root, 'node_modules', '.bin', name);
const target = join(root, 'lib', 'plugin', 'generated');
const check = process.argv.includes('--check');
const out = check ? mkdtempSync(join(tmpdir(), 'protocol-')) : target;

const template = { version: 'v2', plugins: [{ local: bin('protoc-gen-es'), out, opt: 'target=ts' }] };
const { status, error } = spawnSync(
  bin('buf'),
  ['generate', join(root, 'lib', 'plugin'), '--template', JSON.stringify(template)],
  { cwd: root, stdio: 'inherit' },
);
if (error !== undefined) throw error;

const generated = (folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('_pb.ts'))
    .map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
// ESLint ignores the folder.
for (const [name, text] of status === 0 ? generated(out) : [])
  writeFileSync(join(out, name), text.replace('/* eslint-disable */\n', ''));
if (status !== 0) {
  process.exitCode = status ?? 1;
} else if (JSON.stringify(generated(out)) !== JSON.stringify(generated(target))) {
  console.error('lib/plugin/generated is out of date. Run "npm run protocol".');
  process.exitCode = 1;
}
if (check) rmSync(out, { recursive: true });
