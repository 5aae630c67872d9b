import { Diagnostics } from '../../lib/plugin/diagnostics';
import { validateConfig } from '../../lib/plugin/plan';
import { instance as instanceData, nic as nicData, nics as nicsData } from '../../lib/provider/data-sources';
import { ZecResponseError } from '../../lib/zec/errors';
import { instance, nic } from '../simulator/worlds';
import { contextWith } from './fake-context';
import { ProviderRig, range } from './rig';

const tagged = (team: string) => [{ key: 'team', value: team }];
const world = {
  instances: [instance('ins-1', { instanceName: 'web' })],
  nics: [
    nic('nic-p', { nicType: 'Primary', instanceId: 'ins-1' }),
    nic('nic-c', { tags: [...tagged('red'), { key: 'use', value: 'storage' }] }),
    nic('nic-a', { instanceId: 'ins-1', tags: tagged('red'), name: 'storage' }),
    nic('nic-b', { regionId: 'europe-west-2', vpcId: 'vpc-2', subnetId: 'subnet-2', tags: tagged('blue') }),
  ],
};
const NO_FILTER = {
  region_id: null,
  vpc_id: null,
  subnet_id: null,
  instance_id: null,
  status: null,
  nic_type: null,
  tags: null,
  nic_ids: null,
  nics: null,
};

function reader(nics = world.nics) {
  const rig = new ProviderRig({ ...world, nics });
  const context = { ...contextWith({}).context, client: rig.process().client };
  const list = async (filter: object) => {
    const { nic_ids, nics: objects } = (await rig.run(
      Promise.resolve(nicsData.read({ ...NO_FILTER, ...filter }, context)),
    )) as { nic_ids: string[]; nics: { nic_id: string }[] };
    expect(objects.map(({ nic_id }) => nic_id)).toEqual(nic_ids);
    return { nic_ids, objects };
  };
  return { rig, context, list };
}

test.each([
  ['create', 'nic-c', 'USED', ['nic-p', 'nic-c', 'nic-a'], ['nic-a', 'nic-c']],
  ['delete', 'nic-a', 'AVAILABLE', ['nic-p'], []],
] as const)(
  'what is read after a %s of the same apply shows its effect',
  async (change, nicId, ...expected) => {
    const rig = new ProviderRig(world);
    const apply = rig.process();
    const context = { ...contextWith({}).context, client: apply.client };
    await rig.run<unknown>(apply[change]([nicId, 'ins-1']));
    rig.cloud.patch({ settings: { describeLagMs: 4_000 } });
    const [shown, holder, listed] = (await rig.run(
      Promise.all([
        nicData.read({ nic_id: nicId }, context),
        instanceData.read({ instance_id: 'ins-1' }, context),
        nicsData.read({ ...NO_FILTER, instance_id: 'ins-1', nic_type: 'Secondary' }, context),
      ]),
    )) as { readonly status?: string; readonly nic_ids?: readonly string[] }[];
    expect([shown?.status, holder?.nic_ids, listed?.nic_ids]).toEqual(expected);
  },
);

