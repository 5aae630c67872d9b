// Bundles a program that is embedded in stacks: a folder of CommonJS files that requires only Node.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, transform } from 'esbuild';

const EXECUTABLE = 0o755;

/**
 * Dynamic imports become separate files, so that Node compiles them only when they are needed: compilation takes a third
 * of the time of a short command. esbuild splits only ES modules, which Node loads more slowly, so each file is converted
 * to CommonJS.
 * @returns esbuild's metafile
 */
export async function bundle({ root, entry, folder, name, version, minNode }) {
  const target = `node${minNode}`;
  mkdirSync(folder, { recursive: true });
  const { outputFiles, metafile } = await build({
    metafile: true,
    absWorkingDir: root,
    entryPoints: { main: entry },
    outdir: folder,
    chunkNames: '[name]-[hash]',
    write: false,
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    keepNames: true,
    platform: 'node',
    // Only two services of the gRPC library load it, which are not used here. It would add five packages and 151 kB to the
    // provider.
    external: ['@grpc/proto-loader'],
    target,
    legalComments: 'eof',
    define: { 'process.env.ZEC_PACKAGE_VERSION': JSON.stringify(version) },
    logLevel: 'warning',
  });
  for (const { path, text } of outputFiles) {
    const { code } = await transform(text, {
      format: 'cjs',
      minify: true,
      platform: 'node',
      target,
      legalComments: 'eof',
      // Converted to a "require" that is called later.
      supported: { 'dynamic-import': false },
    });
    writeFileSync(path, code);
  }
  await writeLaunchers({ root, folder, name, minNode });
  // If the stack is in a package of ES modules, Node would otherwise treat these files as ES modules.
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
  return metafile;
}

/** The file that users and Terraform start. It reports the required version of Node.js if none or an old one is found. */
async function writeLaunchers({ root, folder, name, minNode }) {
  const read = (file) => readFileSync(join(root, 'scripts', 'launchers', file), 'utf8');
  const { code } = await transform(read('check-node.cjs'), {
    minify: true,
    target: 'node12',
    define: { MIN_NODE: JSON.stringify(minNode), PROGRAM: JSON.stringify(name) },
    banner: '#!/usr/bin/env node',
  });
  const write = (file, text) => {
    writeFileSync(join(folder, file), text);
    chmodSync(join(folder, file), EXECUTABLE);
  };
  if (name === 'zec-nic') {
    write('zec-nic.js', code);
  } else {
    write(name, read('provider.sh').replaceAll('PROGRAM', name).replaceAll('MIN_NODE', minNode));
    write(`${name}-node.js`, code);
  }
}
