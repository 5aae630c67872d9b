import { isInRegion } from '../../zec/ids';
import type { InstanceId, NicId } from '../../zec/ids';
import { describeInstancesById, listInstances, listNetworkInterfaces } from '../../zec/paging';
import type { InstanceInfo, NicInfo, ZecApi } from '../../zec/types';

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
 * @param filter `name` is a part of the name of an instance or a vNIC, case-insensitive
 * @throws ZecError
 */
export async function listInventory(
  api: ZecApi,
  filter: { readonly instanceId?: InstanceId; readonly region?: string; readonly name?: string },
  signal?: AbortSignal,
): Promise<Inventory> {
  const { instanceId, region, name } = filter;
  const options = { signal };
  const request = { ...(instanceId && { instanceId }), ...(region !== undefined && { regionId: region }) };
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
  const known = new Map(nics.map((nic) => [nic.nicId, nic]));
  const nicsByInstance = new Map<InstanceId | undefined, NicInfo[]>();
  for (const nic of nics) {
    const others = nicsByInstance.get(nic.instanceId);
    if (others === undefined) nicsByInstance.set(nic.instanceId, [nic]);
    else others.push(nic);
  }
  const grouped = new Set<NicId>();
  const entriesOf = ({ instanceId, nics: listed }: InstanceInfo): NicEntry[] => {
    const entries = new Map<NicId, NicEntry>();
    for (const nic of listed) {
      const note = 'listed by the instance, but not reported by the vNIC';
      entries.set(nic.nicId, { nic: known.get(nic.nicId) ?? nic, note });
    }
    for (const nic of nicsByInstance.get(instanceId) ?? []) {
      // While a vNIC is attaching or detaching, the instance may or may not list it.
      const isMissing = nic.status === 'USED' && !entries.has(nic.nicId);
      entries.set(nic.nicId, { nic, note: isMissing ? 'not listed by the instance' : '' });
    }
    for (const nicId of entries.keys()) grouped.add(nicId);
    return [...entries.values()].sort(by(({ nic }) => nic.nicId));
  };
  return {
    instances: instances
      .toSorted(by(({ instanceId }) => instanceId))
      .map((instance) => ({ instance, nics: entriesOf(instance) })),
    otherNics: nics
      .filter(({ nicId }) => !grouped.has(nicId))
      .map((nic) => ({
        nic,
        note: nic.instanceId === undefined ? '' : `attached to ${nic.instanceId}, which is not listed here`,
      }))
      .sort(by(({ nic }) => nic.nicId)),
  };
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
    const changes =
      before === undefined
        ? ['new']
        : [
            ...(before.status === nic.status ? [] : [`was ${before.status}`]),
            ...(before.instanceId === undefined || before.instanceId === nic.instanceId
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

export function nicsOf({ instances, otherNics }: Inventory): readonly NicEntry[] {
  return [...instances.flatMap(({ nics }) => nics), ...otherNics];
}

function by<T>(key: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => (key(a) < key(b) ? -1 : 1);
}