test('zec_nic shows every field of the vNIC that the API documents', async () => {
  const { rig, context } = reader([
    nic('nic-a', {
      instanceId: 'ins-1',
      name: 'storage',
      tags: tagged('red'),
      resourceGroupId: 'rg-1',
      primaryIpv4: '10.0.0.1',
      secondaryIpv4s: ['10.0.0.2'],
      primaryIpv6: '2001:db8::1',
      ipv6Cidr: '2001:db8::/64',
      nicSubnetType: 'IPv4_IPv6',
      publicIpList: ['192.0.2.1'],
      macAddress: '02:00:00:00:00:01',
      vpcId: 'vpc-1',
      subnetId: 'subnet-1',
      securityGroupId: 'sg-1',
    }),
  ]);
  expect(await rig.run(Promise.resolve(nicData.read({ nic_id: 'nic-a' }, context)))).toEqual({
    nic_id: 'nic-a',
    name: 'storage',
    status: 'USED',
    nic_type: 'Secondary',
    instance_id: 'ins-1',
    region_id: 'asia-east-1',
    vpc_id: 'vpc-1',
    subnet_id: 'subnet-1',
    nic_subnet_type: 'IPv4_IPv6',
    security_group_id: 'sg-1',
    resource_group_id: 'rg-1',
    mac_address: '02:00:00:00:00:01',
    primary_ipv4: '10.0.0.1',
    secondary_ipv4s: ['10.0.0.2'],
    primary_ipv6: '2001:db8::1',
    ipv6_cidr: '2001:db8::/64',
    private_ips: ['10.0.0.1', '10.0.0.2'],
    public_ips: ['192.0.2.1'],
    tags: { team: 'red' },
  });
});

test('zec_nic shows null and empty lists for what the API omits', async () => {
  const omitted = { nicId: 'nic-a', regionId: 'asia-east-1', status: 'AVAILABLE' };
  const { context } = contextWith({ nic: () => Promise.resolve(omitted) });
  const shown = (await nicData.read({ nic_id: 'nic-a' }, context)) as Record<string, unknown>;
  const { nic_id, region_id, status, ...others } = shown;
  expect([nic_id, region_id, status]).toEqual(['nic-a', 'asia-east-1', 'AVAILABLE']);
  const names = Object.keys(others);
  const lists = { secondary_ipv4s: [], private_ips: [], public_ips: [], tags: {} };
  expect(others).toStrictEqual({ ...Object.fromEntries(names.map((name) => [name, null])), ...lists });
});

test('a vNIC or an instance that does not exist is an error at its ID', async () => {
  const { rig, context } = reader();
  const detail = 'Check the ID, the region and the account that the credentials belong to.';
  const missingNic = Promise.resolve(nicData.read({ nic_id: 'nic-9' }, context));
  const missingInstance = Promise.resolve(instanceData.read({ instance_id: 'ins-9' }, context));
  await rig.run(
    Promise.all([
      expect(missingNic).rejects.toMatchObject({
        message: 'vNIC nic-9 does not exist',
        detail,
        path: ['nic_id'],
      }),
      expect(missingInstance).rejects.toMatchObject({
        message: 'Instance ins-9 does not exist',
        detail,
        path: ['instance_id'],
      }),
    ]),
  );
});

test('zec_instance shows null and empty lists for what the API omits', async () => {
  const omitted = { instanceId: 'ins-1', status: 'RUNNING', nics: [] };
  const { context } = contextWith({ instance: () => Promise.resolve(omitted) });
  expect(await instanceData.read({ instance_id: 'ins-1' }, context)).toEqual({
    instance_id: 'ins-1',
    name: null,
    status: 'RUNNING',
    zone_id: null,
    nic_ids: [],
    private_ips: [],
    public_ips: [],
  });
});

test('zec_instance shows its zone and addresses', async () => {
  const addresses = { privateIpAddresses: ['10.0.0.1'], publicIpAddresses: ['192.0.2.1'] };
  const { context } = contextWith({
    instance: () =>
      Promise.resolve({
        instanceId: 'ins-1',
        status: 'RUNNING',
        zoneId: 'asia-east-1a',
        nics: [],
        ...addresses,
      }),
  });
  expect(await instanceData.read({ instance_id: 'ins-1' }, context)).toMatchObject({
    zone_id: 'asia-east-1a',
    private_ips: ['10.0.0.1'],
    public_ips: ['192.0.2.1'],
  });
});

test('zec_instance lists the vNICs of the instance', async () => {
  const { rig, context } = reader();
  const found = await rig.run(Promise.resolve(instanceData.read({ instance_id: 'ins-1' }, context)));
  expect(found).toMatchObject({ name: 'web', status: 'RUNNING', nic_ids: ['nic-p', 'nic-a'] });
});

