import { isInRegion } from '../../zec/ids';
import type { InstanceId, NicId } from '../../zec/ids';
import { describeInstancesById, listInstances, listNetworkInterfaces } from '../../zec/paging';
import type { InstanceInfo, NicInfo, ZecApi } from '../../zec/types';

export interface InventoryFilter {
  readonly instanceId?: InstanceId | undefined;
  readonly region?: string | undefined;
  /** Part of the name of an instance or a vNIC, case-insensitive. */
  readonly name?: string | undefined;
}

export interface NicEntry {
  readonly nic: NicInfo;
  /** An inconsistency or a change. Empty if there is none. */
  readonly note: string;
}

/** An instance with its vNICs. */
export interface InstanceEntry {
  readonly instance: InstanceInfo;
  readonly nics: readonly NicEntry[];
}

export interface Inventory {
  readonly instances: readonly InstanceEntry[];
  /** vNICs without an instance in this inventory. */
  readonly otherNics: readonly NicEntry[];
}

/**
 * Lists the instances and vNICs of the account that match the filter, sorted by ID.
 * @throws ZecError
 */
export async function listInventory(
  api: ZecApi,
  filter: InventoryFilter,
  signal?: AbortSignal,
): Promise<Inventory> {
  const { instanceId, region, name } = filter;
  const options = { signal };
  const request = {
    ...(instanceId === undefined ? {} : { instanceId }),
    ...(region === undefined ? {} : { regionId: region }),
  };
  const nics = await listNetworkInterfaces(api, request, options);
  const instances =
    instanceId === undefined
      ? await listInstances(api, {}, options)
      : [...(await describeInstancesById(api, [instanceId], options)).values()];
  const inRegion = instances.filter(({ zoneId }) => region === undefined || isInRegion(zoneId, region));
  const inventory = groupByInstance(inRegion, nics);
  return name === undefined ? inventory : filterByName(inventory, name.toLowerCase());
}

function groupByInstance(instances: readonly InstanceInfo[], nics: readonly NicInfo[]): Inventory {
  const instanceIds = new Set(instances.map(({ instanceId }) => instanceId));
  const listedIds = new Set(instances.flatMap((instance) => instance.nics.map(({ nicId }) => nicId)));
  const known = new Map<NicId, NicInfo>(nics.map((nic) => [nic.nicId, nic]));
  const nicsByInstance = new Map<InstanceId, NicInfo[]>();
  for (const nic of nics) {
    if (nic.instanceId === undefined) continue;
    const others = nicsByInstance.get(nic.instanceId);
    if (others === undefined) nicsByInstance.set(nic.instanceId, [nic]);
    else others.push(nic);
  }
  return {
    instances: instances.toSorted(by(({ instanceId }) => instanceId)).map((instance) => {
      const listed = new Set(instance.nics.map(({ nicId }) => nicId));
      const own = nicsByInstance.get(instance.instanceId) ?? [];
      const ownIds = new Set(own.map(({ nicId }) => nicId));
      const onlyListed = instance.nics.filter(({ nicId }) => !ownIds.has(nicId));
      return {
        instance,
        nics: [
          ...own.map((nic) => ({ nic, note: noteOf(nic, listed.has(nic.nicId)) })),
          ...onlyListed.map((nic) => ({
            nic: known.get(nic.nicId) ?? nic,
            note: 'listed by the instance, but not reported by the vNIC',
          })),
        ].sort(by(({ nic }) => nic.nicId)),
      };
    }),
    otherNics: nics
      .filter(
        ({ nicId, instanceId }) => !listedIds.has(nicId) && !(instanceId && instanceIds.has(instanceId)),
      )
      .map((nic) => ({
        nic,
        note: nic.instanceId === undefined ? '' : `attached to ${nic.instanceId}, which is not listed here`,
      }))
      .sort(by(({ nic }) => nic.nicId)),
  };
}

/** While a vNIC is attaching or detaching, the instance may or may not list it. */
function noteOf({ status }: NicInfo, listed: boolean): string {
  return status === 'USED' && !listed ? 'not listed by the instance' : '';
}

/**
 * Filters locally, because the API does not document whether its own filter matches whole names or substrings. An
 * instance that matches keeps all its vNICs.
 */
function filterByName({ instances, otherNics }: Inventory, name: string): Inventory {
  const matches = (text = '') => text.toLowerCase().includes(name);
  return {
    instances: instances.flatMap(({ instance, nics }) => {
      if (matches(instance.instanceName)) return [{ instance, nics }];
      const matching = nics.filter(({ nic }) => matches(nic.name));
      return matching.length === 0 ? [] : [{ instance, nics: matching }];
    }),
    otherNics: otherNics.filter(({ nic }) => matches(nic.name)),
  };
}

/** Adds a note to each vNIC that changed since the previous read. */
export function withChanges(inventory: Inventory, previous: Inventory | undefined): Inventory {
  if (previous === undefined) return inventory;
  const known = new Map(nicsOf(previous).map(({ nic }) => [nic.nicId, nic]));
  const annotate = ({ nic, note }: NicEntry): NicEntry => {
    const before = known.get(nic.nicId);
    const changes = [
      ...(before === undefined ? ['new'] : []),
      ...(before === undefined || before.status === nic.status ? [] : [`was ${before.status}`]),
      ...(before?.instanceId === undefined || before.instanceId === nic.instanceId
        ? []
        : [`was attached to ${before.instanceId}`]),
    ];
    return { nic, note: [note, changes.join(', ')].filter((each) => each !== '').join('; ') };
  };
  return {
    instances: inventory.instances.map(({ instance, nics }) => ({ instance, nics: nics.map(annotate) })),
    otherNics: inventory.otherNics.map(annotate),
  };
}

function nicsOf({ instances, otherNics }: Inventory): readonly NicEntry[] {
  return [...instances.flatMap(({ nics }) => nics), ...otherNics];
}

function by<T>(key: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => (key(a) < key(b) ? -1 : 1);
}
