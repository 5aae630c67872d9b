import { createHash } from 'crypto';
import { hclTokens } from '../hcl';

/** One provider in a stack's `.terraform.lock.hcl`. */
export interface LockEntry {
  readonly address: string;
  readonly version: string;
  readonly hashes: readonly string[];
}

const HEADER = `# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.
`;

/**
 * Terraform's hash of a provider folder: the hash of a sorted list with the content hash and the name of each file.
 * @param files contents by name
 */
export function folderHash(files: Readonly<Record<string, Buffer>>): string {
  const lines = Object.entries(files)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, content]) => `${createHash('sha256').update(content).digest('hex')}  ${name}\n`);
  return `h1:${createHash('sha256').update(lines.join('')).digest('base64')}`;
}

/**
 * Replaces or adds the entry of one provider in a lock file. The rest is unchanged.
 * @throws Error if the file cannot be parsed
 */
export function upsertEntry(lockFile: string | undefined, entry: LockEntry): string {
  const text = lockFile ?? HEADER;
  const blocks = blocksOf(text, entry.address);
  if (blocks.length === 0) return [text.trimEnd(), `${formatted(entry)}\n`].filter(Boolean).join('\n\n');
  return blocks.reduceRight(
    (rest, [start, end], index) =>
      rest.slice(0, start) + (index === 0 ? formatted(entry) : '') + rest.slice(end),
    text,
  );
}

function formatted({ address, version, hashes }: LockEntry): string {
  return `provider ${JSON.stringify(address)} {
  version     = ${JSON.stringify(version)}
  constraints = ${JSON.stringify(version)}
  hashes = [
${hashes.map((hash) => `    ${JSON.stringify(hash)},\n`).join('')}  ]
}`;
}

/** Finds the blocks of a provider. */
function blocksOf(text: string, address: string): [start: number, end: number][] {
  const found: [start: number, end: number][] = [];
  let depth = 0;
  /** The header of a block: its type and labels. */
  let head: { readonly word: string; readonly at: number }[] = [];
  for (const { text: token, at, startsLine } of hclTokens(text)) {
    // A block header is on one line.
    if (depth === 0 && startsLine) head = [];
    if (token === '"' || token === '/*') throw unreadable();
    if (token === '{') depth += 1;
    else if (token === '}') depth -= 1;
    else if (depth === 0) head.push({ word: token, at });
    if (depth < 0) throw unreadable();
    if (token !== '}' || depth > 0) continue;
    const [type, name, ...rest] = head;
    if (type?.word === 'provider' && isText(name?.word, address) && rest.length === 0) {
      found.push([type.at, at + 1]);
    }
    head = [];
  }
  if (depth > 0) throw unreadable();
  return found;
}

function isText(token: string | undefined, wanted: string): boolean {
  try {
    return String(JSON.parse(token ?? '')).toLowerCase() === wanted.toLowerCase();
  } catch {
    return false;
  }
}

function unreadable(): Error {
  return new Error(
    'The stack’s .terraform.lock.hcl cannot be read: unterminated string, comment or block. ' +
      'Remove the file, and "terraform init" recreates it.',
  );
}
