// Builds everything: the jsii-checked library into dist/, and each bundle that a stack carries into dist/assets/.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { leaveOut } from './leave-out.mjs';
import { packagesIn, thirdPartyLicenses } from './third-party.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);

rmSync(`${root}dist`, { recursive: true, force: true });

const jsii = spawnSync(
  process.execPath,
  [require.resolve('jsii/bin/jsii'), '--silence-warnings=reserved-word'],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '20' },
  },
);
if (jsii.status !== 0) process.exit(jsii.status ?? 1);

const bundles = { 'zec-nic.js': 'lib/cli/main.ts', 'terraform-provider-zec.js': 'lib/provider/main.ts' };
const packages = new Set();
for (const [name, entry] of Object.entries(bundles)) {
  if (!existsSync(`${root}${entry}`)) continue;
  const outfile = `${root}dist/assets/${name}`;
  const { metafile } = await build({
    metafile: true,
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    // Two services of the gRPC library, which nobody here calls, would load it when called: it is most of what they weigh.
    external: ['@grpc/proto-loader'],
    plugins: [leaveOut],
    target: 'node20.18',
    format: 'cjs',
    legalComments: 'eof',
    banner: { js: '#!/usr/bin/env node' },
    define: { 'process.env.ZEC_PACKAGE_VERSION': JSON.stringify(require('../package.json').version) },
    logLevel: 'warning',
  });
  chmodSync(outfile, 0o755);
  // What is in it, for the test that holds the README's table of dependencies against it.
  mkdirSync(`${root}build`, { recursive: true });
  writeFileSync(`${root}build/${name}.meta.json`, JSON.stringify(metafile));
  for (const folder of packagesIn(metafile)) packages.add(folder);
}
writeFileSync(`${root}dist/assets/LICENSES.txt`, thirdPartyLicenses(root, [...packages].sort()));
