import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../../lib/cli/errors';
import { COMMANDS } from '../../lib/cli/program';
import { Shell } from '../support/shell';
import { helpText, parsed } from './command-line';

const root = resolve(__dirname, '../..');

const documentation = readFileSync(join(root, 'docs', 'commands.md'), 'utf8');

test('docs/commands.md contains the general help text', async () => {
  expect(documentation).toContain(await helpText());
});

test.each(COMMANDS)('the help text of $name fits in 110 columns', async ({ name, hidden }) => {
  const text = await helpText(name);
  if (hidden !== true) expect(documentation).toContain(text);
  const examples = text.slice(text.indexOf('Examples:'), text.indexOf('Exit codes:'));
  for (const line of text.replace(examples, '').split('\n')) expect(line.length).toBeLessThanOrEqual(110);
});

test.each(COMMANDS)(
  '$name has a complete definition',
  ({ name, summary, examples, exitCodes, args, options = [] }) => {
    expect(summary).toMatch(/^[a-z][^\n.]{5,80}$/);
    expect(Object.keys(examples).length).toBeGreaterThan(0);
    expect(Object.keys(exitCodes).length).toBeGreaterThan(0);
    // An option with an optional value would consume the argument after it. status reports this itself.
    if (name !== 'status') expect(options.some(({ optional }) => optional) && args !== undefined).toBe(false);
    expect(options.map(({ long }) => long)).toContain('--json');
  },
);

test('every example is accepted by a shell and by the parser', async () => {
  const shell = new Shell().program('zec-nic').program('jq', 'cat > /dev/null').program('terraform');
  try {
    for (const example of COMMANDS.flatMap(({ examples }) => Object.values(examples))) {
      const earlier = shell.calls.length;
      // In fish, "source" reads a script from stdin.
      const defineSource = 'source() { cat "${1:-/dev/stdin}" > /dev/null; }; ';
      expect(await shell.run(`${defineSource}${example}`)).toMatchObject({ code: 0, stderr: '' });
      const calls = shell.calls.slice(earlier).filter(([program]) => program === 'zec-nic');
      expect([example, calls.length]).toEqual([example, 1]);
      const [, ...argv] = calls[0] ?? [];
      expect(await parsed(argv)).toMatchObject({ name: argv[0] });
    }
  } finally {
    shell.close();
  }
});

describe('parsing', () => {
  test('the command line overrides the environment, which overrides the default', async () => {
    const ids = ['create', '--nic-id', 'nic-1', '--instance-id=ins-1'];
    const env = { ZEC_NIC_ID: 'nic-2', ZEC_TIMEOUT: '2m' };
    expect((await parsed(ids, env))?.options).toMatchObject({
      nicId: 'nic-1',
      instanceId: 'ins-1',
      timeout: '2m',
    });
    expect((await parsed(ids))?.options.timeout).toBe('10m');
  });

  test.each([
    [[], undefined],
    [['--watch'], 5_000],
    [['--watch', '--json'], 5_000],
    [['--watch', '2s'], 2_000],
    [['--watch=1m'], 60_000],
  ])('status %j has the interval %p ms', async (args, expected) => {
    expect((await parsed(['status', ...args]))?.options.watch).toBe(expected);
  });

  test.each<[string[], RegExp]>([
    [['review'], /missing required argument 'PLAN'/],
    [['review', 'plan.json', '--format', 'pdf'], /'pdf' is invalid\. Allowed choices are text, /],
    [['help', 'create', 'delete'], /too many arguments/],
    [['status', '--instance-id', '$(x)'], /Invalid instance ID/],
    [['status', '--watch', 'nic-1'], /the interval "nic-1" is invalid: expected a duration/],
    [['version', '--jsno'], /unknown option '--jsno' \(Did you mean --json\?\)/],
    [['create', '--nic-id'], /--nic-id <X>' argument missing/],
    [['create', '--nic-id', 'a', '--instance-id', 'b', '--json=yes'], /--json/],
    [['stauts'], /unknown command 'stauts' \(Did you mean status\?\)/],
    [['creat', '--help'], /unknown command 'creat' \(Did you mean create\?\)/],
    [['--jsno'], /unknown option '--jsno'/],
  ])('%j is a usage error', async (argv, message) => {
    const failing = parsed(argv);
    await expect(failing).rejects.toThrow(message);
    await expect(failing).rejects.toBeInstanceOf(UsageError);
  });

  test('--help works without required arguments', async () => {
    expect(await parsed(['review', '--help'])).toBeUndefined();
  });
});

test('commands that Terraform calls load neither the parser nor other commands', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zec-meta-'));
  const meta = join(folder, 'meta.json');
  const esbuild = join(dirname(require.resolve('esbuild/package.json')), 'bin', 'esbuild');
  const args = ['lib/cli/main.ts', '--bundle', '--platform=node', `--outfile=${join(folder, 'out.js')}`];
  const { status, stderr } = spawnSync(
    process.execPath,
    [esbuild, ...args, `--metafile=${meta}`, '--log-level=error'],
    { cwd: root, encoding: 'utf8' },
  );
  expect([status, stderr]).toEqual([0, '']);
  const { inputs } = JSON.parse(readFileSync(meta, 'utf8')) as {
    inputs: Record<string, { imports: { path: string; kind: string }[] }>;
  };
  rmSync(folder, { recursive: true, force: true });
  const modulesOf = (file: string, seen = new Set<string>()): Set<string> => {
    if (seen.has(file)) return seen;
    seen.add(file);
    for (const { path, kind } of inputs[file]?.imports ?? [])
      if (kind !== 'dynamic-import') modulesOf(path, seen);
    return seen;
  };
  for (const name of ['attachment', 'converge']) {
    const files = [...modulesOf('lib/cli/main.ts'), ...modulesOf(`lib/cli/commands/${name}.ts`)];
    expect(files).toContain('lib/handler/operation.ts');
    const others = files.filter((file) =>
      /^lib\/cli\/[a-z-]+\/|^lib\/(?!cli|handler|zec)[a-z]+\/|program|commander|string-width/.test(file),
    );
    const own = new Set(['lib/cli/commands/attachment.ts', `lib/cli/commands/${name}.ts`]);
    expect(new Set(others)).toEqual(own);
  }
});
