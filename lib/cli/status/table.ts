import { toSingleLine } from '../../zec/errors';
import { plural } from '../../zec/ids';
import { MAX_NICS_PER_INSTANCE } from '../../zec/types';
import type { Screen } from '../screen';
import { tableLines, type Column } from '../text-table';
import { nicsOf, type InstanceEntry, type StatusInventory, type NicEntry } from './inventory';

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

/** The inventory as a table that fits the width of the screen. */
export function inventoryLines(inventory: StatusInventory, screen: Screen): string[] {
  const { instances, otherNics } = inventory;
  const rows = [
    ...instances.flatMap(instanceRows),
    ...otherNics.map((nic) => ['-', '', '', '', '', ...nicCells(nic)]),
  ];
  if (rows.length === 0) return ['No instances or vNICs found.'];
  const table = tableLines(COLUMNS, rows, screen);
  return [...table, '', summary(inventory)];
}

/** @param at when it was read */
export function inventoryJson({ instances, otherNics }: StatusInventory, at: string): string {
  return JSON.stringify({
    ok: true,
    at,
    instances: instances.map(({ instance, nics }) => ({
      instanceId: instance.instanceId,
      name: instance.instanceName ?? null,
      zoneId: instance.zoneId ?? null,
      status: instance.status,
      nics: nics.map(nicJson),
    })),
    otherNics: otherNics.map(nicJson),
  });
}

// Names and addresses are free text: remove control characters before they reach the terminal.

function instanceRows({ instance, nics }: InstanceEntry): string[][] {
  const { instanceId, instanceName = '', zoneId = '', status } = instance;
  const count = `${instance.nics.length}/${MAX_NICS_PER_INSTANCE}`;
  const left = [instanceId, toSingleLine(instanceName), zoneId, status, count];
  if (nics.length === 0) return [[...left, '-']];
  const below = left.map(() => '');
  return nics.map((nic, index) => [...(index === 0 ? left : below), ...nicCells(nic)]);
}

function nicCells({ nic, note }: NicEntry): string[] {
  const { nicId, name = '', nicType = '', status, primaryIpv6 = '', primaryIpv4 = primaryIpv6 } = nic;
  return [nicId, toSingleLine(name), nicType, status, toSingleLine(primaryIpv4), note];
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

function summary(inventory: StatusInventory): string {
  // A vNIC that two instances list is counted once.
  const statusOf = new Map(nicsOf(inventory).map(({ nic }) => [nic.nicId, nic.status]));
  const statuses = [...statusOf.values()].sort();
  const counts = [...new Set(statuses)].map(
    (status) => `${statuses.filter((each) => each === status).length} ${status}`,
  );
  const breakdown = counts.length === 0 ? '' : ` (${counts.join(', ')})`;
  return `${plural(inventory.instances.length, 'instance')}, ${plural(statuses.length, 'vNIC')}${breakdown}`;
}
