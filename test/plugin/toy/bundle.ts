import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Bundles the toy provider into a folder of its own and returns the file. */
export function bundleToy(): string {
  const outfile = join(mkdtempSync(join(tmpdir(), 'toy-')), 'terraform-provider-toy_0.1.0');
  const esbuild = join(dirname(require.resolve('esbuild/package.json')), 'bin', 'esbuild');
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      esbuild,
      join(__dirname, 'main.ts'),
      '--bundle',
      '--platform=node',
      '--target=node20.18',
      '--banner:js=#!/usr/bin/env node',
      `--outfile=${outfile}`,
      '--log-level=error',
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  chmodSync(outfile, 0o755);
  return outfile;
}
