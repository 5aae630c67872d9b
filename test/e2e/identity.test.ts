import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataResource, type TerraformStack } from 'cdktf';
import { NicAttachment, ProviderRunner } from '../../lib';
import { describeSince } from '../support/terraform';
import { Deployment, unwrap } from './deployment';
import type { InitialWorld } from './deployment';

const world: InitialWorld = {
  instances: [{ instanceId: 'ins-1' }, { instanceId: 'ins-2' }],
  nics: [
    { nicId: 'nic-1', instanceId: 'ins-1', name: 'storage' },
    { nicId: 'nic-2', instanceId: 'ins-2' },
    { nicId: 'nic-3', instanceId: 'ins-2' },
    { nicId: 'nic-p', instanceId: 'ins-1', nicType: 'Primary' },
    { nicId: 'nic-free' },
  ],
};
const context = { 'zec:runner': 'provider' };

let d: Deployment;
afterEach(() => d.close());

const attach = (nicId: string, instanceId: string) => (stack: TerraformStack) =>
  new NicAttachment(stack, 'web', { nicId, instanceId });
const write = (name: string, text: string) => writeFileSync(join(d.directory, name), text);
const statePath = () => join(d.directory, 'terraform.tfstate');
const identities = () =>
  (
    JSON.parse(readFileSync(statePath(), 'utf8')) as {
      resources: { type: string; instances: { identity?: { nic_id: string } | null }[] }[];
    }
  ).resources.flatMap(({ type, instances }) =>
    type === 'zec_nic_attachment' ? instances.map(({ identity }) => identity?.nic_id) : [],
  );

describeSince({ terraform: '1.12', opentofu: '1.12' }, 'the identity of an attachment', () => {
  beforeEach(async () => {
    d = await Deployment.start(world, context);
  });

  const importBlock = (identity: string) =>
    write('import.tf', `import {\n  to       = zec_nic_attachment.nic-1\n  identity = ${identity}\n}\n`);

  test('imports it with the ID of its vNIC, after which the plan is empty', async () => {
    d.synth(attach('nic-1', 'ins-1'));
    importBlock('{ nic_id = "nic-1" }');
    expect(await d.apply()).toContain('1 imported, 0 added, 0 changed, 0 destroyed');
    expect(identities()).toEqual(['nic-1']);
    rmSync(join(d.directory, 'import.tf'));
    expect(await d.plan()).toEqual([]);
    expect(d.changes).toEqual([]);
  });

  test.each([
    ['{ nic_id = "nic-0" }', /vNIC nic-0 does not exist/],
    ['{ nic_id = "nic-free" }', /vNIC nic-free is not attached to an instance/],
    ['{ nic_id = "nic-p" }', /vNIC nic-p is a primary vNIC/],
    ['{ nic_id = "nic-1:ins-1" }', /Invalid identity: nic_id An ID is/],
    ['{ nic_id = "" }', /Invalid identity: nic_id An ID is/],
    ['{ nic_id = null }', /nic_id/],
    ['{}', /nic_id/],
  ])('%s fails to import', async (identity, message) => {
    d.synth(attach('nic-1', 'ins-1'));
    importBlock(identity);
    const { code, output } = await d.terraform(['plan']);
    expect([code, unwrap(output)]).toEqual([1, expect.stringMatching(message)]);
  });

  test('stays when its vNIC moves to another instance, and changes with the vNIC', async () => {
    d.synth(attach('nic-free', 'ins-1'));
    await d.apply();
    expect(identities()).toEqual(['nic-free']);
    d.synth(attach('nic-free', 'ins-2'));
    await d.apply();
    expect([identities(), d.nic('nic-free')]).toEqual([['nic-free'], 'USED ins-2']);
    d.synth((stack) => {
      const known = new DataResource(stack, 'known', { input: { id: 'nic-free' } });
      new NicAttachment(stack, 'web', { nicId: `\${${known.fqn}.output.id}`, instanceId: 'ins-1' });
    });
    await d.apply();
    expect([identities(), d.nic('nic-free')]).toEqual([['nic-free'], 'USED ins-1']);
    expect(await d.plan()).toEqual([]);
    d.simulator.cloud.patch({ nics: { 'nic-2': { status: 'AVAILABLE', instanceId: null } } });
    d.synth((stack) => {
      const known = new DataResource(stack, 'known', { input: { id: 'nic-2' } });
      new NicAttachment(stack, 'web', { nicId: `\${${known.fqn}.output.id}`, instanceId: 'ins-1' });
    });
    await d.apply();
    expect([identities(), d.nic('nic-2'), d.nic('nic-free')]).toEqual([
      ['nic-2'],
      'USED ins-1',
      'AVAILABLE free',
    ]);
  });

  test('is added to a state of an older Terraform without a change in the plan', async () => {
    d.synth(attach('nic-free', 'ins-1'));
    await d.apply();
    expect(identities()).toEqual(['nic-free']);
    const withoutIdentity = (key: string, value: unknown) => (key.startsWith('identity') ? undefined : value);
    writeFileSync(
      statePath(),
      JSON.stringify(JSON.parse(readFileSync(statePath(), 'utf8'), withoutIdentity), null, 2),
    );
    expect(identities()).toEqual([undefined]);
    expect((await d.terraform(['plan', '-detailed-exitcode'])).code).toBe(0);
    d.synth((stack) => {
      new NicAttachment(stack, 'web', { nicId: 'nic-free', instanceId: 'ins-1', timeouts: { delete: '1h' } });
    });
    expect(await d.apply()).toContain('0 added, 1 changed, 0 destroyed');
    expect(identities()).toEqual(['nic-free']);
    await d.destroy();
    expect(d.changes).toEqual(['Attach nic-free ins-1', 'Detach nic-free']);
  });
});

