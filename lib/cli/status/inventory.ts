import { isInRegion } from '../../zec/ids';
import type { InstanceId, NicId } from '../../zec/ids';
import { describeInstancesById, listInstances, listNetworkInterfaces } from '../../zec/paging';
import type { InstanceInfo, NicInfo, ZecApi } from '../../zec/types';

export interface Filter {
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
  readonly groups: readonly InstanceEntry[];
  /** vNICs without an instance in this inventory. */
  readonly others: readonly NicEntry[];
}

/**
 * Lists the instances and vNICs of the account that match the filter, sorted by ID.
 * @throws ZecError
 */
export async function listInventory(api: ZecApi, filter: Filter, signal?: AbortSignal): Promise<Inventory> {
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
            note: 'listed by the instance, but not reported by the vNIC',
          })),
        ].sort(by(({ nic }) => nic.nicId)),
      };
    }),
    others: nics
      .filter(({ nicId, instanceId }) => !listedAnywhere.has(nicId) && !(instanceId && ids.has(instanceId)))
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
function filterByName({ groups, others }: Inventory, name: string): Inventory {
  const matches = (text = '') => text.toLowerCase().includes(name);
  return {
    groups: groups.flatMap(({ instance, nics }) => {
      if (matches(instance.instanceName)) return [{ instance, nics }];
      const matching = nics.filter(({ nic }) => matches(nic.name));
      return matching.length === 0 ? [] : [{ instance, nics: matching }];
    }),
    others: others.filter(({ nic }) => matches(nic.name)),
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
  const annotateInstance = ({ instance, nics }: InstanceEntry): InstanceEntry => ({
    instance,
    nics: nics.map(annotate),
  });
  return { groups: inventory.groups.map(annotateInstance), others: inventory.others.map(annotate) };
}

function nicsOf({ groups, others }: Inventory): readonly NicEntry[] {
  return [...groups.flatMap(({ nics }) => nics), ...others];
}

function by<T>(key: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => (key(a) < key(b) ? -1 : 1);
}
