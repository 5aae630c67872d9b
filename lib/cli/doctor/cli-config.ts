import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { PROVIDER } from '../../contract';
import { hclTokens } from '../../hcl';
import type { HclToken } from '../../hcl';
import type { Environment } from '../values';
import { fail, ok, warn } from './finding';
import type { Outcome } from './finding';

/** Whose configuration it is. */
interface User {
  readonly env: Environment;
  readonly homeDir: string;
}

const ADDRESS = `${PROVIDER.host}/${PROVIDER.namespace}/${PROVIDER.type}`;
const DEFAULT_HOST = 'registry.terraform.io';
const MAX_BYTES = 1024 * 1024;
const MAX_DEPTH = 16;
const OWN_MIRROR = /^(?:\.\/)?terraform\.d\/plugins\/?$/;
const FIX =
  `Add to its provider_installation block: filesystem_mirror { path = "terraform.d/plugins", include = ` +
  `["${PROVIDER.host}/*/*"] }, and exclude = ["${PROVIDER.host}/*/*"] to every other method in it.`;

/** Whether Terraform would still look into a stack's own folder, where synth puts the embedded provider. */
export function checkCliConfig(user: User, usesProviderRunner: boolean): Outcome {
  const { files, missing } = filesOf(user);
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
    const usesTofu = (user.env.TERRAFORM_BINARY_NAME ?? '').includes('tofu');
    const elsewhere = !usesProviderRunner
      ? 'the provider runner'
      : file.endsWith('.tofurc') && !usesTofu
        ? 'OpenTofu'
        : undefined;
    return elsewhere === undefined
      ? fail(`${file}: ${detail}`, fix)
      : warn(`${file}: ${detail}; this matters to ${elsewhere} only`, fix);
  }
  return ok(
    files.length === 0
      ? 'none, so Terraform looks into the stack’s own folder for the embedded provider'
      : `${files.join(', ')}: the embedded provider is found`,
  );
}

/** Terraform's cache of providers, which must exist where one is named. */
export function checkPluginCache(user: User): Outcome {
  const named = user.env.TF_PLUGIN_CACHE_DIR ?? '';
  const source = named === '' ? 'plugin_cache_dir' : 'TF_PLUGIN_CACHE_DIR';
  const folder = named === '' ? configuredCache(user) : named;
  if (folder === undefined || folder === '') return ok('none');
  if (!existsSync(folder.replace(/^\$HOME|^~/, user.homeDir))) {
    return fail(
      `${source} names ${folder}, which is not there: Terraform reports an error at every run`,
      `Create it ("mkdir -p ${folder}"), or unset ${source}.`,
    );
  }
  return ok(
    `${folder}. The embedded provider is kept there too; each build has a version of its own, so it is never stale`,
  );
}

function configuredCache(user: User): string | undefined {
  for (const file of filesOf(user).files) {
    const config = read(file);
    const folder = typeof config === 'string' ? undefined : config.attributes.get('plugin_cache_dir');
    if (typeof folder === 'string') return folder;
  }
  return undefined;
}

/** What Terraform reads as its CLI configuration; `missing` is the file that TF_CLI_CONFIG_FILE names, and that is not there. */
function filesOf({ env, homeDir }: User): { readonly files: readonly string[]; readonly missing?: string } {
  const named = [env.TF_CLI_CONFIG_FILE, env.TERRAFORM_CONFIG].find((each) => (each ?? '') !== '');
  if (named !== undefined) return existsSync(named) ? { files: [named] } : { files: [], missing: named };
  const main = ['.tofurc', '.terraformrc'].map((name) => join(homeDir, name));
  const folder = join(homeDir, '.terraform.d');
  const others = existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : [];
  const more = others.filter((name) => /\.tfrc(?:\.json)?$/.test(name)).sort();
  return { files: [...main.filter((path) => existsSync(path)), ...more.map((name) => join(folder, name))] };
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
  if (!methods.some(isMirrorWithIt)) {
    return [
      'its provider_installation block hides the embedded provider, because none of its methods looks into the stack',
      FIX,
    ];
  }
  const remote = methods.find(({ type }) => type === 'direct' || type === 'network_mirror');
  if (remote === undefined) return undefined;
  return [`its method "${remote.type}" looks for the embedded provider on the network too, and fails`, FIX];
}

