import { Cloud } from '../../lib/simulator';
import type { WorldInput } from '../../lib/simulator';
import { DOCUMENTED_INSTANCE, DOCUMENTED_NIC } from '../support/documented';
import { instance, nic, world } from './worlds';

interface Item extends Readonly<Record<string, unknown>> {
  readonly nicId?: string;
  readonly instanceId?: string;
}

function find(more: Partial<WorldInput>, action: string, parameters: object): readonly Item[] {
  const response = new Cloud({ world: world(more) }).handle(action, parameters);
  if (response.kind !== 'response' || !('response' in response.body))
    throw new Error(JSON.stringify(response));
  return response.body.response.dataSet as readonly Item[];
}

/** The type of each field, including those in lists and objects. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return [];
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]));
}

test('a vNIC has every documented field', () => {
  const shown = find({}, 'DescribeNetworkInterfaces', { nicIds: ['nic-2'] });
  expect(shown.map(shape)).toEqual([shape(DOCUMENTED_NIC)]);
});

test('an instance and its vNICs have every documented field', () => {
  const [shown] = find({}, 'DescribeInstances', { instanceIds: ['ins-2'] });
  expect(shape(shown)).toEqual(shape(DOCUMENTED_INSTANCE));
  expect((shown?.nics as readonly unknown[]).map(shape)).toEqual([shape(DOCUMENTED_NIC)]);
});

describe('filters', () => {
  const tags = [
    { key: 'team', value: 'web' },
    { key: 'stage', value: 'live' },
  ];
  const filtered: Partial<WorldInput> = {
    instances: [
      instance('ins-1', {
        ...{ resourceGroupId: 'rg-web', imageId: 'debian', instanceType: 'small', tags },
        instanceName: 'front-1',
      }),
      instance('ins-2', { tags: [{ key: 'team', value: 'data' }] }),
    ],
    nics: [
      nic('nic-1', {
        ...{ instanceId: 'ins-1', resourceGroupId: 'rg-web', securityGroupId: 'sg-web', tags },
        ...{ primaryIpv4: '10.1.1.1', primaryIpv6: '2001:db8::1', publicIpList: ['203.0.113.7'] },
        ...{ nicSubnetType: 'IPv4_IPv6', vpcId: 'vpc-web', subnetId: 'subnet-web', name: 'front' },
      }),
      nic('nic-2', { instanceId: 'ins-2', tags: [{ key: 'team', value: 'data' }] }),
    ],
  };
  const both: [string, object, string][] = [
    ['a name', { name: 'front' }, '1'],
    ['a resource group', { resourceGroupId: 'rg-web' }, '1'],
    ['the resource group of all others', { resourceGroupId: 'rg-default' }, '2'],
    ['another resource group', { resourceGroupId: 'rg-other' }, ''],
    ['a key of a tag', { tagKeys: ['team'] }, '1,2'],
    ['several keys of tags', { tagKeys: ['team', 'stage'] }, '1'],
    ['a tag', { tags: [{ key: 'team', value: 'data' }] }, '2'],
    ['several tags', { tags }, '1'],
    ['a tag with another value', { tags: [{ key: 'stage', value: 'test' }] }, ''],
  ];
  const idOf = (item: Item, kind: 'nic' | 'ins') =>
    String(kind === 'nic' ? item.nicId : item.instanceId).replace(`${kind}-`, '');
  test.each<[string, object, string]>([
    ...both,
    ['a security group', { securityGroupId: 'sg-web' }, '1'],
    ['a kind of subnet', { nicSubnetType: 'IPv4' }, '2'],
    ['a VPC', { vpcId: 'vpc-web' }, '1'],
    ['a subnet', { subnetId: 'subnet-web' }, '1'],
    ['an instance', { instanceId: 'ins-2' }, '2'],
  ])('of vNICs: %s', (_, parameters, wanted) => {
    const found = find(filtered, 'DescribeNetworkInterfaces', parameters);
    expect(found.map((item) => idOf(item, 'nic')).join()).toBe(wanted);
  });

  test.each<[string, object, string]>([
    ...both,
    ['an image', { imageId: 'debian' }, '1'],
    ['a type', { instanceType: 'small' }, '1'],
    ['a private IPv4 address', { ipv4Address: '10.1.1.1' }, '1'],
    ['a public IPv4 address', { ipv4Address: '203.0.113.7' }, '1'],
    ['an address of no instance', { ipv4Address: '10.1.1.2' }, ''],
    ['an IPv6 address', { ipv6Address: '2001:db8::1' }, '1'],
    ['a zone', { zoneId: 'asia-east-1b' }, ''],
  ])('of instances: %s', (_, parameters, wanted) => {
    const found = find(filtered, 'DescribeInstances', parameters);
    expect(found.map((item) => idOf(item, 'ins')).join()).toBe(wanted);
  });

  test('of statuses: a resource group', () => {
    expect(find(filtered, 'DescribeInstancesStatus', { resourceGroupId: 'rg-web' })).toEqual([
      { instanceId: 'ins-1', instanceStatus: 'RUNNING' },
    ]);
  });
});

test('a world file accepts guestAgent as an alias of enableAgent', () => {
  const shown = (fields: object) => {
    const [found] = find({ instances: [instance('ins-1', fields)], nics: [] }, 'DescribeInstances', {});
    return found?.enableAgent;
  };
  expect([shown({}), shown({ guestAgent: false }), shown({ enableAgent: false })]).toEqual([
    true,
    false,
    false,
  ]);
});
