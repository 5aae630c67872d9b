import type { View } from '../handler';
import { viewOf } from '../handler/view';
import { compare } from '../terraform';
import type { Endpoint, Endpoints, PlannedAttachment, State, UnknownReason } from '../terraform';
import { toSingleLine } from '../zec/errors';
import type { InstanceId, NicId } from '../zec/ids';
import { describeInstancesById, describeNics } from '../zec/paging';
import type { CallOptions, InstanceInfo, NicInfo, ZecApi } from '../zec/types';
import type { EndpointView, InstanceView, NicView } from './model';

/** The vNICs and instances that a plan or a state references, as read from the API once. */
export class Inventory {
  public constructor(
    public readonly nics: ReadonlyMap<NicId | undefined, NicInfo>,
    public readonly instances: ReadonlyMap<InstanceId | undefined, InstanceInfo>,
    /** IDs that were not found, but may belong to another account. */
    private readonly unchecked: ReadonlySet<string | undefined> = new Set(),
  ) {}

  /**
   * The same inventory, in which attachments are not checked if nothing of them was found and their provider has settings of
   * its own.
   */
  public forPlan(attachments: readonly PlannedAttachment[]): Inventory {
    const idsOf = ({ before, after }: PlannedAttachment) =>
      [before, after].flatMap((each) => (each ? [each.nic.id, each.instance.id] : []));
    const isFound = (id: string | undefined) =>
      this.nics.has(id as NicId) || this.instances.has(id as InstanceId);
    const other = attachments.filter((each) => each.hasOwnSettings && !idsOf(each).some(isFound));
    return new Inventory(this.nics, this.instances, new Set(other.flatMap(idsOf)));
  }

  public isChecked(id: string | undefined): boolean {
    return id === undefined || !this.unchecked.has(id);
  }

  /** What the API shows of an attachment; `undefined` unless both IDs are known. */
  public viewOf({ nic, instance }: Endpoints): View | undefined {
    if (nic.id === undefined || instance.id === undefined) return undefined;
    if (!this.isChecked(nic.id) || !this.isChecked(instance.id)) return undefined;
    const found = { nic: this.nics.get(nic.id), instance: this.instances.get(instance.id) };
    return viewOf({ nicId: nic.id, instanceId: instance.id }, found);
  }
}

/**
 * Reads the referenced vNICs and instances, and the instances that hold the vNICs, up to 100 IDs per request.
 * @throws ZecError
 */
export async function readInventory(
  api: ZecApi,
  attachments: readonly (Endpoints | undefined)[],
  options: CallOptions = {},
): Promise<Inventory> {
  const named = attachments.flatMap((each) => each ?? []);
  const nicIds = named.flatMap(({ nic }) => nic.id ?? []);
  const nics = await describeNics(api, [...new Set(nicIds)], options);
  const holders = [...nics.values()].flatMap(({ instanceId }) => instanceId ?? []);
  const instanceIds = named.flatMap(({ instance }) => instance.id ?? []);
  const instances = await describeInstancesById(api, [...new Set(instanceIds), ...holders], options);
  return new Inventory(nics, instances);
}

/**
 * Reads the attached secondary vNICs of the instances in the state that are not in it, by ID. None if the state hides
 * some of its vNICs.
 * @throws ZecError
 */
export async function readUnmanaged(
  api: ZecApi,
  { attachments, nicIds, unknownNics }: State,
  { instances }: Inventory,
  options: CallOptions = {},
): Promise<readonly NicInfo[]> {
  if (unknownNics > 0) return [];
  const instanceIds = new Set(attachments.flatMap(({ endpoints }) => endpoints.instance.id ?? []));
  const isCandidate = ({ nicId, nicType }: NicInfo) => nicType !== 'Primary' && !nicIds.has(nicId);
  const listed = [...instanceIds].flatMap((id) => instances.get(id)?.nics.filter(isCandidate) ?? []);
  const listedIds = listed.map(({ nicId }) => nicId);
  const nics = await describeNics(api, listedIds, options);
  return [...nics.values()]
    .filter(
      (nic) => isCandidate(nic) && nic.status === 'USED' && nic.instanceId && instanceIds.has(nic.instanceId),
    )
    .sort((a, b) => compare(a.nicId, b.nicId));
}

const MAX_TEXT = 128;
const MAX_ADDRESSES = 16;
const UNKNOWN: Readonly<Record<UnknownReason, string>> = {
  'after-apply': '(known after apply)',
  sensitive: '(sensitive)',
  'not-an-id': '(invalid ID)',
};

/** Untrusted text on one line, truncated to `maxLength` characters; `undefined` if it is empty. */
export function display(text: string | undefined, maxLength = MAX_TEXT): string | undefined {
  const line = toSingleLine((text ?? '').replace(/\p{Cs}/gu, '\uFFFD'));
  const characters = Array.from(line);
  return characters.length > maxLength
    ? `${characters.slice(0, maxLength - 1).join('')}…`
    : line || undefined;
}

export function nicView(endpoint: Endpoint<NicId>, inventory: Inventory | undefined): NicView {
  const nic = inventory?.nics.get(endpoint.id);
  const { privateIpList = [], primaryIpv4, primaryIpv6, secondaryIpv4s = [] } = nic ?? {};
  return {
    ...endpointView(endpoint, inventory, nic?.name, nic?.status),
    region: display(nic?.regionId),
    publicIps: addresses(nic?.publicIpList ?? []),
    privateIps: addresses([...privateIpList, primaryIpv4, primaryIpv6, ...secondaryIpv4s]),
  };
}

export function instanceView(endpoint: Endpoint<InstanceId>, inventory: Inventory | undefined): InstanceView {
  const instance = inventory?.instances.get(endpoint.id);
  return {
    ...endpointView(endpoint, inventory, instance?.instanceName, instance?.status),
    zone: display(instance?.zoneId),
  };
}

/** @param status `undefined` if the API does not know the object */
export function endpointView(
  endpoint: Endpoint,
  inventory: Inventory | undefined,
  name: string | undefined,
  status = 'missing',
): EndpointView {
  const { id } = endpoint;
  if (id === undefined) return { id, label: UNKNOWN[endpoint.why], name: undefined, status: undefined };
  const isChecked = inventory?.isChecked(id) === true;
  return {
    id,
    label: id,
    name: name === id ? undefined : display(name),
    status: isChecked ? status : undefined,
  };
}

function addresses(list: readonly (string | undefined)[]): readonly string[] {
  const all = [...new Set(list.flatMap((each) => display(each, 64) ?? []))];
  return all.length > MAX_ADDRESSES
    ? [...all.slice(0, MAX_ADDRESSES), `and ${all.length - MAX_ADDRESSES} more`]
    : all;
}
