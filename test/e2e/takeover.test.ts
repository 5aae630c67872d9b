import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TerraformStack } from 'cdktf';
import { Carrier, LocalExecRunner, NicAttachment, ProviderRunner } from '../../lib';
import { bundleProvider, mirrorProvider } from '../support/bundle-provider';
import { nullProvider } from '../support/null-provider/install';
import type { NullProvider } from '../support/null-provider/install';
import { describeWithTerraform } from '../support/terraform';
import { Deployment } from './deployment';

const world = { instances: [{ instanceId: 'ins-1' }], nics: [{ nicId: 'nic-1' }, { nicId: 'nic-2' }] };
const ids = { nicId: 'nic-1', instanceId: 'ins-1' };

describeWithTerraform('taking over attachments that another resource has', () => {
  let d: Deployment;
  let provider: NullProvider;
  let vendor: ReturnType<typeof bundleProvider>;
  beforeAll(async () => {
    provider = await nullProvider();
    const entry = join(__dirname, '../support/vendor-provider/main.ts');
    vendor = bundleProvider(entry, 'terraform-provider-zenlayercloud_v0.2.28');
  });
  afterAll(() => {
    provider.remove();
    vendor.remove();
  });
  beforeEach(async () => {
    d = await Deployment.start(world, {}, (directory) => {
      provider.install(directory);
      mirrorProvider(directory, 'registry.terraform.io/zenlayer/zenlayercloud', '0.2.28', vendor.file);
    });
  });
  afterEach(() => d.close());

  const local = (carrier: Carrier) => (stack: TerraformStack) => {
    const runner = new LocalExecRunner(stack, 'local', { carrier });
    new NicAttachment(stack, 'web', { ...ids, runner });
  };

  test.each([Carrier.NULL_RESOURCE, Carrier.TERRAFORM_DATA])(
    'moved from our %s to the provider: nothing changes in the cloud',
    async (carrier) => {
      d.synth(local(carrier));
      await d.apply();
      d.synth((stack) => {
        const runner = new ProviderRunner(stack, 'zec');
        const web = new NicAttachment(stack, 'web', { ...ids, runner });
        web.moveFrom(`${carrier}.nic_attachment["nic-1"]`);
      });
      await d.initialize();
      await d.apply();
      expect(d.stateAddresses()).toEqual(['zec_nic_attachment.web']);
      expect(await d.plan()).toEqual([]);
      expect(d.changes).toEqual(['Attach nic-1 ins-1']);
      await d.destroy();
      expect(d.nic('nic-1')).toBe('AVAILABLE free');
    },
  );

  test('another carrier adopts what is attached: nothing changes in the cloud', async () => {
    d.synth(local(Carrier.NULL_RESOURCE));
    await d.apply();
    d.synth(local(Carrier.TERRAFORM_DATA));
    await d.apply();
    expect(d.nic('nic-1')).toBe('USED ins-1');
    expect(d.changes).toEqual(['Attach nic-1 ins-1']);
    await d.destroy();
    expect(d.nic('nic-1')).toBe('AVAILABLE free');
  });

  test.each([
    ['as the vendor’s create leaves it', { id: 'nic-1:ins-1', vnic_id: 'nic-1', instance_id: 'ins-1' }],
    ['as the vendor’s import leaves it', { id: 'nic-1:ins-1', vnic_id: '', instance_id: 'ins-1' }],
  ])('moved from the vendor’s attachment, %s', async (_, attributes) => {
    d.simulator.cloud.patch({ nics: { 'nic-1': { status: 'USED', instanceId: 'ins-1' } } });
    d.synth((stack) => {
      const web = new NicAttachment(stack, 'web', { ...ids, runner: new ProviderRunner(stack, 'zec') });
      web.moveFrom('zenlayercloud_zec_vnic_attachment.web');
    });
    writeFileSync(
      join(d.directory, 'terraform.tfstate'),
      JSON.stringify({
        version: 4,
        serial: 1,
        lineage: '11111111-2222-3333-4444-555555555555',
        resources: [
          {
            mode: 'managed',
            type: 'zenlayercloud_zec_vnic_attachment',
            name: 'web',
            provider: 'provider["registry.terraform.io/zenlayer/zenlayercloud"]',
            instances: [{ schema_version: 0, attributes }],
          },
        ],
      }),
    );
    await d.apply();
    expect(d.stateAddresses()).toEqual(['zec_nic_attachment.web']);
    expect(await d.plan()).toEqual([]);
    expect(d.changes).toEqual([]);
  });

  test('what is no attachment is not moved', async () => {
    d.synth((stack) => {
      const web = new NicAttachment(stack, 'web', { ...ids, runner: new ProviderRunner(stack, 'zec') });
      web.moveFrom('null_resource.other');
    });
    writeFileSync(
      join(d.directory, 'terraform.tfstate'),
      JSON.stringify({
        version: 4,
        serial: 1,
        lineage: '11111111-2222-3333-4444-555555555555',
        resources: [
          {
            mode: 'managed',
            type: 'null_resource',
            name: 'other',
            provider: 'provider["registry.terraform.io/hashicorp/null"]',
            instances: [{ schema_version: 0, attributes: { id: '1', triggers: { nic_id: 'nic-1' } } }],
          },
        ],
      }),
    );
    const { code, output } = await d.terraform(['plan']);
    expect(code).toBe(1);
    expect(output).toContain('null_resource cannot be moved to zec_nic_attachment');
  });

  test('the local-exec runner adopts by itself: importFrom and moveFrom say so', () => {
    d.synth((stack) => {
      const web = new NicAttachment(stack, 'web', ids);
      expect(() => web.importFrom('nic-1:ins-1')).toThrow(/only the provider runner imports and moves/);
      expect(() => web.moveFrom('x.y')).toThrow(/only the provider runner imports and moves/);
    });
  });
});

