import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import {
  cliConfigFiles,
  cliConfigProblem,
  isForTofu,
  namesIn,
  readCliConfig,
  usesTofu,
} from '../../cli-config';
import { CONTEXT, PROVIDER_ADDRESS } from '../../contract';
import type { Environment } from '../../zec/settings';
import { appSettings, readJson, stacksDirectory } from '../input';
import { fail, ok, warn, type CheckResult } from './finding';

const MIN_NODE = [20, 19] as const;
const MIN_TERRAFORM = [1, 4] as const;
const TERRAFORM_VERSION = /"terraform_version":\s*"(\d{1,6}\.\d{1,6}\.[^"\s]{1,40})"/;
const MAX_OUTPUT = 1024 * 1024;
const MAX_STACKS = 100;

/** Checks the Node.js on the PATH, which Terraform starts. It may differ from the one that runs this process. */
export async function checkNode(env: Environment, signal: AbortSignal): Promise<CheckResult> {
  const required = `${MIN_NODE.join('.')} or newer`;
  const install = `Install Node.js ${required}, and put it first on the PATH of the user that runs Terraform.`;
  const stdout = await output('node', ['--version'], env, signal);
  const version = stdout?.trim().replace(/^v/, '');
  if (version === undefined) {
    return fail('"node" is not on the PATH, and Terraform requires it there', install);
  }
  return isAtLeast(version, MIN_NODE)
    ? ok(`${version} on the PATH (required: ${required})`)
    : fail(`${version} on the PATH is too old (required: ${required})`, install);
}

/** Checks Terraform or OpenTofu. CDKTF runs `terraform`, unless TERRAFORM_BINARY_NAME names another program. */
export async function checkTerraform(env: Environment, signal: AbortSignal): Promise<CheckResult> {
  const configured = env.TERRAFORM_BINARY_NAME ?? '';
  const required = `${MIN_TERRAFORM.join('.')} or newer`;
  for (const name of configured === '' ? ['terraform', 'tofu'] : [configured]) {
    const text = await output(name, ['version', '-json'], { ...env, CHECKPOINT_DISABLE: '1' }, signal);
    if (text === undefined) continue;
    const version = TERRAFORM_VERSION.exec(text)?.[1];
    const product = name.includes('tofu') ? 'OpenTofu' : 'Terraform';
    const label = `${product} ${version ?? '(unknown version)'}`;
    if (version === undefined || !isAtLeast(version, MIN_TERRAFORM)) {
      return fail(`${label} (required: ${required})`, `Install Terraform or OpenTofu ${required}.`);
    }
    if (name === 'tofu' && configured === '') {
      return warn(
        `${label}, and no "terraform" on the PATH`,
        'Set TERRAFORM_BINARY_NAME=tofu, so that the cdktf CLI also uses OpenTofu.',
      );
    }
    return ok(
      product === 'OpenTofu'
        ? `${label} (required: ${required}; moving state between types requires 1.10). It writes its state in ` +
            'intervals: if it was killed during an apply, apply again before you destroy'
        : `${label} (required: ${required}; import requires 1.5, moving state between types 1.8)`,
    );
  }
  return fail(
    configured === ''
      ? 'neither "terraform" nor "tofu" is on the PATH'
      : `TERRAFORM_BINARY_NAME is set to ${JSON.stringify(configured)}, which cannot be run`,
    `Install Terraform or OpenTofu ${required}, and put it on the PATH.`,
  );
}

/** Checks whether Terraform searches the directory of a stack, where synth writes the embedded provider. */
export function checkCliConfig(env: Environment, homeDir: string, usesProviderRunner: boolean): CheckResult {
  const { files, missing } = cliConfigFiles(env, homeDir);
  if (missing !== undefined) {
    const [variable, file] = missing;
    return warn(
      `${variable} is set to ${file}, which does not exist: Terraform prints a warning on every run`,
      `Create the file, or unset ${variable}.`,
    );
  }
  for (const file of files) {
    const problem = cliConfigProblem(file);
    if (problem === undefined) continue;
    const [detail, fix] = problem;
    const only = (affected: string) => warn(`${file}: ${detail}; this affects ${affected} only`, fix);
    // Terraform reports an error on every run, and continues without the file.
    if (typeof readCliConfig(file) === 'string') return warn(`${file}: ${detail}`, fix);
    if (!usesProviderRunner) return only('the provider runner');
    return isForTofu(file) && !usesTofu(env) ? only('OpenTofu') : fail(`${file}: ${detail}`, fix);
  }
  return ok(
    files.length === 0
      ? 'none; Terraform finds the embedded provider in the directory of the stack'
      : `${files.join(', ')}: the embedded provider is found`,
  );
}

