// One program that a stack carries: a folder of CommonJS files that needs Node and nothing else.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build, transform } from 'esbuild';

const target = 'node20.19';

/**
 * What the program imports dynamically goes into files of its own, so that Node compiles them only when they are asked
 * for: compiling takes a third of a short command's time. esbuild splits ES modules only, and Node loads those more
 * slowly, so each of the files is turned into CommonJS.
 * @returns esbuild's account of what is in it
 */
export async function bundle({ root, entry, folder, main, version }) {
  mkdirSync(folder, { recursive: true });
  const { outputFiles, metafile } = await build({
    metafile: true,
    absWorkingDir: root,
    entryPoints: { [basename(main, '.js')]: entry },
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
      banner: basename(path) === main ? '#!/usr/bin/env node' : '',
    });
    writeFileSync(path, code);
  }
  chmodSync(join(folder, main), 0o755);
  // A stack may lie within a package of ES modules, and would make these files some.
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n');
  return metafile;
}
