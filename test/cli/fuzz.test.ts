import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parseCommand, UsageError } from '../../lib/cli/arguments';
import { MAX_TIMEOUT_SECONDS } from '../../lib/contract';
import { fuzz } from '../support/fuzz';
import { hostileKey, hostileText } from '../support/hostile';
import { BUNDLE } from './zec-nic';

const word = fc.oneof(
  fc.constantFrom(
    'create',
    'read',
    'delete',
    'simulate',
    'help',
    '--version',
    '-h',
    '--json',
    '--',
    '-',
    '--no-json',
  ),
  fc.constantFrom(
    '--nic-id',
    '--instance-id',
    '--timeout',
    '--port',
    '--world',
    '--nic-id=nic-1',
    '--json=1',
  ),
  fc.constantFrom('nic-1', 'ins-1', '10m', '0', '65536', 'world.json'),
  hostileText,
  hostileKey.map((key) => `--${key}`),
);
const ENV = ['ZEC_NIC_ID', 'ZEC_INSTANCE_ID', 'ZEC_TIMEOUT'];

fuzz(
  'whatever stands on the command line and in the environment is a command, or wrong usage',
  [
    fc.array(word, { maxLength: 7 }),
    fc.dictionary(
      fc.constantFrom(...ENV),
      fc.oneof(hostileText, fc.constantFrom('nic-1', 'ins-1', '5m', '25h', '0s', '')),
    ),
  ],
  (argv, env) => {
    try {
      const command = parseCommand(argv, env);
      if (!('target' in command)) return;
      expect(`${command.target.nicId} ${command.target.instanceId}`).toMatch(/^[\w-]{1,128} [\w-]{1,128}$/);
      expect(command.timeoutMs > 0 && command.timeoutMs <= MAX_TIMEOUT_SECONDS * 1000).toBe(true);
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
      expect((error as Error).message.length).toBeLessThan(700);
      expect((error as Error).message).not.toMatch(/[\0-\x1f\x7f]/);
    }
  },
  400,
);

describe('a world file', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'world-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const simulate = (file: string) =>
    spawnSync(process.execPath, [BUNDLE, 'simulate', '--world', file], { encoding: 'utf8', timeout: 60_000 });

  test('that is not JSON is refused with the place, and without what stands there', () => {
    const file = join(folder, 'world.json');
    writeFileSync(file, '{"credentials":[{"accessKeyPassword":"hush-hush" "token":1}]}');
    const { status, stdout, stderr } = simulate(file);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/world\.json" can't be read: it is not JSON at position 49/);
    expect(stderr).not.toContain('hush');
  });

  test('that never ends is given up', () => {
    const { status, stderr } = simulate('/dev/zero');
    expect(status).toBe(2);
    expect(stderr).toContain('larger than 64 MiB');
  });
});
