import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Command } from '../../lib/cli/command';
import { generalHelp, helpText } from '../../lib/cli/help';
import { COMMON, flagName } from '../../lib/cli/options';
import { parseInvocation } from '../../lib/cli/parse';
import { COMMAND_NAMES, loadAll, loadCommand } from '../../lib/cli/table';
import { Shell } from '../support/shell';

const root = resolve(__dirname, '../..');
let commands: readonly Command[];
beforeAll(async () => {
  commands = await loadAll();
});

const each = COMMAND_NAMES.map((name) => [name] as const);
async function commandOf(name: string): Promise<Command> {
  const command = await loadCommand(name);
  if (command === undefined) throw new Error(`no command ${name}`);
  return command;
}

test('the general help text', () => {
  expect(generalHelp(commands)).toMatchSnapshot();
});

test.each(each)('the help text of %s', async (name) => {
  const text = helpText(await commandOf(name));
  expect(text).toMatchSnapshot();
  const examples = text.slice(text.indexOf('Examples:'), text.indexOf('Exit codes:'));
  for (const line of text.replace(examples, '').split('\n')) expect(line.length).toBeLessThanOrEqual(110);
});

test.each(each)('%s is defined whole', async (name) => {
  const command = await commandOf(name);
  expect(command.name).toBe(name);
  expect(command.summary).toMatch(/^[^\n.]{5,80}$/);
  expect(command.examples.length).toBeGreaterThan(0);
  expect(Object.keys(command.exitCodes).length).toBeGreaterThan(0);
  const names = Object.keys({ ...command.options, ...COMMON }).map(flagName);
  expect(new Set(names).size).toBe(Object.keys(command.options).length + Object.keys(COMMON).length);
  // What may stand alone would swallow an argument that follows it.
  const mayStandAlone = Object.values(command.options).some(({ implied }) => implied !== undefined);
  expect(mayStandAlone && command.args !== undefined).toBe(false);
  if (name !== 'completion') expect(command.options).toHaveProperty('json');
});

test('every example is a command line that a shell and the parser accept', async () => {
  const shell = new Shell().program('zec-nic').program('jq', 'cat > /dev/null').program('terraform');
  try {
    const examples = commands.flatMap((command) => command.examples.map(({ run }) => run));
    for (const example of examples) {
      const before = shell.calls.length;
      // To fish, "source" reads what is piped into it.
      const fish = 'source() { cat "${1:-/dev/stdin}" > /dev/null; }; ';
      expect(await shell.run(`${fish}${example}`)).toMatchObject({ code: 0, stderr: '' });
      const calls = shell.calls.slice(before).filter(([program]) => program === 'zec-nic');
      expect([example, calls.length]).toEqual([example, 1]);
      const [, name = '', ...args] = calls[0] ?? [];
      const env = { ZEC_NIC_ID: 'nic-1', ZEC_INSTANCE_ID: 'ins-1' };
      expect(
        parseInvocation(await commandOf(name), args, example.includes('ZEC_NIC_ID') ? env : {}).help,
      ).toBe(false);
    }
  } finally {
    shell.close();
  }
});

describe('parsing', () => {
  const parse = async (name: string, args: readonly string[], env = {}) => {
    const parsed = parseInvocation(await commandOf(name), args, env);
    if (parsed.help) throw new Error('help');
    return parsed;
  };

  test('what the command line gives goes before the environment, and that before the default', async () => {
    const ids = ['--nic-id', 'nic-1', '--instance-id=ins-1'];
    const env = { ZEC_NIC_ID: 'nic-2', ZEC_TIMEOUT: '2m' };
    const { options, given } = (await parse('create', ids, env)).invocation;
    expect(options).toEqual({ nicId: 'nic-1', instanceId: 'ins-1', timeout: 120_000, json: false });
    expect([...given].sort()).toEqual(['instanceId', 'nicId']);
    expect((await parse('create', ids)).invocation.options.timeout).toBe(600_000);
  });

  test.each([
    [[], undefined],
    [['--watch'], 5_000],
    [['--watch', '--json'], 5_000],
    [['--watch', '2s'], 2_000],
    [['--watch=1m'], 60_000],
  ])('status %j watches every %p ms', async (args, expected) => {
    expect((await parse('status', args)).invocation.options.watch).toBe(expected);
  });

  test.each([
    ['completion', [], /completion needs SHELL: bash, zsh or fish/],
    ['completion', ['csh'], /the shell "csh" is not one of bash, zsh, fish/],
    ['completion', ['bash', 'zsh'], /takes no further argument "zsh"/],
    ['status', ['--instance-id', '$(x)'], /Not an instance id/],
    ['version', ['--jsno'], /Unknown option '--jsno'/],
    ['create', ['--nic-id'], /--nic-id/],
    ['create', ['--nic-id', 'a', '--instance-id', 'b', '--json=yes'], /--json/],
  ])('%s %j is wrong usage', async (name, args, message) => {
    await expect(parse(name, args)).rejects.toThrow(message);
  });

  test('--help goes before what is missing', async () => {
    expect(parseInvocation(await commandOf('create'), ['--help'], {})).toEqual({ help: true });
  });
});

test('no command pays for the start-up of another: create and delete load neither the simulator nor the doctor', () => {
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
  const loadedWith = (file: string, seen = new Set<string>()): Set<string> => {
    if (seen.has(file)) return seen;
    seen.add(file);
    for (const { path, kind } of inputs[file]?.imports ?? [])
      if (kind !== 'dynamic-import') loadedWith(path, seen);
    return seen;
  };
  for (const name of ['create', 'read', 'delete']) {
    const files = [...loadedWith('lib/cli/main.ts'), ...loadedWith(`lib/cli/commands/${name}.ts`)];
    expect(files).toContain('lib/handler/converge.ts');
    const others = files.filter((file) =>
      /^lib\/cli\/[a-z-]+\/|^lib\/(?!cli|handler|zec)[a-z]+\//.test(file),
    );
    expect([...new Set(others)]).toEqual([`lib/cli/commands/${name}.ts`]);
  }
});
