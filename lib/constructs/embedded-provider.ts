import { createHash } from 'crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { join } from 'path';
import { IConstruct } from 'constructs';
import { ASSET, PROVIDER } from '../contract';
import { bundled } from './bundled';
import { folderHash, withEntry } from './lock-file';

/** Where Terraform runs, and Node does: the bundle is the same for all. */
const PLATFORMS = ['linux_amd64', 'linux_arm64', 'darwin_amd64', 'darwin_arm64'];
const MIRROR = join('terraform.d', 'plugins', PROVIDER.host, PROVIDER.namespace, PROVIDER.type);
const LOCK_FILE = '.terraform.lock.hcl';
const EXECUTABLE = 0o755;
const READABLE = 0o644;
/** A folder that an earlier build of this package left. */
const OUR_VERSION = /^\d+\.\d+\.\d+.*-b[0-9a-f]{12}$/;

/** The provider's bundle, as it is placed into a stack. */
export class EmbeddedProvider {
  public readonly address = `${PROVIDER.host}/${PROVIDER.namespace}/${PROVIDER.type}`;
  /** Carries a digest of the bundle, so that a changed bundle is another version and never a wrong checksum. */
  public readonly version: string;
  private readonly content: Buffer;
  private readonly fileName: string;

  /** @throws Error if the package is not built */
  public constructor(where: IConstruct) {
    this.content = readFileSync(bundled(where, ASSET.provider));
    this.version = `${packageVersion()}-b${createHash('sha256').update(this.content).digest('hex').slice(0, 12)}`;
    this.fileName = `terraform-provider-${PROVIDER.type}_${this.version}`;
  }

  /** Writes executable and lock entry into a stack's folder; what others wrote there stays. */
  public writeTo(folder: string): void {
    const versions = join(folder, MIRROR);
    if (existsSync(versions)) {
      for (const old of readdirSync(versions)) {
        if (old !== this.version && OUR_VERSION.test(old))
          rmSync(join(versions, old), { recursive: true, force: true });
      }
    }
    for (const platform of PLATFORMS) {
      const target = join(versions, this.version, platform);
      mkdirSync(target, { recursive: true });
      writeWithMode(join(target, this.fileName), this.content, EXECUTABLE);
    }
    const lockPath = join(folder, LOCK_FILE);
    const before = existsSync(lockPath) ? readFileSync(lockPath, 'utf8') : undefined;
    const hashes = [folderHash({ [this.fileName]: this.content })];
    const after = withEntry(before, { address: this.address, version: this.version, hashes });
    if (after !== before) writeWithMode(lockPath, after, READABLE);
  }
}

/** Whatever the umask says, and whatever mode a file had that is already there. */
function writeWithMode(path: string, content: Buffer | string, mode: number): void {
  writeFileSync(path, content, { mode });
  chmodSync(path, mode);
}

function packageVersion(): string {
  const manifest = readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
