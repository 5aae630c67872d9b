import { isInRegion } from '../zec/ids';
import type { World, WorldNic } from './world';

/** The statuses with an instance, and those without one. In other statuses both are possible. */
export const HELD_STATUSES: ReadonlySet<string> = new Set(['USED', 'ATTACHING', 'DETACHING']);
const FREE_STATUSES: ReadonlySet<string> = new Set(['AVAILABLE', 'CREATE_FAILED']);

/** Inconsistencies that a real account cannot have: one sentence each, beginning with its path. */
export function inconsistencies(world: World, leaving: ReadonlySet<string>): string[] {
  return [
    ...usedTwice('instances', 'instanceId', world.instances),
    ...usedTwice('nics', 'nicId', world.nics),
    ...usedTwice('credentials', 'accessKeyId', world.credentials),
    ...usedTwice('credentials', 'token', world.credentials),
    ...overfull(world),
    ...wronglyHeld(world, leaving),
  ];
}

function usedTwice<Key extends string>(
  part: string,
  key: Key,
  entries: readonly Readonly<Partial<Record<Key, string | undefined>>>[],
): string[] {
  const first = new Map<string, number>();
  return entries.flatMap((entry, index) => {
    const value = entry[key];
    if (value === undefined) return [];
    const before = first.get(value) ?? index;
    first.set(value, before);
    return before === index ? [] : [`${part}[${index}].${key}: the same as ${part}[${before}].${key}`];
  });
}

function overfull({ instances, nics, settings: { maxNicsPerInstance } }: World): string[] {
  const heldBy = new Map(instances.map(({ instanceId }) => [instanceId, [] as WorldNic[]]));
  for (const nic of nics) if (nic.instanceId !== undefined) heldBy.get(nic.instanceId)?.push(nic);
  return instances.flatMap(({ instanceId }, index) => {
    const held = heldBy.get(instanceId) ?? [];
    const primary = held.filter(({ nicType }) => nicType === 'Primary').length;
    const issues = [
      ...(held.length > maxNicsPerInstance
        ? [`holds ${held.length} vNICs, but at most ${maxNicsPerInstance} are possible`]
        : []),
      ...(primary > 1 ? [`has ${primary} primary vNICs, but only one is possible`] : []),
    ];
    return issues.map((issue) => `instances[${index}] "${instanceId}": ${issue}`);
  });
}

function wronglyHeld({ instances, nics }: World, leaving: ReadonlySet<string>): string[] {
  const zones = new Map(instances.map(({ instanceId, zoneId }) => [instanceId, zoneId]));
  const issueOf = ({ nicId, instanceId, regionId, status, nicType }: WorldNic): string | undefined => {
    if (instanceId === undefined) {
      if (HELD_STATUSES.has(status)) return `missing, but the status is ${status}`;
      return nicType === 'Primary' ? 'missing, but a primary vNIC belongs to an instance' : undefined;
    }
    if (FREE_STATUSES.has(status)) return `must be absent, because the status is ${status}`;
    const zone = zones.get(instanceId);
    if (zone === undefined) {
      return leaving.has(nicId) && status === 'DETACHING'
        ? undefined
        : `there is no instance "${instanceId}"`;
    }
    return isInRegion(zone, regionId) ? undefined : `the instance is in ${zone}, the vNIC in ${regionId}`;
  };
  return nics.flatMap((nic, index) => {
    const issue = issueOf(nic);
    return issue === undefined ? [] : [`nics[${index}].instanceId of "${nic.nicId}": ${issue}`];
  });
}
