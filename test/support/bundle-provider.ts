import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** Bundles a test program into one executable file in a new folder. */
export function bundleProvider(
  entry: string,
  fileName: string,
  more: readonly string[] = [],
): { readonly file: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'provider-'));
  const file = join(folder, fileName);
  const esbuild = join(dirname(require.resolve('esbuild/package.json')), 'bin', 'esbuild');
  const options = ['--bundle', '--platform=node', '--target=node20.19', '--banner:js=#!/usr/bin/env node'];
  const { status, stderr } = spawnSync(
    process.execPath,
    [esbuild, entry, ...options, ...more, `--outfile=${file}`, '--log-level=error'],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  chmodSync(file, 0o755);
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Makes a provider's executable available to `terraform init` in a folder, as `address` in `version`. */
export function mirrorProvider(folder: string, address: string, version: string, file: string): void {
  const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;
  // The hosts of OpenTofu's and Terraform's default registries differ.
  for (const name of [address, address.replace('registry.terraform.io', 'registry.opentofu.org')]) {
    const target = join(folder, 'terraform.d/plugins', name, version, platform);
    mkdirSync(target, { recursive: true });
    copyFileSync(file, join(target, basename(file)));
  }
}
