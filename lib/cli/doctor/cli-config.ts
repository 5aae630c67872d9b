import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { PROVIDER } from '../../contract';
import { fail, ok, warn } from './finding';
import type { Outcome } from './finding';
import { parseBlocks } from './hcl-blocks';
import type { Block } from './hcl-blocks';

type Environment = Readonly<Record<string, string | undefined>>;

const ADDRESS = `${PROVIDER.host}/${PROVIDER.namespace}/${PROVIDER.type}`;
const DEFAULT_HOST = 'registry.terraform.io';
const MAX_BYTES = 1024 * 1024;
const OWN_MIRROR = /^(?:\.\/)?terraform\.d\/plugins\/?$/;
const FIX =
  `Add to its provider_installation block: filesystem_mirror { path = "terraform.d/plugins", include = ` +
  `["${PROVIDER.host}/*/*"] }, and exclude = ["${PROVIDER.host}/*/*"] to every other method in it.`;

/** What Terraform reads as its CLI configuration. */
interface Sources {
  readonly files: readonly string[];
  /** The file that TF_CLI_CONFIG_FILE names, and that is not there. */
  readonly missing?: string;
}

/** Whether Terraform would still look into a stack's own folder, where synth puts the embedded provider. */
export function checkCliConfig(
  { env, homeDir }: { readonly env: Environment; readonly homeDir: string },
  usesProviderRunner: boolean,
): Outcome {
  const { files, missing } = sourcesOf(env, homeDir);
  if (missing !== undefined) {
    return warn(
      `TF_CLI_CONFIG_FILE names ${missing}, which is not there: Terraform warns at every run`,
      'Create the file, or unset TF_CLI_CONFIG_FILE.',
    );
  }
  for (const file of files) {
    const problem = problemIn(file);
    if (problem === undefined) continue;
    const [detail, fix] = problem;
    const elsewhere = whereItMatters(file, env, usesProviderRunner);
    if (elsewhere !== undefined) return warn(`${file}: ${detail}; this matters to ${elsewhere} only`, fix);
    return fail(`${file}: ${detail}`, fix);
  }
  return ok(
    files.length === 0
      ? 'none, so Terraform looks into the stack’s own folder for the embedded provider'
      : `${files.join(', ')}: the embedded provider is found`,
  );
}

/** What a problem in this file matters to, where that is not what runs here. */
function whereItMatters(file: string, env: Environment, usesProviderRunner: boolean): string | undefined {
  if (!usesProviderRunner) return 'the provider runner';
  return file.endsWith('.tofurc') && !usesTofu(env) ? 'OpenTofu' : undefined;
}

function usesTofu(env: Environment): boolean {
  return (env.TERRAFORM_BINARY_NAME ?? '').includes('tofu');
}

/** Terraform's cache of providers, which must exist where one is named. */
export function checkPluginCache({
  env,
  homeDir,
}: {
  readonly env: Environment;
  readonly homeDir: string;
}): Outcome {
  const named = env.TF_PLUGIN_CACHE_DIR ?? '';
  const source = named === '' ? 'plugin_cache_dir' : 'TF_PLUGIN_CACHE_DIR';
  const folder = named === '' ? configuredCache(sourcesOf(env, homeDir).files) : named;
  if (folder === undefined || folder === '') return ok('none');
  const path = folder.replace(/^\$HOME|^~/, homeDir);
  if (!existsSync(path)) {
    return fail(
      `${source} names ${folder}, which is not there: Terraform reports an error at every run`,
      `Create it ("mkdir -p ${folder}"), or unset ${source}.`,
    );
  }
  return ok(
    `${folder}. The embedded provider is kept there too; each build has a version of its own, so it is never stale`,
  );
}

function sourcesOf(env: Environment, homeDir: string): Sources {
  const named = [env.TF_CLI_CONFIG_FILE, env.TERRAFORM_CONFIG].find(
    (each) => each !== undefined && each !== '',
  );
  if (named !== undefined) return existsSync(named) ? { files: [named] } : { files: [], missing: named };
  const main = ['.tofurc', '.terraformrc']
    .map((name) => join(homeDir, name))
    .filter((path) => existsSync(path));
  const folder = join(homeDir, '.terraform.d');
  const others = existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : [];
  const more = others.filter((name) => /\.tfrc(?:\.json)?$/.test(name)).sort();
  return { files: [...main, ...more.map((name) => join(folder, name))] };
}

function problemIn(file: string): [detail: string, fix: string] | undefined {
  const config = read(file);
  if (typeof config === 'string') return [config, 'Correct the file, or move it away.'];
  const installation = config.blocks.find(({ type }) => type === 'provider_installation');
  if (installation === undefined) return undefined;
  const override = installation.blocks
    .filter(({ type }) => type === 'dev_overrides')
    .map(({ attributes }) => attributes.get(ADDRESS))
    .find((path) => path !== undefined);
  if (override !== undefined) {
    return [
      `dev_overrides takes the provider from ${String(override)} and not from the stack`,
      `Remove the line of "${ADDRESS}", unless you are working on the provider itself.`,
    ];
  }
  const methods = installation.blocks.filter((method) => method.type !== 'dev_overrides' && admits(method));
  const mirrors = methods.filter(
    ({ type, attributes }) => type === 'filesystem_mirror' && holds(attributes.get('path')),
  );
  if (mirrors.length === 0) {
    return [
      'its provider_installation block hides the embedded provider, because none of its methods looks into the stack',
      FIX,
    ];
  }
  const remote = methods.find(({ type }) => type === 'direct' || type === 'network_mirror');
  if (remote !== undefined) {
    return [`its method "${remote.type}" looks for the embedded provider on the network too, and fails`, FIX];
  }
  return undefined;
}

/** Relative, it is the stack's own folder. Elsewhere the provider must have been put by somebody. */
function holds(path: string | readonly string[] | undefined): boolean {
  if (typeof path !== 'string') return false;
  return OWN_MIRROR.test(path) || (isAbsolute(path) && existsSync(join(path, ADDRESS)));
}

function admits({ attributes }: Block): boolean {
  const matches = (name: string) => [attributes.get(name) ?? []].flat().some((pattern) => covers(pattern));
  return (!attributes.has('include') || matches('include')) && !matches('exclude');
}

/** `host/namespace/type` with `*` for any; without a host it is the public registry's. */
function covers(pattern: string): boolean {
  const parts = pattern.split('/');
  const whole = parts.length === 2 ? [DEFAULT_HOST, ...parts] : parts;
  return ADDRESS.split('/').every((part, index) => whole[index] === '*' || whole[index] === part);
}

function configuredCache(files: readonly string[]): string | undefined {
  for (const file of files) {
    const config = read(file);
    const folder = typeof config === 'string' ? undefined : config.attributes.get('plugin_cache_dir');
    if (typeof folder === 'string') return folder;
  }
  return undefined;
}

/** The configuration, or what is wrong with the file. */
function read(file: string): Block | string {
  try {
    if (statSync(file).size > MAX_BYTES) return 'larger than 1 MiB';
    return parseBlocks(readFileSync(file, 'utf8'));
  } catch (error) {
    return `it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'it is not valid'})`;
  }
}
