import { oneLine } from '../../zec/errors';
import { MAX_NICS_PER_INSTANCE } from '../../zec/types';
import type { InstanceInfo, NicInfo } from '../../zec/types';
import { painter } from '../screen';
import type { Screen } from '../screen';
import { tableLines } from '../text-table';
import type { Column } from '../text-table';
import type { InstanceEntry, Inventory, NicEntry } from './inventory';

const COLUMNS: readonly Column[] = [
  { title: 'INSTANCE', shrinksTo: 16 },
  { title: 'NAME', shrinksTo: 10, dropRank: 3 },
  { title: 'ZONE', dropRank: 2 },
  { title: 'STATUS' },
  { title: 'VNICS', dropRank: 5 },
  { title: 'VNIC', shrinksTo: 16 },
  { title: 'NAME', shrinksTo: 10, dropRank: 4 },
  { title: 'TYPE', dropRank: 6 },
  { title: 'STATUS' },
  { title: 'ADDRESS', shrinksTo: 15, dropRank: 1 },
  { title: 'NOTE', shrinksTo: 20 },
];
const INSTANCE_CELLS = 5;

/** The inventory as a table that fits the width of the screen. */
export function inventoryLines(inventory: Inventory, screen: Screen): string[] {
  const rows = [...inventory.instances.flatMap(instanceRows), ...inventory.otherNics.map(otherNicRow)];
  if (rows.length === 0) return ['No instances or vNICs found.'];
  return [
    ...tableLines(COLUMNS, rows, { width: screen.columns, paint: painter(screen) }),
    '',
    summary(inventory),
  ];
}

/** The inventory as JSON. */
export function inventoryJson({ instances, otherNics }: Inventory): Record<string, unknown> {
  return {
    instances: instances.map(({ instance, nics }) => ({
      instanceId: instance.instanceId,
      name: instance.instanceName ?? null,
      zoneId: instance.zoneId ?? null,
      status: instance.status,
      nics: nics.map(nicJson),
    })),
    otherNics: otherNics.map(nicJson),
  };
}

function instanceRows({ instance, nics }: InstanceEntry): string[][] {
  const left = instanceCells(instance);
  if (nics.length === 0) return [[...left, '-']];
  const below = left.map(() => '');
  return nics.map((nic, index) => [...(index === 0 ? left : below), ...nicCells(nic)]);
}

function instanceCells({ instanceId, instanceName, zoneId, status, nics }: InstanceInfo): string[] {
  return [instanceId, nameOf(instanceName), zoneId ?? '', status, `${nics.length}/${MAX_NICS_PER_INSTANCE}`];
}

function otherNicRow(nic: NicEntry): string[] {
  return ['-', ...Array.from({ length: INSTANCE_CELLS - 1 }, () => ''), ...nicCells(nic)];
}

function nicCells({ nic, note }: NicEntry): string[] {
  return [nic.nicId, nameOf(nic.name), nic.nicType ?? '', nic.status, addressOf(nic), note];
}

function addressOf({ primaryIpv4, primaryIpv6 }: NicInfo): string {
  return oneLine(primaryIpv4 ?? primaryIpv6 ?? '');
}

/** Names are free text: remove control characters before they reach the terminal. */
function nameOf(name: string | undefined): string {
  return oneLine(name ?? '');
}

function nicJson({ nic, note }: NicEntry): Record<string, unknown> {
  return {
    nicId: nic.nicId,
    name: nic.name ?? null,
    regionId: nic.regionId ?? null,
    type: nic.nicType ?? null,
    status: nic.status,
    instanceId: nic.instanceId ?? null,
    primaryIpv4: nic.primaryIpv4 ?? null,
    macAddress: nic.macAddress ?? null,
    note: note === '' ? null : note,
  };
}

/** A vNIC that two instances list is counted once. */
function summary({ instances, otherNics }: Inventory): string {
  const all = [...instances.flatMap(({ nics }) => nics), ...otherNics];
  const statuses = [...new Map(all.map(({ nic }) => [nic.nicId, nic.status])).values()];
  const counts = [...new Set(statuses)]
    .sort()
    .map((status) => `${statuses.filter((each) => each === status).length} ${status}`);
  const breakdown = counts.length === 0 ? '' : ` (${counts.join(', ')})`;
  return `${plural(instances.length, 'instance')}, ${plural(statuses.length, 'vNIC')}${breakdown}`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