test.each([
  [{}, ['nic-a', 'nic-b', 'nic-c', 'nic-p']],
  [{ region_id: 'europe-west-2' }, ['nic-b']],
  [{ vpc_id: 'vpc-2' }, ['nic-b']],
  [{ subnet_id: 'subnet-2' }, ['nic-b']],
  [{ instance_id: 'ins-1' }, ['nic-a', 'nic-p']],
  [{ status: 'AVAILABLE' }, ['nic-b', 'nic-c']],
  [{ nic_type: 'Primary' }, ['nic-p']],
  [{ tags: { team: 'red' } }, ['nic-a', 'nic-c']],
  [{ tags: { team: 'red', use: 'storage' } }, ['nic-c']],
  [{ instance_id: 'ins-1', nic_type: 'Secondary' }, ['nic-a']],
  [{ region_id: 'nowhere' }, []],
])('zec_nics with the filters %j lists %j, ordered by ID', async (filter, expected) => {
  expect((await reader().list(filter)).nic_ids).toEqual(expected);
});

test('zec_nics finds a tag without a value, and sends no filter of tags without tags', async () => {
  const { rig, list } = reader([nic('nic-a', { tags: [{ key: 'team', value: '' }] }), nic('nic-b')]);
  expect((await list({ tags: { team: null } })).nic_ids).toEqual(['nic-a']);
  expect((await list({ tags: {} })).nic_ids).toEqual(['nic-a', 'nic-b']);
  expect(rig.cloud.requests().map(({ parameters }) => Object.keys(parameters as object))).toEqual([
    expect.arrayContaining(['tags']),
    expect.not.arrayContaining(['tags']),
  ]);
});

test('zec_nics accepts twenty tags', () => {
  const diagnostics = new Diagnostics();
  const tags = Object.fromEntries(range(20).map((index) => [`${index}`, 'x']));
  validateConfig(nicsData.schema, { ...NO_FILTER, tags }, diagnostics);
  expect(diagnostics.all).toEqual([]);
});

test('zec_nics shows what zec_nic shows', async () => {
  const { rig, context, list } = reader();
  const { objects } = await list({ instance_id: 'ins-1', nic_type: 'Secondary' });
  expect(objects).toEqual([await rig.run(Promise.resolve(nicData.read({ nic_id: 'nic-a' }, context)))]);
});

test('zec_nics lists up to 1,000 vNICs, and advises a filter if there are more', async () => {
  const many = range(1001).map((index) =>
    nic(`nic-${index}`, { tags: tagged(index < 1000 ? 'red' : 'blue') }),
  );
  const { rig, list } = reader(many);
  expect((await list({ tags: { team: 'red' } })).nic_ids).toHaveLength(1000);
  const error: unknown = await list({}).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ZecResponseError);
  expect(error).toMatchObject({
    message: 'DescribeNetworkInterfaces failed: the list has 1001 items, more than 1000',
    advice: 'Narrow the list down with a filter.',
  });
  expect(rig.describes).toBe(2);
});

test.each([
  [{ instance_id: 'ins 1' }, 'An ID is 1 to 128'],
  [{ status: 'BROKEN' }, 'It must be one of PENDING, AVAILABLE'],
  [{ nic_type: 'Tertiary' }, 'It must be one of Primary, Secondary.'],
  [{ tags: { team: null } }, 'The value of a tag must not be null.'],
  [{ tags: Object.fromEntries(range(21).map((index) => [`${index}`, 'x'])) }, 'It must be at most 20 tags.'],
])('zec_nics rejects the filter %j without a request', (filter, problem) => {
  const diagnostics = new Diagnostics();
  validateConfig(nicsData.schema, { ...NO_FILTER, ...filter }, diagnostics);
  expect(diagnostics.all).toEqual([
    expect.objectContaining({ detail: expect.stringContaining(problem) as string }),
  ]);
});