describeSince({ terraform: '1.14' }, 'terraform query', () => {
  const start = async (of: InitialWorld = world) => {
    d = await Deployment.start(of, context);
    d.synth((stack) => new ProviderRunner(stack, 'zec'));
  };
  const listBlock = (config: string, more = '') =>
    write(
      'all.tfquery.hcl',
      `list "zec_nic_attachment" "all" {\n  provider = zec\n  ${more}\n  config {\n    ${config}\n  }\n}\n`,
    );

  test.each([
    ['', ['nic-1 storage on ins-1', 'nic-2 nic-2 on ins-2', 'nic-3 nic-3 on ins-2']],
    ['region_id = "asia-east-1"\n instance_id = "ins-2"', ['nic-2 nic-2 on ins-2', 'nic-3 nic-3 on ins-2']],
    ['vpc_id = "vpc-0"', []],
  ])('lists attachments that match {%s}', async (config, expected) => {
    await start();
    listBlock(config);
    const { code, output } = await d.terraform(['query']);
    expect(code).toBe(0);
    const lines = output.split('\n').filter((line) => line.includes('nic_id='));
    expect(lines.map((line) => /nic_id=(\S+)\s+(.*?)\s*$/.exec(line)?.slice(1).join(' '))).toEqual(expected);
  });

  test('lists as many as the limit, also without a config block', async () => {
    await start();
    write('all.tfquery.hcl', 'list "zec_nic_attachment" "all" {\n  provider = zec\n  limit = 2\n}\n');
    const { code, output } = await d.terraform(['query']);
    expect([code, output.match(/nic_id=/g)?.length]).toEqual([0, 2]);
  });

  test('reports an invalid filter at its line', async () => {
    await start();
    listBlock('instance_id = "ins 1"');
    const { code, output } = await d.terraform(['query']);
    expect([code, unwrap(output)]).toEqual([
      1,
      expect.stringMatching(/Invalid value of config.instance_id .*instance_id = "ins 1".*An ID is/),
    ]);
  });

  test('reports an error of the API', async () => {
    await start();
    d.simulator.cloud.faults.set([
      { action: 'DescribeNetworkInterfaces', kind: 'status', status: 400, code: 'INVALID_PARAMETER' },
    ]);
    listBlock('');
    const { code, output } = await d.terraform(['query']);
    expect([code, unwrap(output)]).toEqual([
      1,
      expect.stringMatching(/DescribeNetworkInterfaces failed.*INVALID_PARAMETER/),
    ]);
  });

  test('generates configuration that imports without a change', async () => {
    await start();
    listBlock('');
    const { code } = await d.terraform(['query', '-generate-config-out=generated.tf']);
    expect([code, existsSync(join(d.directory, 'generated.tf'))]).toEqual([0, true]);
    expect(await d.apply()).toContain('3 imported, 0 added, 0 changed, 0 destroyed');
    expect(await d.plan()).toEqual([]);
    expect([d.recorded(), d.changes]).toEqual([{ 'nic-1': 'ins-1', 'nic-2': 'ins-2', 'nic-3': 'ins-2' }, []]);
  });

  test('lists thousands', async () => {
    const ids = Array.from({ length: 2_000 }, (_, index) => index);
    await start({
      instances: ids.slice(0, 400).map((index) => ({ instanceId: `ins-${index}` })),
      nics: ids.map((index) => ({ nicId: `nic-${index}`, instanceId: `ins-${index % 400}` })),
    });
    listBlock('', 'limit = 10000\n  include_resource = true');
    const { code, output } = await d.terraform(['query']);
    expect([code, output.match(/nic_id=/g)?.length]).toEqual([0, 2_000]);
    expect(d.simulator.cloud.requests()).toHaveLength(2);
  });
});
