import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TerraformVariable } from 'cdktf';
import type { TerraformStack } from 'cdktf';
import { Carrier, LocalExecRunner, NicAttachment, ProviderRunner } from '../../lib';
import { bundleProvider, mirrorProvider } from '../support/bundle-provider';
import { nullProvider } from '../support/null-provider/install';
import type { NullProvider } from '../support/null-provider/install';
import { describeSince, describeWithTerraform, isSince } from '../support/terraform';
import { Deployment, unwrap } from './deployment';

const world = { instances: [{ instanceId: 'ins-1' }], nics: [{ nicId: 'nic-1' }, { nicId: 'nic-2' }] };
const ids = { nicId: 'nic-1', instanceId: 'ins-1' };

const MOVES_STATE = { terraform: '1.8', opentofu: '1.10' };
const VENDOR = 'zenlayercloud_zec_vnic_attachment';
/** Resource types whose state can be moved to the provider runner, with their providers. */
const PROVIDERS: Readonly<Record<string, string>> = {
  null_resource: 'registry.terraform.io/hashicorp/null',
  terraform_data: 'terraform.io/builtin/terraform',
  [VENDOR]: 'registry.terraform.io/zenlayer/zenlayercloud',
};

/** The state attributes of an attachment as a resource of the given type. */
function attributesOf(type: string, { nicId, instanceId }: typeof ids): object {
  const triggers = { nic_id: nicId, instance_id: instanceId };
  if (type === 'null_resource') return { id: '1', triggers };
  if (type === VENDOR) return { id: `${nicId}:${instanceId}`, vnic_id: nicId, instance_id: instanceId };
  const triggersType = ['object', { nic_id: 'string', instance_id: 'string' }];
  return { id: '1', input: null, output: null, triggers_replace: { value: triggers, type: triggersType } };
}

