import { spawnSync } from 'node:child_process';

/** `describe` for tests that need a program. Without it they fail in CI, and are reported as skipped elsewhere. */
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

/** Terraform or OpenTofu, as the cdktf CLI finds it. */
export const TERRAFORM = process.env.TERRAFORM_BINARY_NAME ?? 'terraform';

export const describeWithTerraform = describeWith('Terraform', () => {
  const env = { ...process.env, CHECKPOINT_DISABLE: '1' };
  return spawnSync(TERRAFORM, ['version'], { env }).status === 0;
});
