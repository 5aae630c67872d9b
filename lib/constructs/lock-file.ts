import { createHash } from 'crypto';

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
 * The hash by which Terraform knows a provider's folder: of the sorted list of its files, each by its content and name.
 * @param files contents by name
 */
export function folderHash(files: Readonly<Record<string, Buffer>>): string {
  const lines = Object.entries(files)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, content]) => `${createHash('sha256').update(content).digest('hex')}  ${name}\n`);
  return `h1:${createHash('sha256').update(lines.join('')).digest('base64')}`;
}

/** A lock file with this entry in place of any other of the same provider; all else stays as it is. */
export function withEntry(lockFile: string | undefined, entry: LockEntry): string {
  const others = (lockFile ?? HEADER).replace(blockOf(entry.address), '').trimEnd();
  const hashes = entry.hashes.map((hash) => `    ${JSON.stringify(hash)},\n`).join('');
  return `${others}

provider ${JSON.stringify(entry.address)} {
  version     = ${JSON.stringify(entry.version)}
  constraints = ${JSON.stringify(entry.version)}
  hashes = [
${hashes}  ]
}
`;
}

/** Terraform writes a provider's block from the first column to a brace in the first column. */
function blockOf(address: string): RegExp {
  const name = address.replace(/[.\\/]/g, '\\$&');
  return new RegExp(`^provider "${name}" \\{\\r?\\n(?:[ \\t].*\\r?\\n|\\r?\\n)*\\}\\r?\\n*`, 'gm');
}
