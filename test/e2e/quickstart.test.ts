import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { nullProvider } from '../support/null-provider/install';
import { descendants, eventually, run, start } from '../support/processes';
import type { Started } from '../support/processes';
import { describeWithTerraform, IS_OPENTOFU, TERRAFORM } from '../support/terraform';

const script = resolve(__dirname, '../../scripts/quickstart.mjs');

/** The folder that OpenTofu creates in the home directory. */
const LEFT = IS_OPENTOFU ? ['.terraform.d'] : [];

describeWithTerraform('npm run quickstart', () => {
  let folder: string;

  // Uses the user's npm settings: the tests give the quickstart an empty home directory and a minimal environment.
  beforeAll(() => {
    const { status, stderr } = spawnSync(process.execPath, [script, '--install-only'], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }, 240_000);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'zec-quickstart-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const startQuickstart = (env: Readonly<Record<string, string>> = {}, ...args: string[]): Started =>
    start(process.execPath, [script, ...args], {
      cwd: folder,
      env: { TMPDIR: folder, HOME: folder, TERRAFORM_BINARY_NAME: TERRAFORM, ...env },
    });

  /** Two screens of 40 lines, minus the output of npm and the build. */
  const MAX_LINES = 72;

  const expectAllSteps = (stdout: string) => {
    const steps = [
      /nic_attachment\["nic-storage"\] will be created/,
      /^ +vNIC nic-storage is attached to instance ins-web-1$/m,
      /checked against the API: vNIC nic-storage is USED by instance ins-web-1/,
      /the second plan is empty/,
      /checked against the API: vNIC nic-storage is free/,
      /^8\. Drift: the vNIC is detached by hand/m,
      /Warning: vNIC nic-storage /,
      /^9\. Deploy again: the attachment is repaired/m,
      /^Done: attached and detached under both runners/m,
    ];
    expect(steps.map((step) => stdout.search(step))).toEqual(
      steps.map((step) => stdout.search(step)).sort((a, b) => a - b),
    );
    for (const step of steps) expect(stdout).toMatch(step);
  };

  test('installs the null provider from the only mirror of the CLI configuration, prints at most two screens and leaves no files', async () => {
    const provider = await nullProvider();
    const mirror = mkdtempSync(join(tmpdir(), 'zec-quickstart-mirror-'));
    try {
      provider.install(mirror);
      const config = join(mirror, 'terraformrc');
      writeFileSync(
        config,
        `provider_installation {
  filesystem_mirror {
    path = "${mirror}/terraform.d/plugins"
  }
}
`,
      );
      const { code, stdout } = await startQuickstart(
        provider.origin === 'the Terraform registry' ? {} : { TF_CLI_CONFIG_FILE: config },
      ).finished;
      expect(code).toBe(0);
      expect(stdout).toMatch(/carrier: null_resource, since (?:Terraform|OpenTofu) can install its provider/);
      expect(stdout).toContain('null_resource.nic_attachment["nic-storage"] will be created');
      expectAllSteps(stdout);
      expect(stdout.split('\n').length).toBeLessThanOrEqual(MAX_LINES);
      expect(readdirSync(folder)).toEqual(LEFT);
    } finally {
      provider.remove();
      rmSync(mirror, { recursive: true, force: true });
    }
  });

  test('runs with a missing CLI configuration, and Ctrl-C leaves no processes and no files', async () => {
    const quickstart = startQuickstart({ TF_CLI_CONFIG_FILE: join(folder, 'missing.tfrc') }, '--verbose');
    await eventually(
      'the attach request is sent',
      () => quickstart.output().includes('sending the attach request'),
      120_000,
    );
    const below = descendants(quickstart.pid).map(({ pid }) => pid);
    expect(below.length).toBeGreaterThan(2);
    quickstart.kill('SIGINT');
    const { code, stdout } = await quickstart.finished;
    expect(code).toBe(130);
    expect(stdout).toContain('Interrupted.');
    expect(stdout).not.toContain('missing.tfrc');
    await eventually('all processes have exited', () => below.every((pid) => !isRunning(pid)));
    expect(readdirSync(folder)).toEqual(LEFT);
  });

  test('reports a missing Terraform', async () => {
    const { code, stderr } = await run('/usr/bin/env', ['-i', `PATH=${folder}`, process.execPath, script]);
    expect(code).toBe(1);
    expect(stderr).toContain('Terraform is missing. Install Terraform 1.4 or newer');
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
