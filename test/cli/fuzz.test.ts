import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { UsageError } from '../../lib/cli/errors';
import { COMMANDS } from '../../lib/cli/program';
import { fuzz } from '../support/fuzz';
import { hostileKey, hostileText } from '../support/hostile';
import { parsed } from './command-line';
import { BUNDLE } from './zec-nic';

const ENV = ['ZEC_NIC_ID', 'ZEC_INSTANCE_ID', 'ZEC_TIMEOUT'];

describe.each(COMMANDS)('the command line of $name', ({ name, options = [] }) => {
  const option = fc.constantFrom('--help', ...options.map(({ long = '' }) => long));
  const word = fc.oneof(
    option,
    fc.tuple(option, hostileText).map((parts) => parts.join('=')),
    fc.constantFrom('--', '-', '-h', '--no-json', 'nic-1', 'ins-1', '10m', '0', '65536', 'world.json'),
    hostileText,
    hostileKey.map((key) => `--${key}`),
  );

  fuzz(
    `${name}: any command line and environment is parsed, or rejected with a UsageError of one line`,
    [
      fc.array(word, { maxLength: 7 }),
      fc.dictionary(
        fc.constantFrom(...ENV),
        fc.oneof(hostileText, fc.constantFrom('nic-1', 'ins-1', '5m', '25h', '0s', '')),
      ),
    ],
    async (argv, env) => {
      try {
        const line = await parsed([name, ...argv], env);
        expect([name, undefined]).toContain(line?.name);
        if (line?.options.instanceId !== undefined && name === 'status') {
          expect(line.options.instanceId).toMatch(/^[\w-]{1,128}$/);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
        expect((error as Error).message.length).toBeLessThan(700);
        expect((error as Error).message).not.toMatch(/\p{Cc}/u);
      }
    },
    100,
  );
});

describe('the world file of simulate', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'world-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const simulate = (file: string) =>
    spawnSync(process.execPath, [BUNDLE, 'simulate', '--world', file], { encoding: 'utf8', timeout: 60_000 });

  test('is rejected with the position if it is not JSON, without quoting its content', () => {
    const file = join(directory, 'world.json');
    writeFileSync(file, '{"credentials":[{"accessKeyPassword":"hush-hush" "token":1}]}');
    const { status, stdout, stderr } = simulate(file);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/cannot read the world file ".*world\.json": it is not JSON at position 49/);
    expect(stderr).not.toContain('hush');
  });

  test('is rejected with its name and each mistake if it is not a possible world', () => {
    const file = join(directory, 'impossible.json');
    writeFileSync(file, '{"instances":3,"nics":[{"nicId":"nic-1"}]}');
    const { status, stderr } = simulate(file);
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /the world file ".*impossible\.json" is not valid:\n {2}instances: must be a list\n {2}nics\[0\]/,
    );
  });

  test('is rejected if it exceeds the size limit', () => {
    const { status, stderr } = simulate('/dev/zero');
    expect(status).toBe(2);
    expect(stderr).toContain('larger than 64 MiB');
  });
});
