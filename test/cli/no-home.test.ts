import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { BUNDLE, IDS } from './zec-nic';

/** No passwd entry has this user ID. Only root may start a process of another user. */
const UID = 12_345;
const testAsRoot = process.getuid?.() === 0 ? test : test.skip;

let folder: string;
beforeEach(() => {
  // Readable by all users, regardless of the location of the package.
  folder = mkdtempSync(join(tmpdir(), 'no-home-'));
  chmodSync(folder, 0o755);
  cpSync(dirname(BUNDLE), folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

testAsRoot.each<[string, string[], number, RegExp]>([
  ['version', [], 0, /^\d+\.\d+\.\d+/],
  ['status', [], 2, /No credentials found/],
  ['create', IDS, 2, /No credentials found/],
  ['delete', IDS, 2, /No credentials found/],
  ['doctor', ['--read-only'], 1, /no home directory/],
])('%s works for a user without home directory and passwd entry', (command, args, code, expected) => {
  const { PATH } = process.env;
  // A port without a listener, so that doctor sends nothing to the network.
  const env = { PATH, ZENLAYERCLOUD_SCHEME: 'HTTP', ZENLAYERCLOUD_DOMAIN: '127.0.0.1:9' };
  const program = [join(folder, 'zec-nic.js'), command, ...args];
  const options = { uid: UID, gid: UID, env, cwd: '/', encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, program, options);
  expect([status, `${stdout}${stderr}`]).toEqual([code, expect.stringMatching(expected)]);
});
