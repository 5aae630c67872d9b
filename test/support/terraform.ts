import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** `describe` for tests that need a program. Without it they fail in CI, and otherwise are reported as skipped. */
export function describeWith(
  program: string,
  runs: () => boolean,
): (name: string, tests: () => void) => void {
  let known: boolean | undefined;
  return (name, tests) => {
    if ((known ??= runs())) {
      describe(name, tests);
    } else if (process.env.CI !== 'true') {
      describe.skip(name, tests);
    } else {
      test(`${name}: ${program} is there`, () => {
        throw new Error(`${program} is missing; in CI the tests that need it must not be skipped`);
      });
    }
  };
}

/** The executable of Terraform or OpenTofu that the cdktf CLI uses. */
export const TERRAFORM = process.env.TERRAFORM_BINARY_NAME ?? 'terraform';

// If TF_CLI_CONFIG_FILE names a missing file, OpenTofu prints a warning before all output, including JSON.
if (!existsSync(process.env.TF_CLI_CONFIG_FILE ?? '')) delete process.env.TF_CLI_CONFIG_FILE;

const { status, stdout } = spawnSync(TERRAFORM, ['version'], {
  env: { ...process.env, CHECKPOINT_DISABLE: '1' },
  encoding: 'utf8',
});
const [, product = '', version = ''] = /^(Terraform|OpenTofu) v(\S+)/m.exec(stdout) ?? [];

/** Whether the tests use OpenTofu. */
export const IS_OPENTOFU = product === 'OpenTofu';

export const describeWithTerraform = describeWith('Terraform', () => status === 0);

/** The first versions that have a feature. */
export interface Since {
  readonly terraform: string;
  /** Absent if OpenTofu does not have it. */
  readonly opentofu?: string;
}

/** Blocks of the type "import". */
export const IMPORT_BLOCKS: Since = { terraform: '1.5', opentofu: '1.6' };

export function isSince(since: Since): boolean {
  const first = IS_OPENTOFU ? since.opentofu : since.terraform;
  if (first === undefined) return false;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [minMajor = 0, minMinor = 0] = first.split('.').map(Number);
  return major > minMajor || (major === minMajor && minor >= minMinor);
}

/** `describe` for features that older versions do not have. With these versions it is skipped, even in CI. */
export function describeSince(since: Since, name: string, tests: () => void): void {
  const { terraform, opentofu } = since;
  const needs = `needs Terraform ${terraform}${opentofu === undefined ? '' : ` or OpenTofu ${opentofu}`}`;
  if (version === '' || isSince(since)) describeWithTerraform(name, tests);
  else describe.skip(`${name} (${needs}; this is ${product} ${version})`, tests);
}
