import { DataResource, TerraformOutput, Testing } from 'cdktf';
import {
  Convergence,
  DataZecInstance,
  DataZecNic,
  DataZecNics,
  LocalExecRunner,
  NicAttachment,
  ProviderRunner,
} from '../../lib';
import { BUILT_IN, NIC_GETTERS, reported, stackWith, synth } from './stacks';
import type { Synthesized } from './stacks';

const PROVIDER = { 'zec:runner': 'provider' };

type Data = Record<string, Record<string, Record<string, unknown>>>;
const dataIn = (synthesized: Synthesized) => (synthesized as unknown as { data: Data }).data;

function outputOf(value: (stack: ReturnType<typeof stackWith>) => unknown) {
  const stack = stackWith(PROVIDER);
  new TerraformOutput(stack, 'out', { value: value(stack) });
  return synth(stack).output?.out?.value;
}

const nicGetters = {
  ...NIC_GETTERS,
  nicId: 'nic_id',
  instanceId: 'instance_id',
  status: 'status',
  nicType: 'nic_type',
};
const references = (getters: Readonly<Record<string, string>>, address: string) =>
  Object.fromEntries(
    Object.entries(getters).map(([name, attribute]) => [name, `\${${address}.${attribute}}`]),
  );
const read = (from: object, getters: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.keys(getters).map((name) => [name, (from as Record<string, unknown>)[name]]));

test('the getters of DataZecNic are references to all attributes', () => {
  const value = outputOf((stack) => {
    const nic = new DataZecNic(stack, 'nic', { nicId: 'nic-1' });
    return { ...read(nic, nicGetters), address: nic.fqn };
  });
  expect(value).toEqual({ ...references(nicGetters, 'data.zec_nic.nic'), address: '${data.zec_nic.nic}' });
});

test('the getters of DataZecInstance are references to all attributes', () => {
  const getters = {
    instanceId: 'instance_id',
    name: 'name',
    status: 'status',
    zoneId: 'zone_id',
    nicIds: 'nic_ids',
    privateIps: 'private_ips',
    publicIps: 'public_ips',
  };
  const value = outputOf((stack) => {
    const instance = new DataZecInstance(stack, 'it', { instanceId: 'ins-1' });
    return { ...read(instance, getters), address: instance.fqn };
  });
  expect(value).toEqual({
    ...references(getters, 'data.zec_instance.it'),
    address: '${data.zec_instance.it}',
  });
});

test('DataZecNics refers to the list, and to the attributes of each vNIC in it', () => {
  const value = outputOf((stack) => {
    const { nics, nicIds, fqn } = new DataZecNics(stack, 'all');
    expect(nics.get(1)).toBe(nics.get(1));
    return { ids: nicIds, address: fqn, item: nics.get(0).fqn, second: read(nics.get(1), nicGetters) };
  });
  expect(value).toEqual({
    ids: '${data.zec_nics.all.nic_ids}',
    address: '${data.zec_nics.all}',
    item: '${data.zec_nics.all.nics[0]}',
    second: references(nicGetters, 'data.zec_nics.all.nics[1]'),
  });
});

test('filters are written by their Terraform names, as literals or references', () => {
  const stack = stackWith(PROVIDER);
  const { output } = new DataResource(stack, 'vpc', {});
  const tags = { team: 'red' };
  new DataZecNics(stack, 'all', {
    regionId: 'asia-east-1',
    vpcId: output.toString(),
    subnetId: 'subnet-1',
    instanceId: 'ins-1',
    status: 'USED',
    nicType: 'Secondary',
    tags,
  });
  expect(dataIn(synth(stack)).zec_nics?.all).toMatchObject({
    provider: 'zec',
    region_id: 'asia-east-1',
    vpc_id: '${terraform_data.vpc.output}',
    subnet_id: 'subnet-1',
    instance_id: 'ins-1',
    status: 'USED',
    nic_type: 'Secondary',
    tags,
  });
});

test('the stack in HCL is as complete', () => {
  process.env.SYNTH_HCL_OUTPUT = 'true';
  try {
    const stack = stackWith(PROVIDER);
    const web = new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1' });
    new DataZecNics(stack, 'all', { tags: { team: 'red' }, dependsOn: [web] });
    const hcl = Testing.synthHcl(stack, true) as unknown as string;
    expect(hcl.replace(/\s+/g, ' ')).toContain(
      'data "zec_nics" "all" { depends_on = [zec_nic_attachment.nic-1] provider = zec tags = { team = "red" } }',
    );
  } finally {
    delete process.env.SYNTH_HCL_OUTPUT;
  }
});

