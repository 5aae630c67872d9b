import { takeInventory } from '../../lib/cli/status/inventory';
import { inventoryLines } from '../../lib/cli/status/table';
import { parseInstanceId, parseNicId } from '../../lib/zec';
import type { InstanceInfo, NicInfo, ZecApi } from '../../lib/zec';

const requestId = 'T1';
const SCREEN = { isTerminal: false, columns: undefined, rows: 24, color: false };

/** An API whose two views are what the test says. */
function views(instances: readonly InstanceInfo[], nics: readonly NicInfo[]): ZecApi {
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
  const { groups, others } = await takeInventory(views(instances, nics), {});
  return [...groups.flatMap((group) => group.nics), ...others].map(
    (held) => `${held.nic.nicId}: ${held.note}`,
  );
}

test.each([
  ['both agree', [ins('ins-1', nic('nic-1', 'USED'))], [nic('nic-1', 'USED', 'ins-1')], 'nic-1: '],
  [
    'the instance does not list it',
    [ins('ins-1')],
    [nic('nic-1', 'USED', 'ins-1')],
    'nic-1: not listed by the instance',
  ],
  ['it is on its way', [ins('ins-1')], [nic('nic-1', 'ATTACHING', 'ins-1')], 'nic-1: '],
  [
    'the vNIC names nobody',
    [ins('ins-1', nic('nic-1', 'USED'))],
    [],
    'nic-1: listed by the instance; the vNIC does not say so',
  ],
  [
    'its instance is not there',
    [],
    [nic('nic-1', 'USED', 'ins-0')],
    'nic-1: held by ins-0, which is not in this list',
  ],
])('%s: the note says so', async (_, instances, nics, expected) => {
  expect(await notes(instances, nics)).toEqual([expected]);
});

test('a vNIC that only an instance claims shows once, with the status of its own record', async () => {
  const inventory = await takeInventory(
    views([ins('ins-1', nic('nic-1', 'UNKNOWN'))], [nic('nic-1', 'AVAILABLE')]),
    {},
  );
  expect(inventory.groups[0]?.nics[0]?.nic.status).toBe('AVAILABLE');
  expect(inventoryLines(inventory, SCREEN).at(-1)).toBe('1 instance, 1 vNIC (1 AVAILABLE)');
});

test('nothing at all is said in words', async () => {
  expect(inventoryLines(await takeInventory(views([], []), {}), SCREEN)).toEqual(['No instances, no vNICs.']);
});

test('twenty thousand vNICs of one instance are all grouped', async () => {
  const nics = Array.from({ length: 20_000 }, (_, index) => nic(`nic-${index}`, 'USED', 'ins-1'));
  expect(await notes([ins('ins-1')], nics)).toHaveLength(20_000);
});
