import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { PROVIDER, PROVIDER_ADDRESS } from '../../contract';
import { hclTokens } from '../../hcl';
import type { HclToken } from '../../hcl';
import type { Environment } from '../../zec/settings';
import { fail, ok, warn } from './finding';
import type { CheckResult } from './finding';

/** The user whose configuration is checked. */
interface User {
  readonly env: Environment;
  readonly homeDir: string;
}

const DEFAULT_HOST = 'registry.terraform.io';
const MAX_BYTES = 1024 * 1024;
const MAX_DEPTH = 16;
const STACK_MIRROR = /^(?:\.\/)?terraform\.d\/plugins\/?$/;
const FIX =
  `Add to its provider_installation block: filesystem_mirror { path = "terraform.d/plugins", include = ` +
  `["${PROVIDER.host}/*/*"] }, and exclude = ["${PROVIDER.host}/*/*"] to every other method in it.`;

/** Checks whether Terraform searches the directory of a stack, where synth writes the embedded provider. */
export function checkCliConfig(user: User, usesProviderRunner: boolean): CheckResult {
  const { files, missing } = filesOf(user);
  if (missing !== undefined) {
    return warn(
      `TF_CLI_CONFIG_FILE is set to ${missing}, which does not exist: Terraform prints a warning on every run`,
      'Create the file, or unset TF_CLI_CONFIG_FILE.',
    );
  }
  for (const file of files) {
    const problem = problemIn(file);
    if (problem === undefined) continue;
    const [detail, fix] = problem;
    const usesTofu = (user.env.TERRAFORM_BINARY_NAME ?? '').includes('tofu');
    const affected = !usesProviderRunner
      ? 'the provider runner'
      : file.endsWith('.tofurc') && !usesTofu
        ? 'OpenTofu'
        : undefined;
    return affected === undefined
      ? fail(`${file}: ${detail}`, fix)
      : warn(`${file}: ${detail}; this affects ${affected} only`, fix);
  }
  return ok(
    files.length === 0
      ? 'none; Terraform finds the embedded provider in the directory of the stack'
      : `${files.join(', ')}: the embedded provider is found`,
  );
}

/** Checks that the configured provider cache of Terraform exists. */
export function checkPluginCache(user: User): CheckResult {
  const fromEnv = user.env.TF_PLUGIN_CACHE_DIR ?? '';
  const source = fromEnv === '' ? 'plugin_cache_dir' : 'TF_PLUGIN_CACHE_DIR';
  const directory = fromEnv === '' ? configuredCache(user) : fromEnv;
  if (directory === undefined || directory === '') return ok('none');
  if (!existsSync(directory.replace(/^\$HOME|^~/, user.homeDir))) {
    return fail(
      `${source} is set to ${directory}, which does not exist: Terraform reports an error on every run`,
      `Create it ("mkdir -p ${directory}"), or unset ${source}.`,
    );
  }
  return ok(
    `${directory}; it also caches the embedded provider, which is never stale because each build has its own version`,
  );
}

function configuredCache(user: User): string | undefined {
  for (const file of filesOf(user).files) {
    const config = read(file);
    const directory = typeof config === 'string' ? undefined : config.attributes.get('plugin_cache_dir');
    if (typeof directory === 'string') return directory;
  }
  return undefined;
}

/** The CLI configuration files of Terraform. `missing` is the value of TF_CLI_CONFIG_FILE if that file does not exist. */
function filesOf({ env, homeDir }: User): { readonly files: readonly string[]; readonly missing?: string } {
  const fromEnv = [env.TF_CLI_CONFIG_FILE, env.TERRAFORM_CONFIG].find((each) => (each ?? '') !== '');
  if (fromEnv !== undefined)
    return existsSync(fromEnv) ? { files: [fromEnv] } : { files: [], missing: fromEnv };
  const main = ['.tofurc', '.terraformrc'].map((name) => join(homeDir, name));
  const directory = join(homeDir, '.terraform.d');
  const others = existsSync(directory) && statSync(directory).isDirectory() ? readdirSync(directory) : [];
  const more = others.filter((name) => /\.tfrc(?:\.json)?$/.test(name)).sort();
  return {
    files: [...main.filter((path) => existsSync(path)), ...more.map((name) => join(directory, name))],
  };
}