test('the matchers of Testing know the types', () => {
  const stack = stackWith(PROVIDER);
  new DataZecNic(stack, 'nic', { nicId: 'nic-1' });
  new DataZecInstance(stack, 'instance', { instanceId: 'ins-1' });
  new DataZecNics(stack, 'nics', { regionId: 'asia-east-1' });
  const json = Testing.synth(stack);
  expect(Testing.toHaveDataSourceWithProperties(json, DataZecNic.tfResourceType, { nic_id: 'nic-1' })).toBe(
    true,
  );
  expect(Testing.toHaveDataSource(json, DataZecInstance.tfResourceType)).toBe(true);
  expect(Testing.toHaveDataSourceWithProperties(json, DataZecNics.tfResourceType, { region_id: 'x' })).toBe(
    false,
  );
});

describe.each(Object.values(Convergence))('dependencies, with convergence %s', (convergence) => {
  test('a data source is read after what it depends on, and what depends on it waits for it', () => {
    const stack = stackWith();
    new ProviderRunner(stack, 'zec', { convergence });
    const web = new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1' });
    const before = new DataResource(stack, 'before', {});
    const nics = new DataZecNics(stack, 'nics', { dependsOn: [web, before] });
    new DataResource(stack, 'after', {}).node.addDependency(nics);
    new NicAttachment(stack, 'db', { nicId: 'nic-2', instanceId: 'ins-2' }).node.addDependency(before);
    const synthesized = synth(stack);
    const attached =
      convergence === Convergence.EACH ? 'zec_nic_attachment.nic-1' : 'zec_nic_convergence.zec';
    const { depends_on } = dataIn(synthesized).zec_nics?.nics ?? {};
    expect(depends_on).toEqual(expect.arrayContaining([attached, 'terraform_data.before']));
    expect(synthesized.resource.terraform_data?.after?.depends_on).toEqual(['data.zec_nics.nics']);
  });

  test('an attachment may depend on a data source', () => {
    const stack = stackWith();
    new ProviderRunner(stack, 'zec', { convergence });
    const nic = new DataZecNic(stack, 'nic', { nicId: 'nic-1' });
    const web = new NicAttachment(stack, 'web', { nicId: nic.nicId, instanceId: 'ins-1' });
    web.node.addDependency(nic);
    expect(synth(stack).resource.zec_nic_attachment?.web).toMatchObject({
      nic_id: '${data.zec_nic.nic.nic_id}',
      depends_on: ['data.zec_nic.nic'],
    });
  });
});

describe('the runner of a data source', () => {
  const refusal =
    'net/nic: data sources require the provider runner. Create one first, new ProviderRunner(stack, "zec")';

  test('must be a provider runner', () => {
    const stack = stackWith(BUILT_IN);
    const declare = (more: object) => () => new DataZecNic(stack, 'nic', { nicId: 'nic-1', ...more });
    expect(declare({})).toThrow(refusal);
    stack.node.tryRemoveChild('nic');
    expect(declare({ runner: LocalExecRunner.of(stack) })).toThrow(refusal);
  });

  test('is the first provider runner of the stack, even if attachments have another', () => {
    const stack = stackWith(BUILT_IN);
    new NicAttachment(stack, 'web', { nicId: 'nic-1', instanceId: 'ins-1' });
    new ProviderRunner(stack, 'zec');
    new ProviderRunner(stack, 'second');
    new DataZecNic(stack, 'nic', { nicId: 'nic-1' });
    expect(dataIn(synth(stack)).zec_nic?.nic?.provider).toBe('zec');
    expect(reported(stack)).toEqual([
      expect.stringMatching(/^warn net\/second: No attachment uses this runner/),
    ]);
  });

  test('can be given, and must be of the same stack', () => {
    const stack = stackWith(BUILT_IN);
    new ProviderRunner(stack, 'zec');
    const runner = new ProviderRunner(stack, 'second');
    new DataZecNic(stack, 'nic', { nicId: 'nic-1', runner });
    expect(dataIn(synth(stack)).zec_nic?.nic?.provider).toBe('zec.second');
    const other = new ProviderRunner(stackWith(), 'zec');
    expect(() => new DataZecNic(stack, 'other', { nicId: 'nic-1', runner: other })).toThrow(
      'net/other: its runner "net/zec" is in another stack',
    );
  });
});
