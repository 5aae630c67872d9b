import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Environment } from '../zec/settings';

/** Terraform's default for `-parallelism`. */
export const DEFAULT_WORKERS = 10;

const OPTION = /(?:^|\s)--?parallelism[=\s]+["']?(\d+)/g;

/**
 * The number of Terraform's workers, which Terraform does not tell its providers: the smallest `-parallelism` in its command
 * line and in its variables, such as `TF_CLI_ARGS_plan`.
 */
export function terraformWorkers(env: Environment, commandLine = commandLineOf(process.ppid)): number {
  const variables = Object.entries(env).flatMap(([name, value = '']) =>
    name.startsWith('TF_CLI_ARGS') ? value : [],
  );
  const options = [commandLine, ...variables].flatMap((text) => [...text.matchAll(OPTION)]);
  const counts = options.map(([, count]) => Number(count)).filter((count) => count > 0);
  return counts.length === 0 ? DEFAULT_WORKERS : Math.min(...counts);
}

/** The command line of a process; empty if it cannot be read. */
function commandLineOf(pid: number): string {
  try {
    return process.platform === 'linux'
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      : execFileSync('ps', ['-o', 'args=', '-p', String(pid)], {
          encoding: 'utf8',
          stdio: 'pipe',
          timeout: 1_000,
        });
  } catch {
    return '';
  }
}
