import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { nullProvider } from '../support/null-provider/install';
import { descendants, eventually, run, start } from '../support/processes';
import type { Started } from '../support/processes';
import { describeWithTerraform } from '../support/terraform';

const script = resolve(__dirname, '../../scripts/quickstart.mjs');

describeWithTerraform('npm run quickstart', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'zec-quickstart-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const begin = (env: Readonly<Record<string, string>> = {}): Started =>
    start(process.execPath, [script], { cwd: folder, env: { TMPDIR: folder, HOME: folder, ...env } });

  const expectTheWholeStory = (stdout: string) => {
    const steps = [
      /will be created/,
      /vNIC nic-storage is attached to instance ins-web-1$/m,
      /checked against the API: vNIC nic-storage is USED by instance ins-web-1/,
      /the second plan is empty/,
      /checked against the API: vNIC nic-storage is free/,
      /8\. Somebody detaches the vNIC by hand/,
      /vNIC nic-storage is attached to no instance any more/,
      /9\. Deploy again: the drift is repaired/,
      /Done\. The vNIC was attached/,
    ];
    expect(steps.map((step) => stdout.search(step))).toEqual(
      steps.map((step) => stdout.search(step)).sort((a, b) => a - b),
    );
    for (const step of steps) expect(stdout).toMatch(step);
  };

  test('shows plan, attachment, empty second plan and the freed vNIC, and leaves nothing', async () => {
    const { code, stdout } = await begin().finished;
    expect(code).toBe(0);
    expectTheWholeStory(stdout);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('carries the attachment with null_resource where its provider can be installed', async () => {
    const provider = await nullProvider();
    const mirror = mkdtempSync(join(tmpdir(), 'zec-quickstart-mirror-'));
    try {
      provider.install(mirror);
      const config = join(mirror, 'terraformrc');
      // Terraform's own places, with one more for the stand-in.
      writeFileSync(
        config,
        `provider_installation {
  filesystem_mirror {
    path    = "${mirror}/terraform.d/plugins"
    include = ["registry.terraform.io/hashicorp/null"]
  }
  filesystem_mirror {
    path    = "terraform.d/plugins"
    include = ["cdktf.internal/*/*"]
  }
}
`,
      );
      const standIn = { TF_CLI_CONFIG_FILE: config, CDKTF_SKIP_PROVIDER_LOCK: 'true' };
      const { code, stdout } = await begin(provider.origin === 'the Terraform registry' ? {} : standIn)
        .finished;
      expect(code).toBe(0);
      expect(stdout).toContain('carrier: null_resource, since Terraform can install its provider');
      expect(stdout).toContain('# null_resource.nic_attachment');
      expectTheWholeStory(stdout);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      provider.remove();
      rmSync(mirror, { recursive: true, force: true });
    }
  });

  test('Ctrl-C in the middle leaves nothing running and nothing lying about', async () => {
    const quickstart = begin();
    await eventually('it attaches', () => quickstart.output().includes('sending the attach request'));
    const below = descendants(quickstart.pid).map(({ pid }) => pid);
    expect(below.length).toBeGreaterThan(2);
    quickstart.kill('SIGINT');
    const { code, stdout } = await quickstart.finished;
    expect(code).toBe(130);
    expect(stdout).toContain('Interrupted.');
    await eventually('every process has ended', () => below.every((pid) => !isRunning(pid)));
    expect(readdirSync(folder)).toEqual([]);
  });

  test('without Terraform it says so', async () => {
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
