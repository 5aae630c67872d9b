import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { TerraformStack } from 'cdktf';
import { NicAttachment } from '../../lib';
import { Deployment, unwrap } from '../e2e/deployment';
import { COOKIE, Host } from '../plugin/host';
import { describeWithNode, nodeBinary, pathWith } from '../support/node-versions';
import { describeWithTerraform, TERRAFORM } from '../support/terraform';

const ASSETS = join(__dirname, '../../dist/assets');
const PROVIDER = join(ASSETS, 'terraform-provider-zec/terraform-provider-zec-node.js');
const ZEC_NIC = join(ASSETS, 'zec-nic/zec-nic.js');

const RUNNERS = {
  'local-exec': { 'zec:carrier': 'terraform_data' },
  provider: { 'zec:runner': 'provider' },
};
const web = (stack: TerraformStack) =>
  new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1' });

async function deployment(runner: keyof typeof RUNNERS): Promise<Deployment> {
  const world = { instances: [{ instanceId: 'ins-1' }], nics: [{ nicId: 'nic-1' }] };
  const started = await Deployment.start(world, RUNNERS[runner]);
  started.synth(web);
  await started.initialize();
  return started;
}

for (const version of ['20.19', '22', '24', '26']) {
  describeWithNode(version, () => {
    test('the provider responds to Shutdown before it exits', async () => {
      const host = await Host.start(PROVIDER, {}, nodeBinary(version));
      try {
        expect(await host.call('GetProviderSchema')).toMatchObject({ diagnostics: [] });
        expect(await host.shutdown()).toEqual(expect.anything());
        expect(await host.exited).toBe(0);
      } finally {
        await host.close();
      }
    });

    describeWithTerraform('a life cycle', () => {
      test.each(['local-exec', 'provider'] as const)('under the %s runner', async (runner) => {
        const d = await deployment(runner);
        try {
          const PATH = pathWith(version);
          expect(await d.terraform(['apply', '-auto-approve'], { PATH })).toMatchObject({ code: 0 });
          expect(d.nic('nic-1')).toBe('USED ins-1');
          expect(await d.terraform(['plan', '-detailed-exitcode'], { PATH })).toMatchObject({ code: 0 });
          expect(await d.terraform(['destroy', '-auto-approve'], { PATH })).toMatchObject({ code: 0 });
          expect(d.nic('nic-1')).toBe('AVAILABLE free');
        } finally {
          await d.close();
        }
      });
    });
  });
}

for (const version of ['12', '16']) {
  const tooOld = new RegExp(
    `Node\\.js ${version}\\.\\d+\\.\\d+ at \\S+/node is too old \\(required: 20\\.19 or`,
  );

  describeWithNode(version, () => {
    const run = (file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      spawnSync(nodeBinary(version), [file, ...args], { encoding: 'utf8', env });

    test.each([
      ['zec-nic', ZEC_NIC, ['converge']],
      ['the provider, run by hand', PROVIDER, []],
    ])('%s names the required version', (_, file, args) => {
      const { status, stdout, stderr } = run(file, args);
      expect([status, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(tooOld);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    });

    test('the provider tells Terraform on stdout, in one line', () => {
      const { status, stdout, stderr } = run(PROVIDER, [], COOKIE);
      expect([status, stderr]).toEqual([1, '']);
      expect(stdout).toMatch(tooOld);
      expect(stdout.indexOf('\n')).toBe(stdout.length - 1);
    });

    test('doctor reports it in both of its formats', () => {
      const text = run(ZEC_NIC, ['doctor']);
      expect([text.status, text.stdout]).toEqual([
        1,
        expect.stringMatching(/^fail +Node\.js .* is too old .*\n +What to do: Install/),
      ]);
      const { status, stdout } = run(ZEC_NIC, ['doctor', '--json']);
      expect([status, JSON.parse(stdout)]).toMatchObject([
        1,
        { ok: false, checks: [{ id: 'node', verdict: 'fail', fix: expect.any(String) as string }] },
      ]);
    });

    describeWithTerraform('a plan', () => {
      test('shows it', async () => {
        const d = await deployment('provider');
        try {
          const { code, output } = await d.terraform(['plan'], { PATH: pathWith(version) });
          expect(code).toBe(1);
          expect(unwrap(output)).toMatch(tooOld);
        } finally {
          await d.close();
        }
      });
    });
  });
}

describeWithTerraform('without Node.js on the PATH', () => {
  let d: Deployment;
  afterEach(() => d.close());

  const withoutNode = (args: readonly string[]) => {
    const PATH = d.subfolder('empty');
    // Terraform itself is started from the usual PATH.
    const found = spawnSync('sh', ['-c', `command -v ${TERRAFORM}`], { encoding: 'utf8' }).stdout.trim();
    return d.terraform(args, { PATH }, found);
  };

  test('a plan under the provider runner says what is missing, where, and what to do', async () => {
    d = await deployment('provider');
    const { code, output } = await withoutNode(['plan']);
    expect(code).toBe(1);
    expect(unwrap(output)).toMatch(
      /there is no "node" on the PATH of the user that runs Terraform \(PATH=\S+\/empty\)\. Install Node\.js 20\.19 or newer/,
    );
  });

  test('an apply under the local-exec runner names the missing program', async () => {
    d = await deployment('local-exec');
    const { code, output } = await withoutNode(['apply', '-auto-approve']);
    expect(code).toBe(1);
    expect(unwrap(output)).toContain('"node": executable file not found');
  });
});