describeWithTerraform('the embedded provider', () => {
  const web = (stack: TerraformStack) => new NicAttachment(stack, 'web', ids);
  const context = { 'zec:runner': 'provider' };

  test('goes with the synthesized folder to another place', async () => {
    const d = await Deployment.start(world, context);
    const elsewhere = mkdtempSync(join(tmpdir(), 'zec-elsewhere-'));
    try {
      d.synth(web);
      cpSync(d.directory, join(elsewhere, 'stack'), { recursive: true });
      const moved = d.at(join(elsewhere, 'stack'));
      expect((await moved.terraform(['apply', '-auto-approve'])).code).toBe(0);
      expect(d.nic('nic-1')).toBe('USED ins-1');
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
      await d.close();
    }
  });

  test('works beside a provider_installation block of the user’s own, with the lines that the README tells', async () => {
    const d = await Deployment.start(world, context);
    try {
      d.synth(web);
      const readme = readFileSync(join(__dirname, '../../README.md'), 'utf8');
      const lines = /```hcl\n(provider_installation \{[\s\S]*?\n\})\n```/.exec(readme)?.[1];
      const config = join(d.subfolder('home'), 'terraformrc');
      mkdirSync(join(d.folder, 'mirror'));
      writeFileSync(config, lines ?? 'provider_installation { }');
      const { code, output } = await d.terraform(['apply', '-auto-approve'], { TF_CLI_CONFIG_FILE: config });
      expect([code, output]).toEqual([0, expect.stringContaining('1 added')]);
    } finally {
      await d.close();
    }
  });

  test('a second synth with another bundle takes the old one away, and other providers’ locks stay', async () => {
    const d = await Deployment.start(world, context);
    try {
      d.synth(web);
      const lock = join(d.directory, '.terraform.lock.hcl');
      const own = readFileSync(lock, 'utf8');
      const foreign =
        'provider "registry.terraform.io/hashicorp/null" {\n  version = "3.2.4"\n  hashes = [\n    "h1:x",\n  ]\n}\n';
      const stale = own.replaceAll(/-b[0-9a-f]{12}/g, '-b000000000000').replace('h1:', 'h1:stale');
      writeFileSync(lock, `${stale}\n${foreign}`);
      d.synth(web);
      const merged = readFileSync(lock, 'utf8');
      expect(merged).toContain(foreign.trim());
      expect(merged).not.toContain('-b000000000000');
      expect(merged.match(/provider "cdktf\.internal\/zenlayer\/zec"/g)).toHaveLength(1);
    } finally {
      await d.close();
    }
  });
});
