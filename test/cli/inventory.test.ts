import { listInventory } from '../../lib/cli/status/inventory';
import { inventoryLines } from '../../lib/cli/status/table';
import { parseInstanceId, parseNicId } from '../../lib/zec';
import type { InstanceInfo, NicInfo, ZecApi } from '../../lib/zec';

const requestId = 'T1';
const plain = (_: string, text: string) => text;
const SCREEN = { isTerminal: false, columns: undefined, rows: 24, paint: plain };

/** An API with these responses. */
function apiWith(instances: readonly InstanceInfo[], nics: readonly NicInfo[]): ZecApi {
  return {
    describeInstances: () => Promise.resolve({ requestId, totalCount: instances.length, dataSet: instances }),
    describeNetworkInterfaces: () => Promise.resolve({ requestId, totalCount: nics.length, dataSet: nics }),
  } as unknown as ZecApi;
}

const ins = (id: string, ...nics: NicInfo[]): InstanceInfo => ({
  instanceId: parseInstanceId(id),
  status: 'RUNNING',
  nics,
});
const nic = (id: string, status: string, instanceId?: string): NicInfo => ({
  nicId: parseNicId(id),
  status,
  instanceId: instanceId === undefined ? undefined : parseInstanceId(instanceId),
});

async function notes(instances: readonly InstanceInfo[], nics: readonly NicInfo[]): Promise<string[]> {
  const { instances: entries, otherNics } = await listInventory(apiWith(instances, nics), {});
  return [...entries.flatMap((entry) => entry.nics), ...otherNics].map(
    (entry) => `${entry.nic.nicId}: ${entry.note}`,
  );
}

test.each([
  [
    'the vNIC and the instance agree',
    [ins('ins-1', nic('nic-1', 'USED'))],
    [nic('nic-1', 'USED', 'ins-1')],
    'nic-1: ',
  ],
  [
    'the instance does not list the vNIC',
    [ins('ins-1')],
    [nic('nic-1', 'USED', 'ins-1')],
    'nic-1: not listed by the instance',
  ],
  ['the vNIC is attaching', [ins('ins-1')], [nic('nic-1', 'ATTACHING', 'ins-1')], 'nic-1: '],
  [
    'the vNIC does not report the instance',
    [ins('ins-1', nic('nic-1', 'USED'))],
    [],
    'nic-1: listed by the instance, but not reported by the vNIC',
  ],
  [
    'the instance does not exist',
    [],
    [nic('nic-1', 'USED', 'ins-0')],
    'nic-1: attached to ins-0, which is not listed here',
  ],
])('the note of a vNIC if %s', async (_, instances, nics, expected) => {
  expect(await notes(instances, nics)).toEqual([expected]);
});

test('a vNIC that only the instance reports is listed once, with the status of the vNIC', async () => {
  const inventory = await listInventory(
    apiWith([ins('ins-1', nic('nic-1', 'UNKNOWN'))], [nic('nic-1', 'AVAILABLE')]),
    {},
  );
  expect(inventory.instances[0]?.nics[0]?.nic.status).toBe('AVAILABLE');
  expect(inventoryLines(inventory, SCREEN).at(-1)).toBe('1 instance, 1 vNIC (1 AVAILABLE)');
});

test('an empty inventory is a sentence', async () => {
  expect(inventoryLines(await listInventory(apiWith([], []), {}), SCREEN)).toEqual([
    'No instances or vNICs found.',
  ]);
});

test('twenty thousand vNICs of one instance are grouped', async () => {
  const nics = Array.from({ length: 20_000 }, (_, index) => nic(`nic-${index}`, 'USED', 'ins-1'));
  expect(await notes([ins('ins-1')], nics)).toHaveLength(20_000);
});
