import { spawnSync } from 'node:child_process';

/** Whether a Terraform that we support is on the PATH. */
const available =
  spawnSync('terraform', ['version'], { env: { ...process.env, CHECKPOINT_DISABLE: '1' } }).status === 0;

/**
 * `describe` for tests that need Terraform. Without it they fail in CI, and are reported as skipped elsewhere.
 */
export const describeWithTerraform: (name: string, tests: () => void) => void = available
  ? describe
  : process.env.CI === 'true'
    ? (name) => {
        test(`${name}: Terraform is on the PATH`, () => {
          throw new Error('Terraform is missing; in CI the tests that need it must not be skipped');
        });
      }
    : describe.skip;