/** Checks that the configured provider cache of Terraform exists. */
export function checkPluginCache(env: Environment, homeDir: string): CheckResult {
  const fromEnv = env.TF_PLUGIN_CACHE_DIR ?? '';
  const source = fromEnv === '' ? 'plugin_cache_dir' : 'TF_PLUGIN_CACHE_DIR';
  const configs = cliConfigFiles(env, homeDir).files.map(readCliConfig);
  const configured = configs.map((each) => (typeof each === 'string' ? undefined : each.plugin_cache_dir));
  const directory = fromEnv === '' ? configured.find((each) => typeof each === 'string') : fromEnv;
  if (directory === undefined || directory === '') return ok('none');
  const path = fromEnv === '' ? expanded(directory, env) : directory;
  if (!isAbsolute(path)) {
    return fail(
      `${source} is set to ${directory}, a relative path, which Terraform searches in the directory of each stack`,
      `Set it to an absolute path. Terraform expands variables only in a file, and "~" nowhere.`,
    );
  }
  if (!existsSync(path)) {
    return fail(
      `${source} is set to ${directory}, which does not exist: Terraform reports an error on every run`,
      `Create it ("mkdir -p ${directory}"), or unset ${source}.`,
    );
  }
  return ok(
    `${directory}; it also caches the embedded provider, which is never stale because each build has its own version`,
  );
}

/** Expands variables as Terraform does in its CLI configuration. */
function expanded(path: string, env: Environment): string {
  return path.replace(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (_, braced?: string, plain?: string) => env[braced ?? plain ?? ''] ?? '',
  );
}

/** The stdout of a program; `undefined` if it does not exist or fails. */
async function output(program: string, args: readonly string[], env: Environment, signal: AbortSignal) {
  const options = { env, signal, maxBuffer: MAX_OUTPUT, killSignal: 'SIGKILL' as const };
  const result = await promisify(execFile)(program, args, options).catch(() => undefined);
  return result?.stdout;
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [first = 0, second = 0] = version.split('.').map(Number);
  return first > major || (first === major && second >= minor);
}

/** What the settings and the synthesized stacks of a CDKTF app require. */
export function readApp(directory: string) {
  const { context } = appSettings(directory) as { context?: Record<string, unknown> };
  const stacks = stacksIn(stacksDirectory(directory));
  const embedding = stacks.filter(({ sources }) => sources.includes(PROVIDER_ADDRESS));
  const mixed = embedding.filter(({ sources }) => sources.some((source) => source !== PROVIDER_ADDRESS));
  return {
    usesProviderRunner: context?.[CONTEXT.runner] === 'provider' || embedding.length > 0,
    /** Stacks that require other providers besides the embedded one. */
    mixedStacks: mixed.map(({ name }) => name),
  };
}

/** After init, the cdktf CLI looks up every provider in a registry, unless this variable is exactly `true`. */
export function checkProviderLock(env: Environment, app: ReturnType<typeof readApp>): CheckResult {
  const { usesProviderRunner, mixedStacks } = app;
  const value = env.CDKTF_SKIP_PROVIDER_LOCK ?? '';
  if (value === 'true') return ok('CDKTF_SKIP_PROVIDER_LOCK is set');
  const state =
    value === ''
      ? 'CDKTF_SKIP_PROVIDER_LOCK is not set'
      : 'CDKTF_SKIP_PROVIDER_LOCK is not "true", the only value that takes effect';
  if (mixedStacks.length > 0) {
    return warn(
      `stacks that require other providers besides the embedded one: ${mixedStacks.join(', ')}; ${state}`,
      'Set CDKTF_SKIP_PROVIDER_LOCK=true for "cdktf deploy" and "cdktf diff".',
    );
  }
  return ok(
    usesProviderRunner
      ? `${state}; no stack here requires it`
      : `${state}; required only by stacks that use the provider runner and other providers`,
  );
}

/** The synthesized stacks, each with the sources of its required providers. */
function stacksIn(directory: string) {
  return namesIn(directory)
    .slice(0, MAX_STACKS)
    .map((name) => {
      // In the format HCL, the requirements of a stack are in another file.
      const files = ['cdk.tf.json', 'metadata.json'].map((file) => readJson(join(directory, name, file)));
      const stack = files.find((content) => content !== undefined) as
        { terraform?: { required_providers?: Record<string, { source?: string }> } } | undefined;
      const providers = Object.values(stack?.terraform?.required_providers ?? {});
      return { name, sources: providers.flatMap(({ source }) => source ?? []) };
    });
}
