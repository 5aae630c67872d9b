import { isInRegion, type InstanceId, type NicId } from '../../zec/ids';
import { describeInstancesById, listInstances, listNetworkInterfaces } from '../../zec/paging';
import type { InstanceInfo, NicInfo, ZecApi } from '../../zec/types';

export interface NicEntry {
  readonly nic: NicInfo;
  /** An inconsistency or a change. Empty if there is none. */
  readonly note: string;
}

export interface InstanceEntry {
  readonly instance: InstanceInfo;
  readonly nics: readonly NicEntry[];
}

export interface StatusInventory {
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
): Promise<StatusInventory> {
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

function groupByInstance(instances: readonly InstanceInfo[], nics: readonly NicInfo[]): StatusInventory {
  const known = new Map(nics.map((nic) => [nic.nicId, nic]));
  const groups = instances
    .toSorted((a, b) => (a.instanceId < b.instanceId ? -1 : 1))
    .map((instance) => {
      const note = 'listed by the instance, but not reported by the vNIC';
      const listed = instance.nics.map((nic) => ({ nic: known.get(nic.nicId) ?? nic, note }));
      return { instance, entries: new Map<NicId, NicEntry>(listed.map((each) => [each.nic.nicId, each])) };
    });
  const groupOf = new Map(groups.map((group) => [group.instance.instanceId, group]));
  const listedIds = new Set(groups.flatMap(({ entries }) => [...entries.keys()]));
  const others: NicEntry[] = [];
  for (const nic of nics) {
    const { nicId, instanceId, status } = nic;
    const entries = instanceId && groupOf.get(instanceId)?.entries;
    if (entries) {
      // While a vNIC is attaching or detaching, the instance may or may not list it.
      const isMissing = status === 'USED' && !entries.has(nicId);
      entries.set(nicId, { nic, note: isMissing ? 'not listed by the instance' : '' });
    } else if (!listedIds.has(nicId)) {
      others.push({ nic, note: instanceId ? `attached to ${instanceId}, which is not listed here` : '' });
    }
  }
  return {
    instances: groups.map(({ instance, entries }) => ({ instance, nics: sorted([...entries.values()]) })),
    otherNics: sorted(others),
  };
}

function sorted(entries: readonly NicEntry[]): NicEntry[] {
  return entries.toSorted((a, b) => (a.nic.nicId < b.nic.nicId ? -1 : 1));
}

/**
 * Filters locally, because the API does not document whether its own filter matches whole names or substrings. An
 * instance that matches keeps all its vNICs.
 */
function filterByName({ instances, otherNics }: StatusInventory, name: string): StatusInventory {
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
export function withChanges(
  inventory: StatusInventory,
  previous: StatusInventory | undefined,
): StatusInventory {
  if (previous === undefined) return inventory;
  const known = new Map(nicsOf(previous).map(({ nic }) => [nic.nicId, nic]));
  const annotate = ({ nic, note }: NicEntry): NicEntry => {
    const before = known.get(nic.nicId);
    const changes = [
      before === undefined && 'new',
      before && before.status !== nic.status && `was ${before.status}`,
      before?.instanceId && before.instanceId !== nic.instanceId && `was attached to ${before.instanceId}`,
    ].filter(Boolean);
    return { nic, note: [note, changes.join(', ')].filter(Boolean).join('; ') };
  };
  return {
    instances: inventory.instances.map(({ instance, nics }) => ({ instance, nics: nics.map(annotate) })),
    otherNics: inventory.otherNics.map(annotate),
  };
}

export function nicsOf({ instances, otherNics }: StatusInventory): readonly NicEntry[] {
  return [...instances.flatMap(({ nics }) => nics), ...otherNics];
}
