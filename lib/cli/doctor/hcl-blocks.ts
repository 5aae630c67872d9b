/** A block of a Terraform CLI configuration, with its attributes and the blocks in it. */
export interface Block {
  readonly type: string;
  readonly attributes: ReadonlyMap<string, string | readonly string[]>;
  readonly blocks: readonly Block[];
}

const MAX_DEPTH = 16;
const WORD = /^[A-Za-z_]/;
// Comments, strings, words, and one sign at a time. Alternatives exclude each other, so time is linear.
const TOKEN = /\s+|#[^\n]*|\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)|"(?:[^"\\\n]|\\.)*"|[A-Za-z0-9_.*/-]+|[^]/g;

/**
 * Reads as much of a CLI configuration as there is to know of it: blocks, strings and lists of strings, in HCL or in
 * JSON. What it does not understand it steps over.
 */
export function parseBlocks(text: string): Block {
  const trimmed = text.trimStart();
  if (trimmed.startsWith('{')) return fromJson('', JSON.parse(trimmed) as unknown, 0);
  const tokens = (text.match(TOKEN) ?? []).filter((token) => !/^(?:\s|#|\/\/|\/\*)/.test(token));
  return body('', tokens[Symbol.iterator](), 0);
}

function body(type: string, tokens: Iterator<string>, depth: number): Block {
  const attributes = new Map<string, string | readonly string[]>();
  const blocks: Block[] = [];
  let name = '';
  let before = '';
  for (let next = tokens.next(); next.done !== true; next = tokens.next()) {
    const token = next.value;
    if (token === '}') break;
    if (token === '{') {
      if (depth >= MAX_DEPTH) throw new Error('nested too deeply');
      blocks.push(body(name, tokens, depth + 1));
    } else if (token === '[') {
      attributes.set(name, list(tokens));
    } else if (before === '=') {
      attributes.set(name, unquoted(token));
    } else if (WORD.test(token) || (token.startsWith('"') && !WORD.test(before))) {
      name = unquoted(token);
    }
    // A string after a word is the label of a block, which does not matter here.
    before = before === '=' ? '' : token;
  }
  return { type, attributes, blocks };
}

function list(tokens: Iterator<string>): string[] {
  const items: string[] = [];
  for (let next = tokens.next(); next.done !== true && next.value !== ']'; next = tokens.next()) {
    if (next.value !== ',') items.push(unquoted(next.value));
  }
  return items;
}

function unquoted(token: string): string {
  return token.startsWith('"') ? token.slice(1, -1).replace(/\\(["\\])/g, '$1') : token;
}

function fromJson(type: string, value: unknown, depth: number): Block {
  const attributes = new Map<string, string | readonly string[]>();
  const blocks: Block[] = [];
  if (depth > MAX_DEPTH) throw new Error('nested too deeply');
  for (const [key, each] of Object.entries((value ?? {}) as Record<string, unknown>)) {
    if (typeof each === 'string') attributes.set(key, each);
    else if (Array.isArray(each) && each.every((item) => typeof item === 'string')) attributes.set(key, each);
    else
      for (const item of [each].flat<unknown[]>()) {
        if (typeof item === 'object') blocks.push(fromJson(key, item, depth + 1));
      }
  }
  return { type, attributes, blocks };
}
