import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CONTEXT, PROVIDER } from '../../contract';
import type { Environment } from '../values';
import { fail, ok, warn } from './finding';
import type { Outcome } from './finding';

const LEAST_NODE = [20, 18] as const;
const LEAST_TERRAFORM = [1, 4] as const;
const TERRAFORM_VERSION = /"terraform_version":\s*"(\d{1,6}\.\d{1,6}\.[^"\s]{1,40})"/;
const MAX_OUTPUT = 1024 * 1024;
const MAX_STACKS = 100;

/** The Node that Terraform will start: the one on the PATH, and not the one that runs this. */
export async function checkNode(env: Environment, signal: AbortSignal): Promise<Outcome> {
  const needed = `${LEAST_NODE.join('.')} or newer`;
  const install = `Install Node.js ${needed}, and put it first on the PATH of whoever runs Terraform.`;
  const found = await output('node', ['--version'], env, signal);
  if (found === undefined) {
    return fail('there is no "node" on the PATH, and Terraform starts it from there', install);
  }
  const version = found.trim().replace(/^v/, '');
  return isAtLeast(version, LEAST_NODE)
    ? ok(`${version} on the PATH (needed: ${needed})`)
    : fail(`${version} on the PATH is too old (needed: ${needed})`, install);
}

/** Terraform or OpenTofu. CDKTF takes `terraform`, unless TERRAFORM_BINARY_NAME names another. */
export async function checkTerraform(env: Environment, signal: AbortSignal): Promise<Outcome> {
  const asked = env.TERRAFORM_BINARY_NAME ?? '';
  const needed = `${LEAST_TERRAFORM.join('.')} or newer`;
  for (const name of asked === '' ? ['terraform', 'tofu'] : [asked]) {
    const text = await output(name, ['version', '-json'], { ...env, CHECKPOINT_DISABLE: '1' }, signal);
    if (text === undefined) continue;
    const version = TERRAFORM_VERSION.exec(text)?.[1];
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
  program: string,
  args: readonly string[],
  env: Environment,
  signal: AbortSignal,
): Promise<string | undefined> {
  const options = { env, signal, maxBuffer: MAX_OUTPUT, killSignal: 'SIGKILL' as const };
  return promisify(execFile)(program, args, options).then(
    ({ stdout }) => stdout,
    () => undefined,
  );
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [first = 0, second = 0] = version.split('.').map(Number);
  return first > major || (first === major && second >= minor);
}

/** What the working folder, if it holds a CDKTF app, says of its runner. */
export interface App {
  /** Whether anything speaks for the provider runner. */
  readonly usesProviderRunner: boolean;
  /** Stacks that hold the embedded provider and others. */
  readonly mixedStacks: readonly string[];
}

export function readApp(folder: string): App {
  const { context } = (json(join(folder, 'cdktf.json')) ?? {}) as { context?: Record<string, unknown> };
  const stacks = stacksIn(join(folder, 'cdktf.out', 'stacks')).filter(({ sources }) => sources.some(isOurs));
  return {
    usesProviderRunner: context?.[CONTEXT.runner] === 'provider' || stacks.length > 0,
    mixedStacks: stacks.filter(({ sources }) => !sources.every(isOurs)).map(({ name }) => name),
  };
}

/** The cdktf CLI looks for every provider in a registry after init, unless this variable is exactly `true`. */
export function checkProviderLock(env: Environment, { usesProviderRunner, mixedStacks }: App): Outcome {
  const value = env.CDKTF_SKIP_PROVIDER_LOCK ?? '';
  if (value === 'true') return ok('CDKTF_SKIP_PROVIDER_LOCK is set');
  const state =
    value === ''
      ? 'CDKTF_SKIP_PROVIDER_LOCK is not set'
      : 'CDKTF_SKIP_PROVIDER_LOCK is not "true", which is all that counts';
  if (mixedStacks.length > 0) {
    return warn(
      `the stack ${mixedStacks.join(', ')} has other providers beside the embedded one, and ${state}`,
      'Set CDKTF_SKIP_PROVIDER_LOCK=true for "cdktf deploy" and "cdktf diff".',
    );
  }
  return ok(
    usesProviderRunner
      ? `${state}, and no stack here needs it`
      : `${state}; only stacks with the provider runner and other providers need it`,
  );
}

/** The synthesized stacks, with the sources of the providers that each requires. */
function stacksIn(folder: string) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return entries.slice(0, MAX_STACKS).map(({ name }) => {
    const stack = json(join(folder, name, 'cdk.tf.json')) as
      { terraform?: { required_providers?: Record<string, { source?: string }> } } | undefined;
    const required = Object.values(stack?.terraform?.required_providers ?? {});
    return { name, sources: required.flatMap(({ source }) => source ?? []) };
  });
}

function isOurs(source: string): boolean {
  return source === `${PROVIDER.host}/${PROVIDER.namespace}/${PROVIDER.type}`;
}

function json(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}
