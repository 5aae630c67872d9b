import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(__dirname, '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  name: string;
  version: string;
  peerDependencies: Record<string, string>;
};

describe('the package as npm packs it', () => {
  let folder: string;
  let files: string[];

  const run = (command: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0)
      throw new Error(`${command} ${args.join(' ')} exited with ${status}:\n${stdout}${stderr}`);
    return stdout;
  };

  // Unpacked next to its peer dependencies, like an installed package.
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'packed-'));
    run('npm', 'pack', '--silent', '--ignore-scripts', `--pack-destination=${folder}`, root);
    const modules = join(folder, 'node_modules');
    mkdirSync(modules, { recursive: true });
    run('tar', '-xzf', `${manifest.name}-${manifest.version}.tgz`, '-C', modules);
    run('mv', join(modules, 'package'), join(modules, manifest.name));
    for (const peer of [...Object.keys(manifest.peerDependencies), '@types']) {
      symlinkSync(join(root, 'node_modules', peer), join(modules, peer));
    }
    files = run('tar', '-tzf', `${manifest.name}-${manifest.version}.tgz`).trim().split('\n');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('has only the expected top-level files and folders', () => {
    const tops = new Set(files.map((file) => file.split('/')[1]));
    expect([...tops].sort()).toEqual(
      ['.jsii', 'API.md', 'CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json', 'schemas'].sort(),
    );
  });

  test('contains every published schema', () => {
    const schemas = files.filter((file) => file.startsWith('package/schemas/')).sort();
    expect(schemas).toEqual(['drift-1', 'review-1', 'world-1'].map((name) => `package/schemas/${name}.json`));
  });

  const typescript = (file: string, text: string, resolution: Readonly<Record<string, unknown>> = {}) => {
    writeFileSync(join(folder, file), text);
    const compilerOptions = {
      strict: true,
      module: 'Node16',
      target: 'ES2022',
      types: ['node'],
      skipLibCheck: false,
      ...resolution,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }));
    run(process.execPath, require.resolve('typescript/bin/tsc'));
  };

  test.each([
    ['cdktf', 'cdktn'],
    ['cdktn', 'cdktf'],
  ])('with %s, and without %s, a program compiles and synthesizes on either runner', (framework, other) => {
    const link = join(folder, 'node_modules', other);
    // Some versions of rmSync treat a link to a folder as the folder.
    unlinkSync(link);
    try {
      typescript(
        'main.ts',
        `import { App, TerraformStack } from '${framework}';
import { LocalExecRunner, NicAttachment, ProviderRunner } from '${manifest.name}';
const app = new App();
for (const Runner of [LocalExecRunner, ProviderRunner]) {
  const stack = new TerraformStack(app, Runner.name);
  new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1', runner: new Runner(stack, 'zec') });
}
app.synth();`,
      );
      run(process.execPath, 'main.js');
      const synthesized = (stack: string) =>
        readFileSync(join(folder, 'cdktf.out', 'stacks', stack, 'cdk.tf.json'), 'utf8');
      expect(synthesized('LocalExecRunner')).toContain('"nic_attachment"');
      expect(synthesized('ProviderRunner')).toContain('"zec_nic_attachment"');
    } finally {
      rmSync(join(folder, 'cdktf.out'), { recursive: true, force: true });
      symlinkSync(join(root, 'node_modules', other), link);
    }
  });

  test('runs its command, and offers handler, client and simulator to TypeScript programs', () => {
    expect(
      run(
        process.execPath,
        join('node_modules', manifest.name, 'dist/assets/zec-nic/zec-nic.js'),
        '--version',
      ),
    ).toBe(`${manifest.version}\n`);
    typescript(
      'program.ts',
      `import { NicAttachmentHandler } from '${manifest.name}/handler';
import { startSimulator } from '${manifest.name}/simulator';
import { parseInstanceId, parseNicId, Secret, ZecClient } from '${manifest.name}/zec';

async function main(): Promise<void> {
  const simulator = await startSimulator({
    world: {
      instances: [{ instanceId: 'ins-1', zoneId: 'asia-east-1a', status: 'RUNNING' }],
      nics: [{ nicId: 'nic-1', regionId: 'asia-east-1', status: 'AVAILABLE', nicType: 'Secondary' }],
      credentials: [{ accessKeyId: 'key', accessKeyPassword: 'password' }],
      settings: { attachMs: [0, 0] },
    },
  });
  const client = new ZecClient({
    credentials: { kind: 'access-key', accessKeyId: 'key', accessKeyPassword: new Secret('password') },
    scheme: 'http',
    domain: new URL(simulator.endpoint).host,
    clientTimeoutMs: 10_000,
    sources: { credentials: 'here', scheme: 'here', domain: 'here', clientTimeout: 'here' },
  });
  const target = { nicId: parseNicId('nic-1'), instanceId: parseInstanceId('ins-1') };
  const result = await new NicAttachmentHandler(client).create(target);
  console.log(result.ok ? result.attachment.id : result.error.message);
  await client.close();
  await simulator.close();
}
void main();`,
    );
    expect(run(process.execPath, 'program.js')).toBe('nic-1:ins-1\n');
  });

  test.each([
    { module: 'NodeNext' },
    { module: 'ESNext', moduleResolution: 'bundler' },
    { module: 'CommonJS', moduleResolution: 'node10', ignoreDeprecations: '6.0' },
  ])('types of every subpath are found with %j', (resolution) => {
    typescript(
      'resolution.ts',
      `import { NicAttachment } from '${manifest.name}';
import { NicAttachmentHandler } from '${manifest.name}/handler';
import { startSimulator, type WorldNic } from '${manifest.name}/simulator';
import { ZecClient, type NicInfo } from '${manifest.name}/zec';
export const classes = [NicAttachment, NicAttachmentHandler, startSimulator, ZecClient];
export const status = (nic: NicInfo | WorldNic): string => nic.status;
// @ts-expect-error A vNIC has no such field.
export const wrong = (nic: NicInfo) => nic.nothing;`,
      // The declarations themselves are checked above. This takes three quarters of the time of the compiler.
      { ...resolution, skipLibCheck: true },
    );
  });
});
