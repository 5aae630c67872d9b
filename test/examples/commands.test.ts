import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startSimulator } from '../../lib/simulator';
import type { Simulator } from '../../lib/simulator';
import { Shell } from '../support/shell';
import { DOCUMENTS, ROOT, snippetsIn, textOf } from './documents';

const BUNDLE = join(ROOT, 'dist/assets/zec-nic/zec-nic.js');
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly name: string;
  readonly bin?: Readonly<Record<string, string>>;
  scripts: Readonly<Record<string, string>>;
};
/** Programs in the documents that are replaced here, because they need a network, a stack or a guest. */
const STAND_INS = ['cdktf', 'nmcli', 'ip', 'python3', 'go', 'mvn'];
const PLAN = { format_version: '1.2', terraform_version: '1.11.4', planned_values: {}, configuration: {} };
const STATE = { format_version: '1.0', terraform_version: '1.11.4' };

let simulator: Simulator;
let shell: Shell;

beforeAll(async () => {
  simulator = await startSimulator({
    world: {
      instances: ['ins-web', 'ins-web-1'].map((instanceId) => ({
        instanceId,
        zoneId: 'asia-east-1a',
        status: 'RUNNING',
      })),
      nics: [{ nicId: 'nic-storage', regionId: 'asia-east-1', status: 'AVAILABLE', nicType: 'Secondary' }],
      credentials: [{ accessKeyId: 'test', accessKeyPassword: 'not-a-real-password' }],
      settings: { attachMs: [0, 0], detachMs: [0, 0] },
    },
  });
});
afterAll(() => simulator.close());

beforeEach(() => {
  shell = new Shell();
  const real = (command: string) => `"${process.execPath}" "${BUNDLE}" ${command}`;
  // Commands that run until interrupted are interrupted. The documents write "…" for credentials.
  shell.program(
    'zec-nic',
    `export ZENLAYERCLOUD_DOMAIN=${new URL(simulator.endpoint).host} ZENLAYERCLOUD_SCHEME=http
export ZENLAYERCLOUD_ACCESS_KEY_ID=test ZENLAYERCLOUD_ACCESS_KEY_PASSWORD=not-a-real-password
case " $* " in *" simulate "* | *" --watch "*) timeout --foreground --preserve-status --signal INT 3 ${real('"$@"')}; exit ;; esac
${real('"$@"')}
code=$?; echo "$code $*" >> "${join(shell.folder, 'codes')}"; exit $code`,
  );
  shell.program('npx', `case $1 in zec-nic) exec "$@" ;; cdktf | jest) exit 0 ;; *) exit 64 ;; esac`);
  shell.program('npm', `case "$*" in "run --silent zec-nic -- "*) shift 4; exec zec-nic "$@" ;; esac`);
  shell.program(
    'terraform',
    `case " $* " in *" show -json plan"*) echo '${JSON.stringify(PLAN)}' ;; *" show -json "*) echo '${JSON.stringify(STATE)}' ;; esac`,
  );
  const { port } = new URL(simulator.endpoint);
  shell.program(
    'curl',
    `PATH=\${PATH#*:} exec curl --silent --show-error --fail-with-body "\${@/:8080/:${port}}"`,
  );
  for (const name of STAND_INS) shell.program(name);
  mkdirSync(join(shell.folder, 'cdktf.out/stacks/network'), { recursive: true });
  writeFileSync(join(shell.folder, 'cdktf.out/stacks/network/cdk.tf.json'), '{}');
  cpSync(join(ROOT, 'examples'), join(shell.folder, 'examples'), { recursive: true });
  writeFileSync(join(shell.folder, 'plan.json'), JSON.stringify(PLAN));
  mkdirSync(join(shell.folder, '.ci'));
  writeFileSync(join(shell.folder, '.ci/run'), '', { mode: 0o755 });
});
afterEach(() => {
  shell.close();
  simulator.cloud.reset();
});

