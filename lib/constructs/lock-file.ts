import { createHash } from 'crypto';
import { PROVIDER_ADDRESS } from '../contract';

const HEADER = `# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.
`;

/** The provider's entry, as Terraform and OpenTofu write it. */
const ENTRY = new RegExp(`^provider "${PROVIDER_ADDRESS.replaceAll('.', '\\.')}" \\{[^{}]*\\}`, 'm');

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

/** Replaces or adds the entry of the embedded provider in a stack's `.terraform.lock.hcl`. The rest is unchanged. */
export function upsertEntry(lockFile: string, version: string, hash: string): string {
  const text = lockFile.trim() === '' ? HEADER : lockFile;
  const entry = `provider "${PROVIDER_ADDRESS}" {
  version     = "${version}"
  constraints = "${version}"
  hashes = [
    "${hash}",
  ]
}`;
  return ENTRY.test(text) ? text.replace(ENTRY, () => entry) : `${text.trimEnd()}\n\n${entry}\n`;
}
