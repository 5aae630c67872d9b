// One program that a stack carries: a folder of CommonJS files that needs Node and nothing else.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, transform } from 'esbuild';

const EXECUTABLE = 0o755;

/**
 * What the program imports dynamically goes into files of its own, so that Node compiles them only when they are asked
 * for: compiling takes a third of a short command's time. esbuild splits ES modules only, and Node loads those more
 * slowly, so each of the files is turned into CommonJS.
 * @returns esbuild's account of what is in it
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
    // Two services of the gRPC library, which are not called here, would load it when called. With it the provider is 151 kB
    // larger, by five packages.
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
      // Becomes a "require" that is called later.
      supported: { 'dynamic-import': false },
    });
    writeFileSync(path, code);
  }
  await writeLaunchers({ root, folder, name, minNode });
  // A stack may lie within a package of ES modules, and would make these files some.
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
  return metafile;
}

/** The file that users and Terraform start: it says which Node.js is needed, where there is none or an old one. */
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
