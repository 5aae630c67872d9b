import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { completionScript, SHELLS } from '../../lib/cli/completion';
import { COMMANDS, createProgram } from '../../lib/cli/program';
import { run } from '../support/processes';

const names = COMMANDS.filter(({ hidden }) => hidden !== true).map(({ name }) => name);
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'zec-completion-'));
  for (const shell of SHELLS) writeFileSync(join(directory, shell), completionScript(shell, createProgram()));
  writeFileSync(join(directory, 'world one.json'), '');
  writeFileSync(join(directory, 'world.json'), '');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** `test`, or `test.skip` if the shell is not installed. */
const withShell = (shell: string) => (spawnSync(shell, ['--version']).status === 0 ? test : test.skip);

/** The completions of bash for the last argument. */
async function bash(...args: readonly string[]): Promise<string[]> {
  const script =
    'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _zec_nic; printf "%s\\n" "${COMPREPLY[@]}"';
  const { code, stdout, stderr } = await run(
    'bash',
    ['--norc', '-c', script, '_', join(directory, 'bash'), ...args],
    {
      cwd: directory,
    },
  );
  expect([code, stderr]).toEqual([0, '']);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

describe('bash', () => {
  test('completes commands, then the options of the command', async () => {
    expect(await bash('zec-nic', '')).toEqual([...names, '--help', '--version'].sort());
    expect(await bash('zec-nic', 's')).toEqual(['simulate', 'status']);
    expect(await bash('zec-nic', 'status', '--')).toEqual([
      '--help',
      '--instance-id',
      '--json',
      '--name',
      '--no-color',
      '--region',
      '--watch',
    ]);
    expect(await bash('zec-nic', 'status', '--watch', '--j')).toEqual(['--json']);
    expect(await bash('zec-nic', 'review', '--format', 'm')).toEqual(['markdown']);
    expect(await bash('zec-nic', 'nothing', '')).toEqual([]);
  });

  test('completes enumerated values, and leaves everything else to the file completion of the shell', async () => {
    expect(await bash('zec-nic', 'completion', 'z')).toEqual(['zsh']);
    expect(await bash('zec-nic', 'help', 'cr')).toEqual(['create']);
    expect(await bash('zec-nic', 'create', '--nic-id', '')).toEqual([]);
  });
});

describe('fish', () => {
  withShell('fish')('completes commands, options, enumerated values and files', async () => {
    const fish = async (line: string) => {
      const { code, stdout } = await run(
        'fish',
        ['-N', '-c', 'source $argv[1]; complete -C $argv[2]', join(directory, 'fish'), line],
        {
          cwd: directory,
          env: { HOME: directory },
        },
      );
      expect(code).toBe(0);
      return stdout
        .split('\n')
        .filter((each) => each !== '')
        .map((each) => each.split('\t')[0]);
    };
    expect((await fish('zec-nic ')).sort()).toEqual([...names].sort());
    expect(await fish('zec-nic status --na')).toEqual(['--name']);
    expect(await fish('zec-nic completion z')).toEqual(['zsh']);
    expect(await fish('zec-nic create --nic-id ')).toEqual([]);
    expect(await fish('zec-nic simulate --world world.')).toEqual(['world.json']);
  });
});

describe('zsh', () => {
  withShell('zsh')('loads the script and registers the completion', async () => {
    const script =
      'autoload -Uz compinit; compinit -u -D; source $1; print $_comps[zec-nic]; whence -w _zec_nic';
    const { code, output } = await run('zsh', ['-f', '-c', script, '_', join(directory, 'zsh')], {
      env: { HOME: directory },
    });
    expect([code, output]).toEqual([0, expect.stringMatching(/_zec_nic: function\n$/)]);
  });
});

test('special characters in a help text do not break the scripts', () => {
  const program = createProgram();
  const help = `it's [odd]: "so" $(touch x) \\ done`;
  program.command('odd').summary(help).option('--odd <A:B>', help);
  for (const shell of SHELLS) {
    const file = join(directory, `odd.${shell}`);
    writeFileSync(file, completionScript(shell, program));
    const { status, stderr, error } = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
    if (error === undefined) expect([shell, status, stderr]).toEqual([shell, 0, '']);
  }
});
