import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { PROVIDER, PROVIDER_ADDRESS } from './contract';

// The part of Terraform's CLI configuration that determines where Terraform finds the embedded provider.

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_HOST = 'registry.terraform.io';
const MAX_BYTES = 1024 * 1024;
const MAX_DEPTH = 16;
const STACK_MIRROR = /^(?:\.\/)?terraform\.d\/plugins\/?$/;
const FIX =
  `Add to its provider_installation block: filesystem_mirror { path = "terraform.d/plugins", include = ` +
  `["${PROVIDER.host}/*/*"] }, and exclude = ["${PROVIDER.host}/*/*"] to every other method in it.`;

/** The CLI configuration files of Terraform. `missing` is the variable that names one that does not exist, and its value. */
export function cliConfigFiles(
  env: Environment,
  homeDir: string,
): { readonly files: string[]; readonly missing?: readonly [variable: string, file: string] } {
  const variable = ['TF_CLI_CONFIG_FILE', 'TERRAFORM_CONFIG'].find((name) => Boolean(env[name])) ?? '';
  const fromEnv = env[variable];
  if (fromEnv && !existsSync(fromEnv)) return { files: [], missing: [variable, fromEnv] };
  if (fromEnv) return { files: [fromEnv] };
  if (homeDir === '') return { files: [] };
  const directory = join(homeDir, '.terraform.d');
  const others = namesIn(directory)
    .filter((name) => /\.tfrc(?:\.json)?$/.test(name))
    .sort();
  const main = ['.tofurc', '.terraformrc'].map((name) => join(homeDir, name));
  return { files: [...main.filter(existsSync), ...others.map((name) => join(directory, name))] };
}

/** The names in a directory; none if it cannot be read. */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Why Terraform does not find the embedded provider with this file, and what to do; `undefined` if it does. */
export function cliConfigProblem(file: string): [detail: string, fix: string] | undefined {
  const config = readCliConfig(file);
  if (typeof config === 'string') return [config, 'Correct or remove the file.'];
  const [installation] = blocksOf(config, 'provider_installation');
  if (installation === undefined) return undefined;
  const override = blocksOf(installation, 'dev_overrides')
    .map((each) => each[PROVIDER_ADDRESS])
    .find((path) => typeof path === 'string');
  if (override !== undefined) {
    return [
      `dev_overrides loads the provider from ${override} instead of the directory of the stack`,
      `Remove the entry for "${PROVIDER_ADDRESS}", unless you develop the provider.`,
    ];
  }
  if (!blocksOf(installation, 'filesystem_mirror').filter(includesProvider).some(isMirrorOfProvider)) {
    return [
      'its provider_installation block hides the embedded provider, because no method in it searches the directory of the stack',
      FIX,
    ];
  }
  const remote = Object.keys(installation)
    .filter((type) => type === 'direct' || type === 'network_mirror')
    .find((type) => blocksOf(installation, type).some(includesProvider));
  if (remote === undefined) return undefined;
  return [`its method "${remote}" also searches the network for the embedded provider, and fails`, FIX];
}

/** A relative path is in the directory of the stack. An absolute path counts if it contains the provider. */
function isMirrorOfProvider({ path }: Block): boolean {
  if (typeof path !== 'string') return false;
  return STACK_MIRROR.test(path) || (isAbsolute(path) && existsSync(join(path, PROVIDER_ADDRESS)));
}

function includesProvider({ include, exclude }: Block): boolean {
  return (
    (include == null || [include].flat().some(matchesProvider)) && ![exclude].flat().some(matchesProvider)
  );
}

/** Whether only OpenTofu reads the file. */
export function isForTofu(file: string): boolean {
  return file.endsWith('.tofurc');
}

/** Whether the environment selects OpenTofu. */
export function usesTofu({ TERRAFORM_BINARY_NAME: name = '' }: Environment): boolean {
  return name.includes('tofu');
}

/** Matches `host/namespace/type`, where `*` matches any part. The default host is the public registry. */
function matchesProvider(pattern: unknown): boolean {
  const parts = typeof pattern === 'string' ? pattern.split('/') : [];
  const full = parts.length === 2 ? [DEFAULT_HOST, ...parts] : parts;
  return PROVIDER_ADDRESS.split('/').every((part, index) => full[index] === '*' || full[index] === part);
}

/** The parsed configuration, or the problem with the file. */
export function readCliConfig(file: string): Block | string {
  try {
    const stat = statSync(file);
    if (stat.size > MAX_BYTES) return 'larger than 1 MiB';
    // A read of a FIFO would block.
    if (stat.isFIFO()) return 'it is not a regular file';
    return parseConfig(readFileSync(file, 'utf8'));
  } catch (error) {
    return `it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'it is not valid'})`;
  }
}

/** A block as in the JSON syntax of the configuration: strings, lists of strings, and lists of nested blocks. */
export type Block = Readonly<Record<string, unknown>>;

/** The nested blocks of a type. JSON admits an object in place of a list of one. */
export function blocksOf(block: Block, type: string): readonly Block[] {
  return [block[type]].flat().filter((each): each is Block => typeof each === 'object' && each !== null);
}

/**
 * Parses a CLI configuration in HCL or JSON. Of HCL, reads blocks, strings and lists of strings.
 * @throws Error for excessive nesting or invalid JSON
 */
export function parseConfig(text: string): Block {
  if (text.trimStart().startsWith('{')) return JSON.parse(text) as Block;
  return parseBody(hclTokens(text).reverse(), 0);
}

// The alternatives are mutually exclusive, so matching is linear. An unterminated comment ends the text.
const TOKEN = /(?:\s+|#[^\n]*|\/\/[^\n]*|\/\*(?:[^]*?\*\/|[^]*))|("(?:[^"\\\n]|\\.)*"|[\w.-]+|[^])/g;

/** The words, quoted strings and punctuation characters of HCL. */
function hclTokens(text: string): string[] {
  return [...text.matchAll(TOKEN)].flatMap(([, token]) => token ?? []);
}

const WORD = /^[A-Za-z_]/;

/** @param tokens the rest of the file, the next one last */
function parseBody(tokens: string[], depth: number): Block {
  if (depth > MAX_DEPTH) throw new Error('nested too deeply');
  const block = Object.create(null) as Record<string, unknown>;
  let name = '';
  let previous = '';
  for (let token = tokens.pop(); token !== undefined && token !== '}'; token = tokens.pop()) {
    if (token === '{') {
      const known = block[name];
      const nested = parseBody(tokens, depth + 1);
      if (Array.isArray(known)) known.push(nested);
      else block[name] = [nested];
    } else if (token === '[') {
      const items = tokens.splice(tokens.lastIndexOf(']') + 1).reverse();
      block[name] = items.filter((each) => each !== ',').map(unquoted);
      tokens.pop();
    } else if (previous === '=') block[name] = unquoted(token);
    // A string after a word is a block label, which is ignored.
    else if (WORD.test(token) || (token.startsWith('"') && !WORD.test(previous))) name = unquoted(token);
    previous = previous === '=' ? '' : token;
  }
  return block;
}

function unquoted(token: string): string {
  return token.startsWith('"') ? token.slice(1, -1).replace(/\\(["\\])/g, '$1') : token;
}
