import { writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { BUNDLE } from '../cli/zec-nic';
import type { Deployment } from '../e2e/deployment';
import { run } from '../support/processes';
import type { Finished } from '../support/processes';

/** Runs `zec-nic` in a deployment's folder, against its simulator. */
export function zecNic(
  deployment: Deployment,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = deployment.directory,
): Promise<Finished> {
  return run(process.execPath, [BUNDLE, ...args], {
    cwd,
    env: { ...deployment.environment, HOME: deployment.folder, ...env },
  });
}

/** Runs a shell command line in a deployment's folder, with `zec-nic` and `terraform` on the PATH. */
export function inShell(deployment: Deployment, line: string, cwd = deployment.directory): Promise<Finished> {
  const bin = deployment.subfolder('bin');
  const program = join(bin, 'zec-nic');
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${BUNDLE}" "$@"\n`, { mode: 0o755 });
  return run('sh', ['-c', line], {
    cwd,
    env: {
      ...deployment.environment,
      HOME: deployment.folder,
      PATH: [bin, process.env.PATH ?? ''].join(delimiter),
    },
  });
}

/** Writes a file into the deployment's folder. */
export function keep(deployment: Deployment, name: string, text: string): string {
  const path = join(deployment.folder, name);
  writeFileSync(path, text);
  return path;
}
