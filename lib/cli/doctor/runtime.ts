import { execFile } from 'node:child_process';
import { fail, ok, warn } from './finding';
import type { Outcome } from './finding';

type Environment = Readonly<Record<string, string | undefined>>;

const LEAST_NODE = [20, 18] as const;
const LEAST_TERRAFORM = [1, 4] as const;
const MAX_OUTPUT = 1024 * 1024;

/** The Node that Terraform will start: the one on the PATH, and not the one that runs this. */
export async function checkNode(env: Environment, signal: AbortSignal): Promise<Outcome> {
  const needed = `${LEAST_NODE.join('.')} or newer`;
  const install = `Install Node.js ${needed}, and put it first on the PATH of whoever runs Terraform.`;
  const found = await output('node', ['--version'], env, signal);
  if (found === undefined)
    return fail('there is no "node" on the PATH, and Terraform starts it from there', install);
  const version = found.trim().replace(/^v/, '');
  return isAtLeast(version, LEAST_NODE)
    ? ok(`${version} on the PATH (needed: ${needed})`)
    : fail(`${version} on the PATH is too old (needed: ${needed})`, install);
}

/** Terraform or OpenTofu. CDKTF takes `terraform`, unless TERRAFORM_BINARY_NAME names another. */
export async function checkTerraform(env: Environment, signal: AbortSignal): Promise<Outcome> {
  const asked = env.TERRAFORM_BINARY_NAME ?? '';
  const names = asked === '' ? ['terraform', 'tofu'] : [asked];
  const needed = `${LEAST_TERRAFORM.join('.')} or newer`;
  for (const name of names) {
    const text = await output(name, ['version', '-json'], { ...env, CHECKPOINT_DISABLE: '1' }, signal);
    if (text === undefined) continue;
    const version = versionIn(text);
    const shown = `${name.includes('tofu') ? 'OpenTofu' : 'Terraform'} ${version ?? 'of an unknown version'}`;
    if (version === undefined || !isAtLeast(version, LEAST_TERRAFORM)) {
      return fail(`${shown} (needed: ${needed})`, `Install Terraform or OpenTofu ${needed}.`);
    }
    if (name === 'tofu' && asked === '') {
      return warn(
        `${shown}, and no "terraform" on the PATH`,
        'Set TERRAFORM_BINARY_NAME=tofu, so that the cdktf CLI uses OpenTofu too.',
      );
    }
    return ok(`${shown} (needed: ${needed}; import needs 1.5, moving state between types 1.8)`);
  }
  return fail(
    asked === ''
      ? 'neither "terraform" nor "tofu" is on the PATH'
      : `TERRAFORM_BINARY_NAME names ${JSON.stringify(asked)}, which does not run`,
    `Install Terraform or OpenTofu ${needed}, and put it on the PATH.`,
  );
}

/** What a program prints; `undefined` if it is not there or fails. */
function output(
  command: string,
  args: readonly string[],
  env: Environment,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { env: { ...env }, signal, maxBuffer: MAX_OUTPUT, killSignal: 'SIGKILL' as const };
    execFile(command, args, options, (error, stdout) => resolve(error === null ? stdout : undefined));
  });
}

/** Terraform may print other lines before its JSON. */
function versionIn(text: string): string | undefined {
  try {
    const { terraform_version: version } = JSON.parse(text.slice(text.indexOf('{'))) as Record<
      string,
      unknown
    >;
    return typeof version === 'string' && /^\d{1,6}\.\d{1,6}\./.test(version)
      ? version.slice(0, 64)
      : undefined;
  } catch {
    return undefined;
  }
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [first = 0, second = 0] = version.split('.').map(Number);
  return first > major || (first === major && second >= minor);
}
