import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { Deployment } from '../e2e/deployment';
import type { InitialWorld } from '../e2e/deployment';
import { run } from '../support/processes';
import { describeWith, describeWithTerraform } from '../support/terraform';

const root = resolve(__dirname, '../..');
const JSII = '1.139.0';

const environment = {
  // The built-in carrier, because the null provider would be downloaded from Terraform's registry.
  CDKTF_CONTEXT_JSON: JSON.stringify({ 'zec:carrier': 'terraform_data' }),
  JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1',
};

const works = (command: string, ...args: string[]) =>
  spawnSync(command, args, { cwd: tmpdir() }).status === 0;

const folder = mkdtempSync(join(tmpdir(), 'zec-languages-'));
const at = (...path: string[]) => join(folder, ...path);
/** The working directory of every program, which determines the path of the local backend's state file. */
const app = () => at('app');

async function succeed(command: string, args: readonly string[], env: Record<string, string> = {}) {
  const { code, output } = await run(command, args, {
    cwd: app(),
    env: { ...environment, ...env },
  });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${output.slice(-4_000)}`);
}

function filesBelow(parent: string): string[] {
  return readdirSync(parent, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

/** The synthesized files of a program, by path. */
async function synthesized(
  command: string,
  args: readonly string[],
  env?: Record<string, string>,
): Promise<ReadonlyMap<string, string>> {
  rmSync(join(app(), 'cdktf.out'), { recursive: true, force: true });
  await succeed(command, args, env);
  const output = join(app(), 'cdktf.out');
  return new Map(filesBelow(output).map((path) => [relative(output, path), readFileSync(path, 'utf8')]));
}

let typescript: ReadonlyMap<string, string>;

beforeAll(async () => {
  mkdirSync(app());
  const pacmak = require.resolve('jsii-pacmak/bin/jsii-pacmak');
  const targets = ['python', 'java', 'go', 'dotnet'].flatMap((target) => ['-t', target]);
  const options = ['--recurse', '--code-only', '--rosetta-unknown-snippets=verbatim', '-o', folder];
  await succeed(process.execPath, [pacmak, ...targets, ...options, root, join(root, 'node_modules/cdktf')]);
  const tsx = require.resolve('tsx/cli');
  typescript = await synthesized(process.execPath, [tsx, join(root, 'examples/fleet/main.ts')]);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

// Each language's runtime is downloaded from its registry, which may not be reachable.
const describeWithPython = describeWith('Python with jsii from PyPI', () =>
  works('python3', '-m', 'pip', 'install', '-q', '--target', at('pip'), `jsii==${JSII}`),
);
const describeWithGo = describeWith('Go with jsii-runtime-go from the module proxy', () =>
  works('go', 'mod', 'download', `github.com/aws/jsii-runtime-go@v${JSII}`),
);
const describeWithJava = describeWith('Java and Maven with jsii-runtime from Maven Central', () => {
  const copy = ['dependency:copy-dependencies', `-DoutputDirectory=${at('jars')}`];
  return works('javac', '-version') && works('mvn', '-q', '-f', join(__dirname, 'java-runtime.xml'), ...copy);
});

const runPython = () =>
  synthesized('python3', [join(root, 'examples/python/main.py')], {
    PYTHONPATH: [at('pip'), at('python/src')].join(':'),
    PYTHONDONTWRITEBYTECODE: '1',
  });

describeWithPython('Python', () => {
  test('zec-nic of the Python package runs in Node.js, and reports a missing Node.js', async () => {
    const generated = at('python/src/cdktf_zenlayer_zec/_jsii/bin/zec-nic');
    expect(existsSync(generated)).toBe(true);
    const env = { PYTHONPATH: at('python/src'), XDG_CACHE_HOME: at('cache') };
    const command = [join(root, 'scripts/python/zec-nic'), 'version'];
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    for (const _ of ['unpacked', 'from the cache']) {
      expect(await run('python3', command, { env })).toMatchObject({ code: 0, stdout: `${version}\n` });
    }
    const python = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' });
    expect(await run(python.stdout.trim(), command, { env: { ...env, PATH: at('empty') } })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no "node" on the PATH') as string,
    });
  });

  test('synthesizes the same files as TypeScript', async () => {
    expect(await runPython()).toEqual(typescript);
  });
});

describeWithGo('Go', () => {
  test('synthesizes the same files as TypeScript', async () => {
    const source = at('go-example');
    cpSync(join(root, 'examples/go'), source, { recursive: true });
    const modules = filesBelow(at('go')).filter((path) => basename(path) === 'go.mod');
    const replacements = modules.map((path) => {
      const name = /^module (.+)$/m.exec(readFileSync(path, 'utf8'))?.[1] ?? '';
      return `-replace=${name}=${resolve(path, '..')}`;
    });
    await succeed('go', ['-C', source, 'mod', 'edit', ...replacements]);
    const env = { GOFLAGS: '-mod=mod', CGO_ENABLED: '0' };
    await succeed('go', ['-C', source, 'build', '-o', at('go-program'), '.'], env);
    expect(await synthesized(at('go-program'), [])).toEqual(typescript);
  });
});

describeWithJava('Java', () => {
  test('synthesizes the same files as TypeScript', async () => {
    const jars = at('jars');
    const sources = [at('java/src/main/java'), join(root, 'examples/java')].flatMap(filesBelow);
    const programs = sources.filter((path) => path.endsWith('.java'));
    await succeed('javac', [
      // Optimizing itself takes longer than compiling the program.
      '-J-XX:TieredStopAtLevel=1',
      '-J-XX:+UseSerialGC',
      '-nowarn',
      '-encoding',
      'UTF-8',
      '-cp',
      `${jars}/*`,
      '-d',
      at('classes'),
      ...programs,
    ]);
    cpSync(at('java/src/main/resources'), at('classes'), { recursive: true });
    expect(await synthesized('java', ['-cp', `${at('classes')}:${jars}/*`, 'Main'])).toEqual(typescript);
  });
});

test('the snippets of README.md and of the docstrings compile, and can be translated', async () => {
  const rosetta = join(root, 'node_modules/.bin/jsii-rosetta');
  const translations = join(root, '.jsii.tabl.json');
  // Files of an earlier run would be reused.
  rmSync(translations, { force: true });
  try {
    await succeed(process.execPath, [rosetta, 'extract', '--fail', root]);
    const { snippets } = JSON.parse(readFileSync(translations, 'utf8')) as { snippets: object };
    expect(Object.keys(snippets).length).toBeGreaterThan(1);
  } finally {
    rmSync(translations, { force: true });
  }
});

test('C# code is generated for every public class', () => {
  const generated = at('dotnet/CdktfZenlayerZec/CdktfZenlayerZec');
  const { types } = JSON.parse(readFileSync(join(root, '.jsii'), 'utf8')) as {
    types: Record<string, { kind: string; name: string }>;
  };
  const classes = Object.values(types).filter(({ kind }) => kind === 'class');
  expect(classes.map(({ name }) => name)).toContain('NicAttachment');
  expect(classes.filter(({ name }) => !existsSync(join(generated, `${name}.cs`)))).toEqual([]);
});

describeWithTerraform('a stack that a Python program declares', () => {
  describeWithPython('deployed by Terraform', () => {
    test('attaches, plans no change, and detaches', async () => {
      const world = JSON.parse(readFileSync(join(root, 'examples/fleet/world.json'), 'utf8')) as InitialWorld;
      const started = await Deployment.start(world, {});
      try {
        await runPython();
        const deployment = started.at(join(app(), 'cdktf.out/stacks/fleet'));
        await deployment.apply();
        expect(deployment.nic('nic-router-1-inside')).toBe('USED ins-router-1');
        expect(await deployment.plan()).toEqual([]);
        await deployment.destroy();
        expect(world.nics.map(({ nicId }) => deployment.nic(nicId))).toEqual(
          world.nics.map(() => 'AVAILABLE free'),
        );
      } finally {
        await started.close();
      }
    });
  });
});