test.each(snippetsIn('sh').filter(({ where }) => !where.startsWith('docs/commands')))(
  '$where runs, and every program in it accepts its arguments',
  async ({ text }) => {
    // Commands for another terminal run in another shell.
    for (const part of text.split(/^# in another terminal$/m)) {
      const { code, output } = await shell.run(part.replaceAll(/=…/g, '=placeholder'));
      // zec-nic exits with 1 or 3 if the cloud differs from the one in the document.
      expect([[0, 1, 3], code, output]).toEqual([expect.arrayContaining([code]), code, output]);
    }
    for (const [program = '', ...args] of shell.calls) checkCall(program, args);
    const codes = join(shell.folder, 'codes');
    const wrongUsage = existsSync(codes)
      ? readFileSync(codes, 'utf8')
          .split('\n')
          .filter((line) => line.startsWith('2 '))
      : [];
    expect(wrongUsage).toEqual([]);
  },
);

describe('commands in the text', () => {
  const inline = new Map<string, string>();
  const others = new Map<string, string>();
  for (const document of DOCUMENTS.filter((each) => each !== 'CHANGELOG.md')) {
    for (const [, line = ''] of textOf(document).matchAll(/`(zec-nic [a-z][^`\n]*)`/g))
      inline.set(line, document);
    const pattern = /`((?:terraform|(?:npx )?cdktf|npm run|npx jest) [^`\n]*)`/g;
    for (const [, line = ''] of textOf(document).matchAll(pattern)) others.set(line, document);
  }

  test.each([...inline])('%s, in %s, is a valid command with valid options', async (line) => {
    const [, command = '', ...args] = line.split(' ');
    const { code, stdout } = await shell.run(`zec-nic ${command} --help`);
    expect([line, code]).toEqual([line, 0]);
    const unknown = args.filter((each) => each.startsWith('--') && !stdout.includes(each));
    expect([line, unknown]).toEqual([line, []]);
  });

  test.each([...others])('%s, in %s, is a valid command', (line) => {
    const [program = '', ...args] = line.replace(/^cdktf/, 'npx cdktf').split(' ');
    checkCall(program, args);
  });

  test('the README installs the programs that it runs with npx', () => {
    const text = textOf('README.md');
    const bins = [...text.matchAll(/^npm install (.*)$/gm)]
      .flatMap(([, line = '']) => line.split(' ').filter((word) => !word.startsWith('-')))
      .map((name) => (name === manifest.name ? ROOT : join(ROOT, 'node_modules', name)))
      .map((folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as typeof manifest)
      .flatMap(({ bin = {} }) => Object.keys(bin));
    const programs = [...text.matchAll(/\bnpx ([\w-]+)/g)].map(([, name]) => name);
    expect(programs).toContain('cdktf');
    expect(bins).toEqual(expect.arrayContaining(programs));
  });

  test('every npm script in the text exists in package.json', () => {
    const named = DOCUMENTS.flatMap((each) => [...textOf(each).matchAll(/npm run (?:--silent )?([\w:-]+)/g)]);
    const unknown = named.map(([, name = '']) => name).filter((name) => !(name in manifest.scripts));
    expect(unknown).toEqual([]);
  });
});

function checkCall(program: string, args: readonly string[]): void {
  const line = [program, ...args].join(' ');
  if (program === 'npm') checkNpm(line, args);
  if (program === 'npx' && args[0] === 'cdktf') checkCdktf(line, args.slice(1));
  if (program === 'npx' && args[0] === 'jest') {
    const suites = readdirSync(join(ROOT, 'test'));
    const unknown = args.slice(1).filter((path) => !suites.some((each) => `test/${each}`.startsWith(path)));
    expect([line, unknown]).toEqual([line, []]);
  }
  if (program === 'terraform') {
    const command = args.find((each) => !each.startsWith('-')) ?? '';
    expect([line, command]).toEqual([
      line,
      expect.stringMatching(/^(?:plan|show|apply|destroy|init|query|state|test|untaint|version)$/),
    ]);
  }
}

/** The script must exist, and its program must accept the arguments after `--`. */
function checkNpm(line: string, args: readonly string[]): void {
  if (args[0] !== 'run') {
    expect([line, args[0]]).toEqual([line, expect.stringMatching(/^(?:ci|test|install)$/)]);
    return;
  }
  const [name = ''] = args.slice(1).filter((each) => !each.startsWith('-'));
  const script = manifest.scripts[name];
  expect([line, script]).toEqual([line, expect.any(String)]);
  if (name === 'zec-nic') return;
  const entry = /(?:test|scripts)\/[\w./-]+$/.exec(script ?? '')?.[0] ?? '';
  const flags = args.filter((each) => /^--\w/.test(each) && each !== '--silent');
  const source = entry === '' || flags.length === 0 ? '' : readFileSync(join(ROOT, entry), 'utf8');
  expect([line, flags.filter((flag) => !new RegExp(`\\b${flag.slice(2)}\\b`).test(source))]).toEqual([
    line,
    [],
  ]);
}

const CDKTF_OPTIONS = ['--auto-approve', '--hcl', '--terraform-parallelism'];

function checkCdktf(line: string, [command = '', ...rest]: readonly string[]): void {
  expect([line, command]).toEqual([line, expect.stringMatching(/^(?:diff|deploy|destroy|synth)$/)]);
  const unknown = rest.filter((each) => each.startsWith('--') && !CDKTF_OPTIONS.includes(each));
  expect([line, unknown]).toEqual([line, []]);
}
