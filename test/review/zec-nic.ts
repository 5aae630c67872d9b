import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUNDLE } from '../cli/zec-nic';
import type { Deployment } from '../e2e/deployment';
import { run } from '../support/processes';
import type { Finished } from '../support/processes';

/** `zec-nic` as a child process in a deployment's folder, against its cloud. */
export function zecNic(
  deployment: Deployment,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return run(process.execPath, [BUNDLE, ...args], {
    cwd: deployment.directory,
    env: { ...deployment.environment, HOME: deployment.folder, ...env },
  });
}

/** Keeps a text as a file in the deployment's folder. */
export function keep(deployment: Deployment, name: string, text: string): string {
  const path = join(deployment.folder, name);
  writeFileSync(path, text);
  return path;
}