describeWithTerraform('moving attachments from other resource types', () => {
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
    d = await Deployment.fast(world, {}, (directory) => {
      provider.install(directory);
      mirrorProvider(directory, 'registry.terraform.io/zenlayer/zenlayercloud', '0.2.28', vendor.file);
    });
  });
  afterEach(() => d.close());

  const local = (carrier: Carrier) => (stack: TerraformStack) => {
    const runner = new LocalExecRunner(stack, 'local', { carrier });
    new NicAttachment(stack, 'web', { ...ids, runner });
  };

  test('a change of the carrier adopts attachments and changes nothing in the cloud', async () => {
    d.synth(local(Carrier.NULL_RESOURCE));
    await d.apply();
    d.synth(local(Carrier.TERRAFORM_DATA));
    await d.apply();
    expect(d.nic('nic-1')).toBe('USED ins-1');
    expect(d.changes).toEqual(['Attach nic-1 ins-1']);
    await d.destroy();
    expect(d.nic('nic-1')).toBe('AVAILABLE free');
  });

  test('importFrom and moveFrom throw under the local-exec runner', () => {
    d.synth((stack) => {
      const web = new NicAttachment(stack, 'web', ids);
      expect(() => web.importFrom('nic-1:ins-1')).toThrow(/imports and moves require the provider runner/);
      expect(() => web.moveFrom('x.y')).toThrow(/imports and moves require the provider runner/);
    });
  });

  test('a move of an attachment within the provider runner works with every version', async () => {
    d.synth((stack) => {
      const runner = new ProviderRunner(stack, 'zec');
      const nicId = new TerraformVariable(stack, 'nic', { type: 'string', default: 'nic-1' }).stringValue;
      new NicAttachment(stack, 'old', { ...ids, nicId, runner });
    });
    await d.apply();
    expect(d.stateAddresses()).toEqual(['zec_nic_attachment.old']);
    d.synth((stack) => {
      const runner = new ProviderRunner(stack, 'zec');
      new NicAttachment(stack, 'web', { ...ids, runner }).moveFrom('zec_nic_attachment.old');
    });
    await d.apply();
    expect(d.stateAddresses()).toEqual(['zec_nic_attachment.nic-1']);
    expect(d.changes).toEqual(['Attach nic-1 ins-1']);
  });

  const tooOld = isSince(MOVES_STATE) ? describe.skip : describe;
  tooOld('between resource types, with an older version', () => {
    test.each(['JSON', 'HCL'] as const)('init names the version that is needed: %s', async (format) => {
      d.synth((stack) => {
        const runner = new ProviderRunner(stack, 'zec');
        new NicAttachment(stack, 'web', { ...ids, runner }).moveFrom('terraform_data.old');
      }, format);
      await expect(d.initialize()).rejects.toThrow(
        /Unsupported (?:Terraform|OpenTofu) Core version.*zec-moved-state\.\w+\.json line 3.*"required_version": ">= 1\.(?:8|10)"/s,
      );
    });
  });

  describeSince(MOVES_STATE, 'between resource types', () => {
    test.each([Carrier.NULL_RESOURCE, Carrier.TERRAFORM_DATA])(
      'a move from the local-exec runner on %s changes nothing in the cloud',
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
        expect(d.stateAddresses()).toEqual(['zec_nic_attachment.nic-1']);
        expect(await d.plan()).toEqual([]);
        expect(d.changes).toEqual(['Attach nic-1 ins-1']);
        await d.destroy();
        expect(d.nic('nic-1')).toBe('AVAILABLE free');
      },
    );

    /** A resource in Terraform's state format. */
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

    describe.each(Object.keys(PROVIDERS))('a move of all instances from %s', (type) => {
      test.each([
        [1, 'for_each'],
        [2, 'for_each'],
        [20, 'for_each'],
        [1, 'separate resources'],
        [2, 'separate resources'],
        [20, 'separate resources'],
      ])('%i as %s changes nothing in the cloud', async (count, kind) => {
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
        const forEach = kind === 'for_each';
        d.synth((stack) => {
          const runner = new ProviderRunner(stack, 'zec');
          for (const { nicId, instanceId } of pairs) {
            const attachment = new NicAttachment(stack, `to-${nicId}`, { nicId, instanceId, runner });
            attachment.moveFrom(forEach ? `${type}.old["${nicId}"]` : `${type}.old-${nicId}`);
          }
        });
        const instances = pairs.map((pair) => [pair.nicId, attributesOf(type, pair)] as const);
        if (forEach) writeState(recorded(type, 'old', instances));
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

    test('a move from an imported resource of the vendor changes nothing in the cloud', async () => {
      d.simulator.cloud.patch({ nics: { 'nic-1': attachedTo('ins-1') } });
      web(`${VENDOR}.web`);
      const attributes = { id: 'nic-1:ins-1', vnic_id: '', instance_id: 'ins-1' };
      writeState(recorded(VENDOR, 'web', [[undefined, attributes]]));
      await d.apply();
      expect(d.stateAddresses()).toEqual(['zec_nic_attachment.nic-1']);
      expect(await d.plan()).toEqual([]);
      expect(d.changes).toEqual([]);
    });

    describe('a state of the vendor that was refreshed after the vNIC moved', () => {
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

      test('causes a warning, and neither apply nor destroy modifies the attachment', async () => {
        const { output } = await d.terraform(['plan']);
        expect(unwrap(output)).toMatch(
          /its ID is nic-1:ins-1, its attributes name vNIC nic-1 and instance ins-2/,
        );
        expect(unwrap(output)).toContain('1 to add, 0 to change, 0 to destroy');
        expect((await d.terraform(['apply', '-auto-approve'])).code).toBe(1);
        await d.destroy();
        expect(d.nic('nic-1')).toBe('USED ins-2');
        expect(d.changes).toEqual([]);
      });

      test('is adopted if the stack declares the current instance', async () => {
        web(`${VENDOR}.web`, 'ins-2');
        await d.apply();
        expect(d.recorded()).toEqual({ 'nic-1': 'ins-2' });
        expect(await d.plan()).toEqual([]);
        expect(d.changes).toEqual([]);
      });
    });

    test('a resource that is not an attachment cannot be moved', async () => {
      web('null_resource.other');
      const attributes = { id: '1', triggers: { nic_id: 'nic-1' } };
      writeState(recorded('null_resource', 'other', [[undefined, attributes]]));
      const { code, output } = await d.terraform(['plan']);
      expect(code).toBe(1);
      expect(output).toContain('null_resource cannot be moved to zec_nic_attachment');
    });
  });
});

describeWithTerraform('the embedded provider', () => {
  const web = (stack: TerraformStack) => new NicAttachment(stack, 'web', ids);
  const context = { 'zec:runner': 'provider' };

  test('works in a copy of the synthesized folder', async () => {
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

  test('works with a user’s provider_installation block that has the lines of the guide', async () => {
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

  test('a synth with another bundle replaces its lock and keeps those of other providers', async () => {
    const d = await Deployment.start(world, context);
    try {
      d.synth(web);
      const lock = join(d.directory, '.terraform.lock.hcl');
      const own = readFileSync(lock, 'utf8');
      const otherLock =
        'provider "registry.terraform.io/hashicorp/null" {\n  version = "3.2.4"\n  hashes = [\n    "h1:x",\n  ]\n}\n';
      const stale = own.replaceAll(/-b[0-9a-f]{12}/g, '-b000000000000').replace('h1:', 'h1:stale');
      writeFileSync(lock, `${stale}\n${otherLock}`);
      d.synth(web);
      const merged = readFileSync(lock, 'utf8');
      expect(merged).toContain(otherLock.trim());
      expect(merged).not.toContain('-b000000000000');
      expect(merged.match(/provider "cdktf\.internal\/zenlayer\/zec"/g)).toHaveLength(1);
    } finally {
      await d.close();
    }
  });
});
