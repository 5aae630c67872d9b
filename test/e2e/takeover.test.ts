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

const VENDOR = 'zenlayercloud_zec_vnic_attachment';
/** What can be moved to the provider runner, and which provider each comes from. */
const PROVIDERS: Readonly<Record<string, string>> = {
  null_resource: 'registry.terraform.io/hashicorp/null',
  terraform_data: 'terraform.io/builtin/terraform',
  [VENDOR]: 'registry.terraform.io/zenlayer/zenlayercloud',
};

/** A message as Terraform wraps it, on one line again. */
const words = (output: string) => output.replace(/[\s│╷╵]+/g, ' ');

/** An attachment as a resource of the type records it. */
function attributesOf(type: string, { nicId, instanceId }: typeof ids): object {
  const triggers = { nic_id: nicId, instance_id: instanceId };
  if (type === 'null_resource') return { id: '1', triggers };
  if (type === VENDOR) return { id: `${nicId}:${instanceId}`, vnic_id: nicId, instance_id: instanceId };
  const triggersType = ['object', { nic_id: 'string', instance_id: 'string' }];
  return { id: '1', input: null, output: null, triggers_replace: { value: triggers, type: triggersType } };
}

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

  /** A resource of another type in Terraform's state; instances are `[key, attributes]`. */
  const recorded = (
    type: string,
    name: string,
    instances: readonly (readonly [key: string | undefined, attributes: object])[],
  ) => ({
    mode: 'managed',
    type,
    name,
    provider: `provider["${PROVIDERS[type] ?? ''}"]`,
    instances: instances.map(([index_key, attributes]) => ({ index_key, schema_version: 0, attributes })),
  });
  const writeState = (...resources: readonly object[]) => {
    const lineage = '11111111-2222-3333-4444-555555555555';
    writeFileSync(
      join(d.directory, 'terraform.tfstate'),
      JSON.stringify({ version: 4, serial: 1, lineage, resources }),
    );
  };
  const web = (address: string, instanceId = 'ins-1') =>
    d.synth((stack) => {
      const attachment = { nicId: 'nic-1', instanceId, runner: new ProviderRunner(stack, 'zec') };
      new NicAttachment(stack, 'web', attachment).moveFrom(address);
    });
  const attachedTo = (instanceId: string) => ({ status: 'USED', instanceId });

  describe.each(Object.keys(PROVIDERS))('every instance moved from %s', (type) => {
    test.each([
      [1, 'for_each'],
      [2, 'for_each'],
      [20, 'for_each'],
      [1, 'resources of their own'],
      [2, 'resources of their own'],
      [20, 'resources of their own'],
    ])('%i, as %s: nothing changes in the cloud', async (count, kind) => {
      const pairs = Array.from({ length: count }, (_, index) => ({
        nicId: `nic-${index}`,
        instanceId: `ins-${Math.floor(index / 5)}`,
      }));
      d.simulator.cloud.patch({
        instances: Object.fromEntries(
          pairs.map((pair) => [pair.instanceId, { zoneId: 'asia-east-1a', status: 'RUNNING' }]),
        ),
        nics: Object.fromEntries(
          pairs.map(({ nicId, instanceId }) => [
            nicId,
            { regionId: 'asia-east-1', nicType: 'Secondary', ...attachedTo(instanceId) },
          ]),
        ),
      });
      const together = kind === 'for_each';
      d.synth((stack) => {
        const runner = new ProviderRunner(stack, 'zec');
        for (const { nicId, instanceId } of pairs) {
          const attachment = new NicAttachment(stack, `to-${nicId}`, { nicId, instanceId, runner });
          attachment.moveFrom(together ? `${type}.old["${nicId}"]` : `${type}.old-${nicId}`);
        }
      });
      const instances = pairs.map((pair) => [pair.nicId, attributesOf(type, pair)] as const);
      if (together) writeState(recorded(type, 'old', instances));
      else {
        writeState(
          ...instances.map(([key, attributes]) => recorded(type, `old-${key}`, [[undefined, attributes]])),
        );
      }
      expect(await d.apply()).toContain('0 added, 0 changed, 0 destroyed');
      expect(d.recorded()).toEqual(
        Object.fromEntries(pairs.map(({ nicId, instanceId }) => [nicId, instanceId])),
      );
      expect(await d.plan()).toEqual([]);
      expect(d.changes).toEqual([]);
    });
  });

  test('moved from the vendor’s attachment, as its import leaves it', async () => {
    d.simulator.cloud.patch({ nics: { 'nic-1': attachedTo('ins-1') } });
    web(`${VENDOR}.web`);
    const attributes = { id: 'nic-1:ins-1', vnic_id: '', instance_id: 'ins-1' };
    writeState(recorded(VENDOR, 'web', [[undefined, attributes]]));
    await d.apply();
    expect(d.stateAddresses()).toEqual(['zec_nic_attachment.web']);
    expect(await d.plan()).toEqual([]);
    expect(d.changes).toEqual([]);
  });

  describe('a vNIC that somebody moved, as the vendor’s refresh then records it', () => {
    beforeEach(async () => {
      d.simulator.cloud.patch({
        instances: { 'ins-2': { zoneId: 'asia-east-1a', status: 'RUNNING' } },
        nics: { 'nic-1': attachedTo('ins-2') },
      });
      web(`${VENDOR}.web`);
      const attributes = { id: 'nic-1:ins-1', vnic_id: 'nic-1', instance_id: 'ins-2' };
      writeState(recorded(VENDOR, 'web', [[undefined, attributes]]));
      await d.initialize();
    });

    test('is not detached from there: the plan tells both, and apply and destroy leave it alone', async () => {
      const { output } = await d.terraform(['plan']);
      expect(words(output)).toMatch(
        /its id is nic-1:ins-1, its attributes name vNIC nic-1 and instance ins-2/,
      );
      expect(words(output)).toContain('1 to add, 0 to change, 0 to destroy');
      expect((await d.terraform(['apply', '-auto-approve'])).code).toBe(1);
      await d.destroy();
      expect(d.nic('nic-1')).toBe('USED ins-2');
      expect(d.changes).toEqual([]);
    });

    test('is adopted where the declaration names the instance that holds it now', async () => {
      web(`${VENDOR}.web`, 'ins-2');
      await d.apply();
      expect(d.recorded()).toEqual({ 'nic-1': 'ins-2' });
      expect(await d.plan()).toEqual([]);
      expect(d.changes).toEqual([]);
    });
  });

  test('what is no attachment is not moved', async () => {
    web('null_resource.other');
    const attributes = { id: '1', triggers: { nic_id: 'nic-1' } };
    writeState(recorded('null_resource', 'other', [[undefined, attributes]]));
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

  test('works beside a provider_installation block of the user’s own, with the lines from the guide', async () => {
    const d = await Deployment.start(world, context);
    try {
      d.synth(web);
      const guide = readFileSync(join(__dirname, '../../docs/guide/provider.md'), 'utf8');
      const lines = /```hcl\n(provider_installation \{[\s\S]*?\n\})\n```/.exec(guide)?.[1];
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
