import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Command } from '../../lib/cli/command';
import { flagName } from '../../lib/cli/options';
import { parseInvocation } from '../../lib/cli/parse';
import { COMMAND_NAMES, loadCommand } from '../../lib/cli/table';
import { UsageError } from '../../lib/cli/usage-error';
import { MAX_TIMEOUT_SECONDS } from '../../lib/contract';
import { fuzz } from '../support/fuzz';
import { hostileKey, hostileText } from '../support/hostile';
import { BUNDLE } from './zec-nic';

const ENV = ['ZEC_NIC_ID', 'ZEC_INSTANCE_ID', 'ZEC_TIMEOUT'];

describe.each(COMMAND_NAMES)('the command line of %s', (name) => {
  let command: Command;
  beforeAll(async () => {
    const found = await loadCommand(name);
    if (found === undefined) throw new Error(`no command ${name}`);
    command = found;
  });
  const option = fc.nat().map((index) => {
    const keys = Object.keys(command.options);
    return flagName(keys[index % Math.max(keys.length, 1)] ?? 'help');
  });
  const word = fc.oneof(
    option,
    fc.tuple(option, hostileText).map((parts) => parts.join('=')),
    fc.constantFrom('--', '-', '-h', '--no-json', 'nic-1', 'ins-1', '10m', '0', '65536', 'world.json'),
    hostileText,
    hostileKey.map((key) => `--${key}`),
  );

  fuzz(
    `${name}: whatever stands on the command line and in the environment is understood, or wrong usage in one line`,
    [
      fc.array(word, { maxLength: 7 }),
      fc.dictionary(
        fc.constantFrom(...ENV),
        fc.oneof(hostileText, fc.constantFrom('nic-1', 'ins-1', '5m', '25h', '0s', '')),
      ),
    ],
    (argv, env) => {
      try {
        const parsed = parseInvocation(command, argv, env);
        if (parsed.help || (name !== 'create' && name !== 'read')) return;
        const { nicId, instanceId, timeout } = parsed.invocation.options as Record<string, unknown>;
        expect(`${String(nicId)} ${String(instanceId)}`).toMatch(/^[\w-]{1,128} [\w-]{1,128}$/);
        expect(Number(timeout) > 0 && Number(timeout) <= MAX_TIMEOUT_SECONDS * 1000).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
        expect((error as Error).message.length).toBeLessThan(700);
        expect((error as Error).message).not.toMatch(/\p{Cc}/u);
      }
    },
    100,
  );
});

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
