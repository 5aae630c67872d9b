import { MAX_NICS_PER_INSTANCE } from '../zec/types';
import type { World, WorldNic } from './world-schema';

const HELD = new Set(['USED', 'ATTACHING', 'DETACHING']);
const FREE = new Set(['AVAILABLE', 'CREATE_FAILED']);

/**
 * What makes a world impossible, one sentence each: ids used twice, holders that do not exist, more than 8 vNICs
 * or two primaries on an instance, a status that contradicts the holder, a holder in another region.
 */
export function inconsistencies(world: World, leaving: ReadonlySet<string>): string[] {
  return [
    ...twice('instances', 'instanceId', world.instances),
    ...twice('nics', 'nicId', world.nics),
    ...twice('credentials', 'accessKeyId', world.credentials),
    ...twice('credentials', 'token', world.credentials),
    ...crowded(world),
    ...holders(world, leaving),
  ];
}

function twice<Key extends string>(
  part: string,
  key: Key,
  entries: readonly Readonly<Partial<Record<Key, string | undefined>>>[],
): string[] {
  const first = new Map<string, number>();
  return entries.flatMap((entry, index) => {
    const value = entry[key];
    if (value === undefined) return [];
    const before = first.get(value);
    if (before === undefined) {
      first.set(value, index);
      return [];
    }
    return [`${part}[${index}].${key}: the same as ${part}[${before}].${key}`];
  });
}

function crowded(world: World): string[] {
  const held = new Map<string, WorldNic[]>();
  for (const nic of world.nics) {
    if (nic.instanceId === undefined) continue;
    const others = held.get(nic.instanceId);
    if (others === undefined) held.set(nic.instanceId, [nic]);
    else others.push(nic);
  }
  return world.instances.flatMap(({ instanceId }, index) => {
    const nics = held.get(instanceId) ?? [];
    const primaries = nics.filter((nic) => nic.nicType === 'Primary').length;
    const issues: string[] = [];
    if (nics.length > MAX_NICS_PER_INSTANCE) {
      issues.push(`holds ${nics.length} vNICs, at most ${MAX_NICS_PER_INSTANCE} are possible`);
    }
    if (primaries > 1) issues.push(`has ${primaries} primary vNICs, one is possible`);
    return issues.map((issue) => `instances[${index}] "${instanceId}": ${issue}`);
  });
}

function holders(world: World, leaving: ReadonlySet<string>): string[] {
  const zones = new Map(world.instances.map(({ instanceId, zoneId }) => [instanceId as string, zoneId]));
  return world.nics.flatMap((nic, index) => {
    const issue = holderIssue(nic, zones, leaving);
    return issue === undefined ? [] : [`nics[${index}].instanceId of "${nic.nicId}": ${issue}`];
  });
}

function holderIssue(
  nic: WorldNic,
  zones: ReadonlyMap<string, string>,
  leaving: ReadonlySet<string>,
): string | undefined {
  if (nic.instanceId === undefined) {
    if (HELD.has(nic.status)) return `missing, but the status is ${nic.status}`;
    return nic.nicType === 'Primary' ? 'missing, but a primary vNIC belongs to an instance' : undefined;
  }
  if (FREE.has(nic.status)) return `must be absent, because the status is ${nic.status}`;
  const zone = zones.get(nic.instanceId);
  if (zone === undefined) {
    return leaving.has(nic.nicId) && nic.status === 'DETACHING'
      ? undefined
      : `there is no instance "${nic.instanceId}"`;
  }
  return zone.startsWith(nic.regionId) && zone.length === nic.regionId.length + 1
    ? undefined
    : `the instance is in ${zone}, the vNIC in ${nic.regionId}`;
}
