import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';

const root = join(__dirname, '..');
const text = (path: string) => readFileSync(join(root, path), 'utf8');
const json = (path: string) => JSON.parse(text(path)) as Record<string, unknown>;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
  readonly engines: { readonly node: string };
}
interface Locked {
  readonly version?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly integrity?: string;
  readonly inBundle?: boolean;
}

const manifest = json('package.json') as unknown as Manifest;
const locked = json('package-lock.json').packages as Readonly<Record<string, Locked>>;
/** The packages that users install: all except development and peer dependencies. */
const production = Object.entries(locked).filter(
  ([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true,
);

/** The folder of each bundled package: within another package if the root has a different version. */
const folders = new Map<string, string>();

/** The packages whose code is in a bundle, and the number of bytes, according to the build's metafile. */
function bundled(name: string): Map<string, number> {
  const { outputs } = json(`build/${name}.meta.json`) as {
    outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }>;
  };
  const inputs = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const bytes = new Map<string, number>();
  for (const [path, { bytesInOutput }] of inputs) {
    const [folder, name] = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
    if (bytesInOutput === 0 || folder === undefined || name === undefined) continue;
    folders.set(name, folder);
    bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput);
  }
  return bytes;
}

const installed = (name: string) =>
  json(join(folders.get(name) ?? `node_modules/${name}`, 'package.json')) as unknown as Manifest;

const handler = bundled('zec-nic');
const provider = bundled('terraform-provider-zec');
/** The subpaths, such as `/zec`. */
const library = bundled('library');

test('the dependency table lists name, version, licence, use and size of every dependency', () => {
  const [, section = ''] = text('docs/dependencies.md').split('## What runs\n');
  const lines = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| `'));
  const said = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', '')),
  );
  const licence = (name: string) => installed(name).license.replace(/[()]/g, '').replace('AND', 'and');
  const where = (name: string) =>
    [
      library.has(name) ? 'subpaths' : '',
      handler.has(name) && provider.has(name) ? 'both bundles' : '',
      handler.has(name) !== provider.has(name) ? (handler.has(name) ? 'zec-nic' : 'provider') : '',
    ]
      .filter(Boolean)
      .join(', ');
  const running = [...new Set([...library.keys(), ...handler.keys(), ...provider.keys()])];
  const expected = [
    ...running.map((name) => [name, installed(name).version, licence(name), where(name)]),
    ...Object.entries(manifest.peerDependencies).map(([name, range]) => [name, range, licence(name), 'peer']),
  ];
  const byName = (a: readonly string[], b: readonly string[]) => ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1);
  expect(said.map((cells) => cells.slice(0, 4)).sort(byName)).toEqual(expected.sort(byName));
  // A size may differ by a tenth, or by 1 kB.
  const corrected = (cell: string, bytes: number | undefined) => {
    if (bytes === undefined) return '-';
    const isNear = Math.abs(Number(cell) - bytes / 1000) <= Math.max(1, bytes / 10_000);
    return isNear ? cell : String(Math.round(bytes / 1000));
  };
  const sizes = said.map(([name = '', , , , ...cells]) => [name, ...cells.slice(0, 2)]);
  expect(sizes).toEqual(
    sizes.map(([name = '', first = '', second = '']) => [
      name,
      corrected(first, handler.get(name)),
      corrected(second, provider.get(name)),
    ]),
  );
  // Each has a justification.
  expect(said.filter((cells) => (cells[7] ?? '').length < 10)).toEqual([]);
});

test('a production install adds no other package: all runtime code is bundled', () => {
  expect(production.map(([path]) => path)).toEqual([]);
  expect(manifest.dependencies).toBeUndefined();
});

/** The first versions without the published vulnerabilities of bundled packages. */
const FIXED_IN: Readonly<Record<string, readonly [number, number, number]>> = {
  // GHSA-vmh5-mc38-953g (a proxy’s TLS), GHSA-8xcm-r25x-g524, GHSA-4cwx-7wf7-3272, GHSA-m8rv-5g2x-5cg5 and others.
  undici: [7, 29, 0],
  // GHSA-vqpr-j7v3-hqw9 (a slow pattern).
  valibot: [1, 5, 0],
};

test('known vulnerabilities of installed packages are fixed in every allowed version', () => {
  const isBefore = (version: string, [major, minor, patch]: readonly [number, number, number]) => {
    const [a = 0, b = 0, c = 0] = version.replace(/^\^/, '').split('.').map(Number);
    return a < major || (a === major && (b < minor || (b === minor && c < patch)));
  };
  expect(Object.keys(FIXED_IN).sort()).toEqual([...library.keys()].sort());
  for (const [name, fixedIn] of Object.entries(FIXED_IN)) {
    const versions = [manifest.devDependencies[name] ?? '', locked[`node_modules/${name}`]?.version ?? ''];
    expect([name, versions.filter((version) => version === '' || isBefore(version, fixedIn))]).toEqual([
      name,
      [],
    ]);
  }
});

test('every lock file entry is pinned by a digest', () => {
  const loose = Object.entries(locked).filter(
    ([path, { integrity, inBundle }]) =>
      path !== '' && inBundle !== true && !(integrity ?? '').startsWith('sha512-'),
  );
  expect(loose.map(([path]) => path)).toEqual([]);
});

test('manifest, documents, doctor and builds have the same minimum Node.js version', () => {
  const [floor = ''] = /\d+\.\d+/.exec(manifest.engines.node) ?? [];
  expect(text('.node-version').trim()).toBe(`${floor}.0`);
  for (const path of ['README.md', 'CONTRIBUTING.md'])
    expect(text(path)).toContain(`Node.js ${floor} or newer`);
  expect(text('docs/reference/compatibility.md')).toContain(`${floor} or newer`);
  expect(text('lib/cli/doctor/machine.ts')).toContain(`MIN_NODE = [${floor.replace('.', ', ')}]`);
});

test('no install script runs: the package has none, what users install needs none, and ours are switched off', () => {
  expect(production.filter(([, { hasInstallScript }]) => hasInstallScript === true)).toEqual([]);
  const hooks = [
    'preinstall',
    'install',
    'postinstall',
    'prepare',
    'prepublish',
    'prepublishOnly',
    'prepack',
    'postpack',
  ];
  expect(hooks.filter((name) => name in manifest.scripts)).toEqual([]);
  // These tests run on an installation that ran no scripts.
  expect(text('.npmrc').split('\n')).toContain('ignore-scripts=true');
});

test('the bundles load only built-in modules of Node', () => {
  for (const name of ['zec-nic', 'terraform-provider-zec', 'library']) {
    const { outputs } = json(`build/${name}.meta.json`) as {
      outputs: Record<string, { imports: { path: string; external?: boolean }[] }>;
    };
    const foreign = Object.values(outputs)
      .flatMap(({ imports }) => imports)
      .filter(({ path, external }) => external === true && !path.startsWith('node:') && !isBuiltin(path));
    // Referenced but never loaded: only two unused services need it.
    expect([...new Set(foreign.map(({ path }) => path))]).toEqual(
      name === 'terraform-provider-zec' ? ['@grpc/proto-loader'] : [],
    );
  }
});

test('the licences of all bundled packages are included', () => {
  expect(existsSync(join(root, 'dist/assets/LICENSES.txt'))).toBe(true);
  const licences = text('dist/assets/LICENSES.txt');
  for (const name of [...handler.keys(), ...provider.keys(), ...library.keys()]) {
    expect(licences).toContain(`${name} ${installed(name).version} (`);
  }
});
