// Builds everything: the library with jsii into dist/, and each program that is embedded in stacks into dist/assets/.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { bundleLibrary } from './bundle-library.mjs';
import { bundle } from './bundle.mjs';
import { packagesIn, thirdPartyLicenses } from './third-party.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);

rmSync(`${root}dist`, { recursive: true, force: true });

const jsii = spawnSync(
  process.execPath,
  [
    require.resolve('jsii/bin/jsii'),
    '--silence-warnings=reserved-word',
    // cdktf accepts older versions of "constructs" than cdktn. The installed version is accepted by both.
    '--silence-warnings=missing-dev-dependency',
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20' },
  },
);
if (jsii.status !== 0) process.exit(jsii.status ?? 1);

const { version, engines, peerDependenciesMeta } = require('../package.json');
const minNode = /\d+\.\d+/.exec(engines.node)[0];
// The packages of the other languages have no optional dependencies: with these, each app would install both frameworks.
const assembly = JSON.parse(readFileSync(`${root}.jsii`, 'utf8'));
for (const name of Object.keys(peerDependenciesMeta)) {
  delete assembly.dependencies[name];
  delete assembly.dependencyClosure[name];
}
writeFileSync(`${root}.jsii`, JSON.stringify(assembly));
const library = await bundleLibrary({
  root,
  dist: `${root}dist`,
  subpaths: ['handler', 'simulator', 'zec'],
  minNode,
});
const programs = { 'zec-nic': 'lib/cli/main.ts', 'terraform-provider-zec': 'lib/provider/main.ts' };
const packages = new Set(packagesIn(library));
mkdirSync(`${root}build`, { recursive: true });
writeFileSync(`${root}build/library.meta.json`, JSON.stringify(library));
for (const [name, entry] of Object.entries(programs)) {
  if (!existsSync(`${root}${entry}`)) continue;
  const metafile = await bundle({
    root,
    entry,
    folder: `${root}dist/assets/${name}`,
    name,
    version,
    minNode,
  });
  // For the test that compares it with the table in docs/dependencies.md.
  writeFileSync(`${root}build/${name}.meta.json`, JSON.stringify(metafile));
  for (const folder of packagesIn(metafile)) packages.add(folder);
}
writeFileSync(`${root}dist/assets/LICENSES.txt`, thirdPartyLicenses(root, [...packages].sort()));
