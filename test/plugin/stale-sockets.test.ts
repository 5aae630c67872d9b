import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeStaleSockets } from '../../lib/plugin/stale-sockets';
import { bundleProvider } from '../support/bundle-provider';
import { eventually } from '../support/processes';
import { Host } from './host';

let temporary: string;
let own: string;

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'stale-'));
  own = join(temporary, 'tf-plugin-own', 's');
});
afterEach(() => rmSync(temporary, { recursive: true, force: true }));

function folder(name: string): string {
  const path = join(temporary, name);
  mkdirSync(path);
  return path;
}

/** A socket whose process was killed. */
function deadSocket(path: string): void {
  const script =
    'require("net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))';
  spawnSync(process.execPath, ['-e', script, path]);
  expect(existsSync(path)).toBe(true);
}

const age = (path: string) => utimesSync(path, 1_000, 1_000);

async function isKept(path: string): Promise<boolean> {
  await removeStaleSockets(own);
  return existsSync(path);
}

test('the folder of a killed provider is removed', async () => {
  const path = folder('tf-plugin-killed');
  deadSocket(join(path, 's'));
  age(path);
  expect(await isKept(path)).toBe(false);
});

test('an old folder without a socket is removed', async () => {
  const path = folder('tf-plugin-empty');
  age(path);
  expect(await isKept(path)).toBe(false);
});

test('the folder of a listening provider is kept, regardless of age', async () => {
  const path = folder('tf-plugin-live');
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(path, 's'), resolve));
  age(path);
  expect(await isKept(join(path, 's'))).toBe(true);
  await new Promise((resolve) => server.close(resolve));
});

test('the folder of a starting provider is kept', async () => {
  const path = folder('tf-plugin-new');
  deadSocket(join(path, 's'));
  expect(await isKept(join(path, 's'))).toBe(true);
});

test('its own folder is kept', async () => {
  const path = folder('tf-plugin-own');
  age(path);
  expect(await isKept(path)).toBe(true);
});

test.each<[string, string, (path: string) => void]>([
  ['of another name', 'other-plugin', () => undefined],
  ['with another file', 'tf-plugin-file', (path) => writeFileSync(join(path, 'x'), '')],
  ['with a file in place of the socket', 'tf-plugin-plain', (path) => writeFileSync(join(path, 's'), '')],
  [
    'with a link in place of the socket',
    'tf-plugin-link',
    (path) => symlinkSync('/dev/null', join(path, 's')),
  ],
])('a folder %s is kept', async (_, name, fill) => {
  const path = folder(name);
  fill(path);
  age(path);
  expect(await isKept(path)).toBe(true);
});

test('a folder of another user is kept', async () => {
  const path = folder('tf-plugin-foreign');
  age(path);
  const uid = jest.spyOn(process, 'getuid').mockReturnValue(12_345);
  expect(await isKept(path)).toBe(true);
  uid.mockRestore();
  expect(await isKept(path)).toBe(false);
});

test('a provider removes the folder of a killed provider, and its own on exit', async () => {
  const toy = bundleProvider(join(__dirname, 'toy/main.ts'), 'terraform-provider-toy');
  try {
    const killed = await Host.start(toy.file, { TMPDIR: temporary });
    process.kill(killed.pid, 'SIGKILL');
    await killed.exited;
    const [left = ''] = readdirSync(temporary);
    expect(left).toMatch(/^tf-plugin-/);
    age(join(temporary, left));
    const host = await Host.start(toy.file, { TMPDIR: temporary });
    await eventually('the folder is removed', () => !readdirSync(temporary).includes(left));
    await host.shutdown();
    await host.exited;
    expect(readdirSync(temporary)).toEqual([]);
  } finally {
    toy.remove();
  }
});
