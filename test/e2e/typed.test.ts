import { DataResource, TerraformIterator, TerraformOutput, Token } from 'cdktf';
import type { TerraformStack } from 'cdktf';
import {
  DataZecInstance,
  DataZecNic,
  DataZecNics,
  NicAttachment,
  ProviderRunner,
  WhenStopped,
} from '../../lib';
import type { NicAttachmentProps } from '../../lib';
import { parseNicId } from '../../lib/zec/ids';
import { describeWithTerraform } from '../support/terraform';
import { clientOf, Deployment, unwrap } from './deployment';

const context = { 'zec:runner': 'provider' };
const WORLD = {
  instances: [{ instanceId: 'ins-1', instanceName: 'web' }, { instanceId: 'ins-2' }],
  nics: ['a', 'b', 'c'].map((id) => ({ nicId: `nic-${id}` })),
};
const attach = (stack: TerraformStack, id: string, more: Partial<NicAttachmentProps> = {}) =>
  new NicAttachment(stack, id, { nicId: `nic-${id}`, instanceId: 'ins-1', ...more });

describeWithTerraform('the typed API on real Terraform', () => {
  let d: Deployment;

  beforeEach(async () => {
    d = await Deployment.fast(WORLD, context);
  });
  afterEach(() => d.close());

  const outputs = () =>
    Object.fromEntries(
      Object.entries(
        (JSON.parse(stateText()) as { outputs: Record<string, { value: unknown }> }).outputs,
      ).map(([name, { value }]) => [name, value]),
    );
  const stateText = () => d.files().find(({ path }) => path.endsWith('terraform.tfstate'))?.text ?? '';

  test('the data sources read a vNIC, an instance and a list of vNICs, after what they depend on', async () => {
    const declare = (stack: TerraformStack) => {
      new ProviderRunner(stack, 'zec');
      const web = attach(stack, 'a');
      const nic = new DataZecNic(stack, 'nic', { nicId: 'nic-a', dependsOn: [web] });
      const instance = new DataZecInstance(stack, 'instance', { instanceId: web.instanceId });
      const nics = new DataZecNics(stack, 'nics', { instanceId: 'ins-1', dependsOn: [web] });
      const output = (name: string, value: unknown) =>
        new TerraformOutput(stack, `out-${name}`, { value }).overrideLogicalId(name);
      output('nic', [nic.status, nic.instanceId, nic.nicType]);
      output('same', [nic.macAddress, nics.nics.get(0).macAddress, web.macAddress]);
      output('instance', [instance.name, instance.zoneId, instance.nicIds]);
      output('nics', nics.nicIds);
      output('tags', nic.tags);
    };
    d.synth(declare);
    await d.apply();
    const { same, ...others } = outputs();
    expect(others).toEqual({
      nic: ['USED', 'ins-1', 'Secondary'],
      instance: ['web', 'asia-east-1a', ['nic-a']],
      nics: ['nic-a'],
      tags: {},
    });
    expect(new Set(same as string[]).size).toBe(1);
    expect(await d.plan()).toEqual([]);
  });

  test('a missing vNIC, and a filter that the API does not know, fail the plan', async () => {
    d.synth((stack) => {
      new ProviderRunner(stack, 'zec');
      new DataZecNic(stack, 'it', { nicId: 'nic-0' });
    });
    const missing = await d.terraform(['plan']);
    expect([missing.code, unwrap(missing.output)]).toEqual([
      1,
      expect.stringMatching(/Error: vNIC nic-0 does not exist with data\.zec_nic\.it/),
    ]);
    d.synth((stack) => {
      new ProviderRunner(stack, 'zec');
      new DataZecNics(stack, 'all', { status: 'BROKEN' });
    });
    const unknown = await d.terraform(['plan']);
    expect([unknown.code, unwrap(unknown.output)]).toEqual([
      1,
      expect.stringMatching(/Error: Invalid value of status .* It must be one of PENDING, AVAILABLE/),
    ]);
  });

  test('dependsOn attaches the vNICs of one instance in order, one after the other, and detaches in reverse', async () => {
    d.synth((stack) => {
      const first = attach(stack, 'c');
      const second = attach(stack, 'a', { dependsOn: [first] });
      attach(stack, 'b', { dependsOn: [second] });
    });
    await d.apply();
    expect(d.changes).toEqual(['Attach nic-c ins-1', 'Attach nic-a ins-1', 'Attach nic-b ins-1']);
    await d.destroy();
    expect(d.changes.slice(3)).toEqual(['Detach nic-b', 'Detach nic-a', 'Detach nic-c']);
  });

  test('forEach attaches every vNIC of a list, and its attributes are lists', async () => {
    const declare = (nicIds: string[]) => (stack: TerraformStack) => {
      const forEach = TerraformIterator.fromList(nicIds);
      const all = attach(stack, 'all', { nicId: Token.asString(forEach.value), forEach });
      new TerraformOutput(stack, 'ids', { value: all.id });
    };
    d.synth(declare(['nic-a', 'nic-b']));
    await d.apply();
    expect(outputs()).toEqual({ ids: ['nic-a:ins-1', 'nic-b:ins-1'] });
    d.synth(declare(['nic-b', 'nic-c']));
    await d.apply();
    expect(['a', 'b', 'c'].map((id) => d.nic(`nic-${id}`))).toEqual([
      'AVAILABLE free',
      'USED ins-1',
      'USED ins-1',
    ]);
    expect(await d.plan()).toEqual([]);
  });

  test('forEach iterates over a data source', async () => {
    d.simulator.cloud.patch({ nics: { 'nic-b': { tags: [{ key: 'team', value: 'red' }] } } });
    d.synth((stack) => {
      new ProviderRunner(stack, 'zec');
      const { nicIds } = new DataZecNics(stack, 'red', { tags: { team: 'red' } });
      const forEach = TerraformIterator.fromList(nicIds);
      attach(stack, 'all', { nicId: Token.asString(forEach.value), forEach });
    });
    await d.apply();
    expect(d.stateAddresses()).toContain('zec_nic_attachment.all["nic-b"]');
    expect(d.changes).toEqual(['Attach nic-b ins-1']);
    expect(await d.plan()).toEqual([]);
  });

  test('what depends on the MAC address of the data source stays when the vNIC moves', async () => {
    const declare = (instanceId: string) => (stack: TerraformStack) => {
      attach(stack, 'a', { instanceId });
      const nic = new DataZecNic(stack, 'nic', { nicId: 'nic-a' });
      const values = [nic.macAddress, nic.regionId, nic.vpcId, nic.subnetId];
      new DataResource(stack, 'lease', { triggersReplace: Token.asAny(values) });
    };
    d.synth(declare('ins-1'));
    const { dataSet } = await clientOf(d).describeNetworkInterfaces({
      nicIds: [parseNicId('nic-a')],
      pageSize: 1,
    });
    const { output } = await d.terraform(['plan']);
    expect(unwrap(output)).toContain(` triggers_replace = [ + "${dataSet[0]?.macAddress ?? ''}", `);
    await d.apply();
    d.synth(declare('ins-2'));
    const move = { address: 'zec_nic_attachment.nic-a', actions: ['delete', 'create'] };
    expect(await d.plan()).toEqual([move]);
    await d.apply();
    expect(await d.plan()).toEqual([]);
  });

  test('an update leaves ignored arguments as they are', async () => {
    const declare = (more: object) =>
      d.synth((stack) => {
        attach(stack, 'a', { lifecycle: { ignoreChanges: ['timeouts', 'skip_destroy'] }, ...more });
      });
    declare({});
    await d.apply();
    declare({ timeouts: { delete: '1h' }, skipDestroy: true, whenStopped: WhenStopped.START });
    expect(await d.apply()).toContain('0 added, 1 changed, 0 destroyed');
    expect(await d.plan()).toEqual([]);
    await d.destroy();
    expect(d.nic('nic-a')).toBe('AVAILABLE free');
  });

  test('lifecycle ignores, replaces, checks and prevents', async () => {
    const declare = (lifecycle: NicAttachmentProps['lifecycle'], more: object = {}, input = 'one') =>
      d.synth((stack) => {
        new DataResource(stack, 'trigger', { input: Token.asAny(input) });
        attach(stack, 'a', { lifecycle: lifecycle ?? {}, ...more });
      });
    const replaceTriggeredBy = ['terraform_data.trigger.output'];
    declare({ ignoreChanges: ['instance_id'], replaceTriggeredBy });
    await d.apply();
    declare({ ignoreChanges: ['instance_id'], replaceTriggeredBy }, { instanceId: 'ins-2' });
    expect(await d.plan()).toEqual([]);
    declare({ replaceTriggeredBy }, {}, 'two');
    expect(await d.plan()).toContainEqual({
      address: 'zec_nic_attachment.nic-a',
      actions: ['delete', 'create'],
    });
    const failing = async () => unwrap((await d.terraform(['plan'])).output);
    const errorMessage = 'It is wrong.';
    declare({ precondition: [{ condition: '${terraform_data.trigger.input == "x"}', errorMessage }] });
    expect(await failing()).toMatch(/Error: Resource precondition failed .* It is wrong\./);
    declare({ postcondition: [{ condition: '${self.region_id == "x"}', errorMessage }] });
    expect(await failing()).toMatch(/Error: Resource postcondition failed .* It is wrong\./);
    declare({ preventDestroy: true }, { instanceId: 'ins-2' });
    expect(await failing()).toMatch(
      /Error: (?:Instance|Resource instance) cannot be destroyed .* zec_nic_attachment\.nic-a/,
    );
    expect(d.changes).toEqual(['Attach nic-a ins-1']);
  });
});
