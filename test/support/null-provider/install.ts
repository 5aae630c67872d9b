import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleProvider, mirrorProvider } from '../bundle-provider';
import { run } from '../processes';
import { TERRAFORM } from '../terraform';

const VERSION = '3.2.4';

/** The source of `hashicorp/null` for the tests on this machine. */
export interface NullProvider {
  readonly origin: 'the Terraform registry' | 'the stand-in of these tests';
  /** Makes the provider available to `terraform init` in a folder. */
  readonly install: (folder: string) => void;
  readonly remove: () => void;
}

/** The real provider if Terraform can install it, otherwise the replacement. */
export async function nullProvider(): Promise<NullProvider> {
  if (await canInstall()) {
    return { origin: 'the Terraform registry', install: () => undefined, remove: () => undefined };
  }
  const bundle = bundleProvider(join(__dirname, 'main.ts'), `terraform-provider-null_v${VERSION}`);
  return {
    origin: 'the stand-in of these tests',
    install: (folder) => mirrorProvider(folder, 'registry.terraform.io/hashicorp/null', VERSION, bundle.file),
    remove: bundle.remove,
  };
}

async function canInstall(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'null-probe-'));
  try {
    const required_providers = { null: { source: 'hashicorp/null', version: VERSION } };
    writeFileSync(join(folder, 'main.tf.json'), JSON.stringify({ terraform: { required_providers } }));
    const { code } = await run(TERRAFORM, ['init', '-input=false'], {
      cwd: folder,
      env: { CHECKPOINT_DISABLE: '1' },
    });
    return code === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
