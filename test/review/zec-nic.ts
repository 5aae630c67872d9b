import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { BUNDLE } from '../cli/zec-nic';
import type { Deployment } from '../e2e/deployment';
import { run } from '../support/processes';
import type { Finished } from '../support/processes';
import { TERRAFORM } from '../support/terraform';

/** The environment of a command line in which `zec-nic` and `terraform` are programs. */
function withPrograms(deployment: Deployment): Readonly<Record<string, string>> {
  const bin = deployment.subfolder('bin');
  const program = (name: string, command: string) =>
    writeFileSync(join(bin, name), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  program('zec-nic', `"${process.execPath}" "${BUNDLE}"`);
  if (TERRAFORM !== 'terraform') program('terraform', `"${TERRAFORM}"`);
  const PATH = [bin, process.env.PATH ?? ''].join(delimiter);
  return { ...deployment.environment, HOME: deployment.folder, PATH };
}

/** Runs `zec-nic` in a deployment's folder, against its simulator. */
export function zecNic(
  deployment: Deployment,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = deployment.directory,
): Promise<Finished> {
  return run(process.execPath, [BUNDLE, ...args], { cwd, env: { ...withPrograms(deployment), ...env } });
}

/** Runs a shell command line in a deployment's folder. */
export function inShell(deployment: Deployment, line: string, cwd = deployment.directory): Promise<Finished> {
  return run('sh', ['-c', line], { cwd, env: withPrograms(deployment) });
}

/** Writes a file into the deployment's folder. */
export function keep(deployment: Deployment, name: string, text: string): string {
  const path = join(deployment.folder, name);
  writeFileSync(path, text);
  return path;
}
