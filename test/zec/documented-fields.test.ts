import { readResponse } from '../../lib/zec/responses';
import { instancesSchema, nicsSchema } from '../../lib/zec/types';
import type { Accepted, ResponseSchema } from '../../lib/zec/types';
import { DOCUMENTED_INSTANCE, DOCUMENTED_NIC } from '../support/documented';

function read<T extends Accepted>(item: object, schema: ResponseSchema<T>): T {
  const response = { totalCount: 1, dataSet: [item] };
  const body = Buffer.from(JSON.stringify({ requestId: 'T1', response }));
  return readResponse({ status: 200, headers: {}, body }, schema, {
    action: 'DescribeInstances',
    wallMs: 0,
    redact: (text) => text,
  });
}
const nullIn = (item: object, kept: readonly string[]) =>
  Object.fromEntries(Object.entries(item).map(([key, value]) => [key, kept.includes(key) ? value : null]));

const USED_OF_INSTANCE = [
  ...['instanceId', 'instanceName', 'zoneId', 'status', 'enableAgent', 'loadBalancerIds'],
  ...['privateIpAddresses', 'publicIpAddresses'],
];

test('a response with all documented fields is read', () => {
  const { primaryIpv6: _, ipv6Cidr: __, ...nic } = DOCUMENTED_NIC;
  expect(read(DOCUMENTED_NIC, nicsSchema).dataSet).toEqual([nic]);
  const used = Object.entries(DOCUMENTED_INSTANCE).filter(([key]) => USED_OF_INSTANCE.includes(key));
  expect(used).toHaveLength(USED_OF_INSTANCE.length);
  expect(read(DOCUMENTED_INSTANCE, instancesSchema).dataSet).toEqual([
    { ...Object.fromEntries(used), nics: [nic] },
  ]);
});

test('every field that decisions do not depend on may be null', () => {
  const nic = nullIn(DOCUMENTED_NIC, ['nicId', 'status']);
  expect(read(nic, nicsSchema).dataSet).toEqual([{ nicId: 'nic-1', status: 'USED' }]);
  const instance = nullIn(DOCUMENTED_INSTANCE, ['instanceId', 'status']);
  expect(read(instance, instancesSchema).dataSet).toEqual([
    { instanceId: 'ins-1', status: 'RUNNING', nics: [] },
  ]);
  const group = { ...DOCUMENTED_NIC, resourceGroup: { resourceGroupId: null }, tags: { tags: null } };
  expect(read(group, nicsSchema).dataSet[0]).toMatchObject({ resourceGroup: {}, tags: {} });
});

test.each(Object.keys(DOCUMENTED_NIC).filter((key) => !['nicId', 'status'].includes(key)))(
  'null in the field %s of a vNIC does not affect the others',
  (key) => {
    const [nic] = read({ ...DOCUMENTED_NIC, [key]: null }, nicsSchema).dataSet;
    const { primaryIpv6: _, ipv6Cidr: __, ...whole } = DOCUMENTED_NIC;
    expect(nic).toEqual({ ...whole, [key]: undefined });
  },
);