/** Relative, it is the stack's own folder. Elsewhere the provider must have been put by somebody. */
function isMirrorWithIt({ type, attributes }: Block): boolean {
  const path = attributes.get('path');
  if (type !== 'filesystem_mirror' || typeof path !== 'string') return false;
  return OWN_MIRROR.test(path) || (isAbsolute(path) && existsSync(join(path, ADDRESS)));
}

function admits({ attributes }: Block): boolean {
  const matches = (name: string) => [attributes.get(name) ?? []].flat().some(covers);
  return (!attributes.has('include') || matches('include')) && !matches('exclude');
}

/** `host/namespace/type` with `*` for any; without a host it is the public registry's. */
function covers(pattern: string): boolean {
  const parts = pattern.split('/');
  const whole = parts.length === 2 ? [DEFAULT_HOST, ...parts] : parts;
  return ADDRESS.split('/').every((part, index) => whole[index] === '*' || whole[index] === part);
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

/** A block of a CLI configuration, with its attributes and the blocks in it. */
export interface Block {
  readonly type: string;
  readonly attributes: Map<string, string | readonly string[]>;
  readonly blocks: Block[];
}

/**
 * Reads as much of a CLI configuration as there is to know of it: blocks, strings and lists of strings, in HCL or in
 * JSON. What it does not understand it steps over.
 * @throws Error if it is nested too deeply, or not JSON
 */
export function parseBlocks(text: string): Block {
  const trimmed = text.trimStart();
  return trimmed.startsWith('{') ? fromJson('', JSON.parse(trimmed), 0) : body('', hclTokens(text), 0);
}

const WORD = /^[A-Za-z_]/;

function body(type: string, tokens: Generator<HclToken, void>, depth: number): Block {
  if (depth > MAX_DEPTH) throw new Error('nested too deeply');
  const block: Block = { type, attributes: new Map(), blocks: [] };
  let name = '';
  let before = '';
  for (let next = tokens.next(); next.done !== true && next.value.text !== '}'; next = tokens.next()) {
    const { text } = next.value;
    if (text === '{') block.blocks.push(body(name, tokens, depth + 1));
    else if (text === '[') block.attributes.set(name, list(tokens));
    else if (before === '=') block.attributes.set(name, unquoted(text));
    // A string after a word is the label of a block, which does not matter here.
    else if (WORD.test(text) || (text.startsWith('"') && !WORD.test(before))) name = unquoted(text);
    before = before === '=' ? '' : text;
  }
  return block;
}

function list(tokens: Generator<HclToken, void>): string[] {
  const items: string[] = [];
  for (let next = tokens.next(); next.done !== true && next.value.text !== ']'; next = tokens.next()) {
    if (next.value.text !== ',') items.push(unquoted(next.value.text));
  }
  return items;
}

function unquoted(token: string): string {
  return token.startsWith('"') ? token.slice(1, -1).replace(/\\(["\\])/g, '$1') : token;
}

function fromJson(type: string, value: unknown, depth: number): Block {
  if (depth > MAX_DEPTH) throw new Error('nested too deeply');
  const block: Block = { type, attributes: new Map(), blocks: [] };
  for (const [key, each] of Object.entries((value ?? {}) as Record<string, unknown>)) {
    const isList = Array.isArray(each) && each.every((item) => typeof item === 'string');
    if (typeof each === 'string' || isList) {
      block.attributes.set(key, each);
      continue;
    }
    for (const item of [each].flat<unknown[]>()) {
      if (typeof item === 'object') block.blocks.push(fromJson(key, item, depth + 1));
    }
  }
  return block;
}