function problemIn(file: string): [detail: string, fix: string] | undefined {
  const config = read(file);
  if (typeof config === 'string') return [config, 'Correct or remove the file.'];
  const installation = config.blocks.find(({ type }) => type === 'provider_installation');
  if (installation === undefined) return undefined;
  const override = installation.blocks
    .filter(({ type }) => type === 'dev_overrides')
    .map(({ attributes }) => attributes.get(PROVIDER_ADDRESS))
    .find((path) => path !== undefined);
  if (override !== undefined) {
    return [
      `dev_overrides loads the provider from ${String(override)} instead of the directory of the stack`,
      `Remove the entry for "${PROVIDER_ADDRESS}", unless you develop the provider.`,
    ];
  }
  const methods = installation.blocks.filter((method) => method.type !== 'dev_overrides' && admits(method));
  if (!methods.some(isMirrorOfProvider)) {
    return [
      'its provider_installation block hides the embedded provider, because no method in it searches the directory of the stack',
      FIX,
    ];
  }
  const remote = methods.find(({ type }) => type === 'direct' || type === 'network_mirror');
  if (remote === undefined) return undefined;
  return [`its method "${remote.type}" also searches the network for the embedded provider, and fails`, FIX];
}

/** A relative path is in the directory of the stack. An absolute path counts if it contains the provider. */
function isMirrorOfProvider({ type, attributes }: Block): boolean {
  const path = attributes.get('path');
  if (type !== 'filesystem_mirror' || typeof path !== 'string') return false;
  return STACK_MIRROR.test(path) || (isAbsolute(path) && existsSync(join(path, PROVIDER_ADDRESS)));
}

function admits({ attributes }: Block): boolean {
  const matches = (name: string) => [attributes.get(name) ?? []].flat().some(covers);
  return (!attributes.has('include') || matches('include')) && !matches('exclude');
}

/** Matches `host/namespace/type`, where `*` matches any part. The default host is the public registry. */
function covers(pattern: string): boolean {
  const parts = pattern.split('/');
  const whole = parts.length === 2 ? [DEFAULT_HOST, ...parts] : parts;
  return PROVIDER_ADDRESS.split('/').every((part, index) => whole[index] === '*' || whole[index] === part);
}

/** The parsed configuration, or the problem with the file. */
function read(file: string): Block | string {
  try {
    if (statSync(file).size > MAX_BYTES) return 'larger than 1 MiB';
    return parseBlocks(readFileSync(file, 'utf8'));
  } catch (error) {
    return `it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'it is not valid'})`;
  }
}

/** A block of a CLI configuration, with its attributes and nested blocks. */
export interface Block {
  readonly type: string;
  readonly attributes: Map<string, string | readonly string[]>;
  readonly blocks: Block[];
}

/**
 * Parses the blocks, strings and lists of strings of a CLI configuration in HCL or JSON, and ignores everything else.
 * @throws Error for excessive nesting or invalid JSON
 */
export function parseBlocks(text: string): Block {
  const trimmed = text.trimStart();
  return trimmed.startsWith('{') ? parseJson('', JSON.parse(trimmed), 0) : parseBody('', hclTokens(text), 0);
}

const WORD = /^[A-Za-z_]/;

function parseBody(type: string, tokens: Generator<HclToken, void>, depth: number): Block {
  if (depth > MAX_DEPTH) throw new Error('nested too deeply');
  const block: Block = { type, attributes: new Map(), blocks: [] };
  let name = '';
  let before = '';
  for (let next = tokens.next(); next.done !== true && next.value.text !== '}'; next = tokens.next()) {
    const { text } = next.value;
    if (text === '{') block.blocks.push(parseBody(name, tokens, depth + 1));
    else if (text === '[') block.attributes.set(name, parseList(tokens));
    else if (before === '=') block.attributes.set(name, unquoted(text));
    // A string after a word is a block label, which is ignored.
    else if (WORD.test(text) || (text.startsWith('"') && !WORD.test(before))) name = unquoted(text);
    before = before === '=' ? '' : text;
  }
  return block;
}

function parseList(tokens: Generator<HclToken, void>): string[] {
  const items: string[] = [];
  for (let next = tokens.next(); next.done !== true && next.value.text !== ']'; next = tokens.next()) {
    if (next.value.text !== ',') items.push(unquoted(next.value.text));
  }
  return items;
}

function unquoted(token: string): string {
  return token.startsWith('"') ? token.slice(1, -1).replace(/\\(["\\])/g, '$1') : token;
}

function parseJson(type: string, value: unknown, depth: number): Block {
  if (depth > MAX_DEPTH) throw new Error('nested too deeply');
  const block: Block = { type, attributes: new Map(), blocks: [] };
  for (const [key, each] of Object.entries((value ?? {}) as Record<string, unknown>)) {
    const isList = Array.isArray(each) && each.every((item) => typeof item === 'string');
    if (typeof each === 'string' || isList) {
      block.attributes.set(key, each);
      continue;
    }
    for (const item of [each].flat<unknown[]>()) {
      if (typeof item === 'object') block.blocks.push(parseJson(key, item, depth + 1));
    }
  }
  return block;
}
