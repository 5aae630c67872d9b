import { createHash } from 'crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { join } from 'path';
import { IConstruct } from 'constructs';
import { ASSET, PROVIDER, PROVIDER_ADDRESS } from '../contract';
import { errorAt, notBuilt } from './errors';
import { manifestIn } from './framework';

/** The platforms of the provider. The program is the same on all of them. */
const PLATFORMS = ['linux_amd64', 'linux_arm64', 'darwin_amd64', 'darwin_arm64'];
const MIRROR = join('terraform.d', 'plugins', PROVIDER.host, PROVIDER.namespace, PROVIDER.type);
const LOCK_FILE = '.terraform.lock.hcl';
const EXECUTABLE = 0o755;
const READABLE = 0o644;
/** The folder name of a version of the embedded provider. */
const VERSION_FOLDER = /^\d+\.\d+\.\d+.*-b[0-9a-f]{12}$/;

/** The package's root folder, relative to both `lib/constructs` and `dist/constructs`. */
const ROOT = join(__dirname, '..', '..');

/** The package's folder of a program that synth copies into stacks. @throws Error if the package is not built */
export function assetFolder(where: IConstruct, name: string): string {
  const path = join('dist', 'assets', name);
  const found = join(ROOT, path);
  if (!existsSync(found)) throw errorAt(where, notBuilt(path));
  return found;
}

/** The embedded provider: the executable that synth writes into a stack. */
export class EmbeddedProvider {
  /** Contains a digest of the program, so that a changed program is another version, not a checksum mismatch. */
  public readonly version: string;
  /** By name. */
  private readonly files: Readonly<Record<string, Buffer>>;
  private readonly executable: string;

  /** @throws Error if the package is not built */
  public constructor(where: IConstruct) {
    const { folder, main } = ASSET.provider;
    const from = assetFolder(where, folder);
    const built = Object.fromEntries(
      readdirSync(from)
        .sort()
        .map((name) => [name, readFileSync(join(from, name))]),
    );
    const digest = createHash('sha256').update(folderHash(built)).digest('hex');
    this.version = `${manifestIn(ROOT).version}-b${digest.slice(0, 12)}`;
    this.executable = `terraform-provider-${PROVIDER.type}_${this.version}`;
    this.files = Object.fromEntries(
      Object.entries(built).map(([name, content]) => [name === main ? this.executable : name, content]),
    );
  }

  /** Writes the executable and its lock entry into a stack's folder. Other files and entries are kept. */
  public writeTo(folder: string): void {
    const versions = join(folder, MIRROR);
    for (const old of existsSync(versions) ? readdirSync(versions) : []) {
      if (old !== this.version && VERSION_FOLDER.test(old))
        rmSync(join(versions, old), { recursive: true, force: true });
    }
    for (const platform of PLATFORMS) {
      const target = join(versions, this.version, platform);
      mkdirSync(target, { recursive: true });
      for (const [name, content] of Object.entries(this.files)) {
        writeWithMode(join(target, name), content, name === this.executable ? EXECUTABLE : READABLE);
      }
    }
    const lockPath = join(folder, LOCK_FILE);
    const before = existsSync(lockPath) ? readFileSync(lockPath, 'utf8') : '';
    const after = upsertLockEntry(before, this.version, folderHash(this.files));
    if (after !== before) writeWithMode(lockPath, after, READABLE);
  }
}

/** Writes a file with exactly this mode, regardless of the umask and of an existing file. */
function writeWithMode(path: string, content: Buffer | string, mode: number): void {
  writeFileSync(path, content, { mode });
  chmodSync(path, mode);
}

const LOCK_FILE_HEADER = `# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.
`;

/** The provider's entry, as Terraform and OpenTofu write it. */
const LOCK_ENTRY = new RegExp(`^provider "${PROVIDER_ADDRESS.replaceAll('.', '\\.')}" \\{[^{}]*\\}`, 'm');

/**
 * Terraform's hash of a provider folder: the hash of a sorted list with the content hash and the name of each file.
 * @param files contents by name
 */
function folderHash(files: Readonly<Record<string, Buffer>>): string {
  const lines = Object.entries(files)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, content]) => `${createHash('sha256').update(content).digest('hex')}  ${name}\n`);
  return `h1:${createHash('sha256').update(lines.join('')).digest('base64')}`;
}

/** Replaces or adds the entry of the embedded provider in a stack's `.terraform.lock.hcl`. The rest is unchanged. */
export function upsertLockEntry(lockFile: string, version: string, hash: string): string {
  const text = lockFile.trim() === '' ? LOCK_FILE_HEADER : lockFile;
  const entry = `provider "${PROVIDER_ADDRESS}" {
  version     = "${version}"
  constraints = "${version}"
  hashes = [
    "${hash}",
  ]
}`;
  return LOCK_ENTRY.test(text) ? text.replace(LOCK_ENTRY, () => entry) : `${text.trimEnd()}\n\n${entry}\n`;
}

/** The first versions that move state between resource types. OpenTofu reads the second file instead of the first. */
const VERSIONS = {
  'zec-moved-state.tf.json': '>= 1.8',
  'zec-moved-state.tofu.json': '>= 1.10',
};

/**
 * Makes versions that cannot move state between resource types reject the stack and name the required version. Their own
 * error is "Resource type mismatch". In separate files, because cdktf writes `required_version` to HCL without its value.
 */
export function requireVersion(folder: string, isNeeded: boolean): void {
  for (const [name, version] of Object.entries(VERSIONS)) {
    const file = join(folder, name);
    const content = JSON.stringify({ terraform: { required_version: version } }, undefined, 2);
    if (isNeeded) writeFileSync(file, `${content}\n`);
    else rmSync(file, { force: true });
  }
}
