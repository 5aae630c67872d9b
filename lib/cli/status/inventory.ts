import { isInRegion } from '../../zec/ids';
import type { InstanceId, NicId } from '../../zec/ids';
import { describeInstancesById, listInstances, listNetworkInterfaces } from '../../zec/paging';
import type { InstanceInfo, NicInfo, ZecApi } from '../../zec/types';

export interface Filter {
  readonly instanceId?: InstanceId | undefined;
  readonly region?: string | undefined;
  /** A part of the name of an instance or a vNIC, in any case. */
  readonly name?: string | undefined;
}

export interface HeldNic {
  readonly nic: NicInfo;
  /** What does not agree about it. */
  readonly note: string;
}

/** An instance with its vNICs. */
export interface Group {
  readonly instance: InstanceInfo;
  readonly nics: readonly HeldNic[];
}

export interface Inventory {
  readonly groups: readonly Group[];
  /** vNICs that no instance in the list holds or lists. */
  readonly others: readonly HeldNic[];
}

/**
 * The instances and vNICs of the account that the filter admits, in the order of their ids.
 * @throws ZecError
 */
export async function takeInventory(api: ZecApi, filter: Filter, signal?: AbortSignal): Promise<Inventory> {
  const { instanceId, region, name } = filter;
  const options = { signal };
  const asked = {
    ...(instanceId === undefined ? {} : { instanceId }),
    ...(region === undefined ? {} : { regionId: region }),
  };
  const nics = await listNetworkInterfaces(api, asked, options);
  const instances =
    instanceId === undefined
      ? await listInstances(api, {}, options)
      : [...(await describeInstancesById(api, [instanceId], options)).values()];
  const inRegion = instances.filter(({ zoneId }) => region === undefined || isInRegion(zoneId, region));
  const inventory = grouped(inRegion, nics);
  return name === undefined ? inventory : named(inventory, name.toLowerCase());
}

function grouped(instances: readonly InstanceInfo[], nics: readonly NicInfo[]): Inventory {
  const ids = new Set(instances.map(({ instanceId }) => instanceId));
  const listedAnywhere = new Set(instances.flatMap((instance) => instance.nics.map(({ nicId }) => nicId)));
  const known = new Map<NicId, NicInfo>(nics.map((nic) => [nic.nicId, nic]));
  const held = new Map<InstanceId, NicInfo[]>();
  for (const nic of nics) {
    if (nic.instanceId === undefined) continue;
    const others = held.get(nic.instanceId);
    if (others === undefined) held.set(nic.instanceId, [nic]);
    else others.push(nic);
  }
  return {
    groups: instances.toSorted(by(({ instanceId }) => instanceId)).map((instance) => {
      const listed = new Set(instance.nics.map(({ nicId }) => nicId));
      const own = held.get(instance.instanceId) ?? [];
      const claimed = new Set(own.map(({ nicId }) => nicId));
      const onlyListed = instance.nics.filter(({ nicId }) => !claimed.has(nicId));
      return {
        instance,
        nics: [
          ...own.map((nic) => ({ nic, note: noteOf(nic, listed.has(nic.nicId)) })),
          ...onlyListed.map((nic) => ({
            nic: known.get(nic.nicId) ?? nic,
            note: 'listed by the instance; the vNIC does not say so',
          })),
        ].sort(by(({ nic }) => nic.nicId)),
      };
    }),
    others: nics
      .filter(({ nicId, instanceId }) => !listedAnywhere.has(nicId) && !(instanceId && ids.has(instanceId)))
      .map((nic) => ({
        nic,
        note: nic.instanceId === undefined ? '' : `held by ${nic.instanceId}, which is not in this list`,
      }))
      .sort(by(({ nic }) => nic.nicId)),
  };
}

/** On its way, the instance need not list it yet. */
function noteOf({ status }: NicInfo, listed: boolean): string {
  return status === 'USED' && !listed ? 'not listed by the instance' : '';
}

/**
 * By name here and not by the API's own filter: its pages do not say whether that means a whole name or a part, and a
 * vNIC belongs in the list also when its instance has the name.
 */
function named({ groups, others }: Inventory, name: string): Inventory {
  const has = (text = '') => text.toLowerCase().includes(name);
  return {
    groups: groups.flatMap(({ instance, nics }) => {
      if (has(instance.instanceName)) return [{ instance, nics }];
      const matching = nics.filter(({ nic }) => has(nic.name));
      return matching.length === 0 ? [] : [{ instance, nics: matching }];
    }),
    others: others.filter(({ nic }) => has(nic.name)),
  };
}

/** The inventory with a note at each vNIC that changed since the previous read. */
export function withChanges(inventory: Inventory, before: Inventory | undefined): Inventory {
  if (before === undefined) return inventory;
  const known = new Map(nicsOf(before).map((held) => [held.nic.nicId, held.nic]));
  const noted = ({ nic, note }: HeldNic): HeldNic => {
    const was = known.get(nic.nicId);
    const changes = [
      ...(was === undefined ? ['new'] : []),
      ...(was === undefined || was.status === nic.status ? [] : [`was ${was.status}`]),
      ...(was?.instanceId === undefined || was.instanceId === nic.instanceId
        ? []
        : [`was at ${was.instanceId}`]),
    ];
    return { nic, note: [note, changes.join(', ')].filter((each) => each !== '').join('; ') };
  };
  const group = ({ instance, nics }: Group): Group => ({ instance, nics: nics.map(noted) });
  return { groups: inventory.groups.map(group), others: inventory.others.map(noted) };
}

function nicsOf({ groups, others }: Inventory): readonly HeldNic[] {
  return [...groups.flatMap(({ nics }) => nics), ...others];
}

function by<T>(key: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => (key(a) < key(b) ? -1 : 1);
}
