import type { Target, View } from '../handler';
import { viewOf } from '../handler/view';
import type { Endpoint, Endpoints, UnknownReason } from '../terraform';
import { oneLine } from '../zec/errors';
import type { InstanceId, NicId } from '../zec/ids';
import { describeInstancesById, describeNics } from '../zec/paging';
import type { CallOptions, InstanceInfo, NicInfo, ZecApi } from '../zec/types';
import type { InstanceView, NicView } from './model';

/** The vNICs and instances that a plan or a state references, as read from the API once. */
export class Inventory {
  public constructor(
    public readonly nics: ReadonlyMap<NicId, NicInfo>,
    public readonly instances: ReadonlyMap<InstanceId, InstanceInfo>,
  ) {}

  public viewOf(target: Target): View {
    const [nic, instance] = [this.nics.get(target.nicId), this.instances.get(target.instanceId)];
    return viewOf(target, { nic, instance });
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
  const nicIds = named.flatMap(({ nic }) => (nic.known ? nic.id : []));
  const nics = await describeNics(api, [...new Set(nicIds)], options);
  const holders = [...nics.values()].flatMap(({ instanceId }) => instanceId ?? []);
  const instanceIds = named.flatMap(({ instance }) => (instance.known ? instance.id : []));
  const instances = await describeInstancesById(api, [...new Set(instanceIds), ...holders], options);
  return new Inventory(nics, instances);
}

/** The two IDs; `undefined` unless both are known. */
export function targetOf({ nic, instance }: Endpoints): Target | undefined {
  return nic.known && instance.known ? { nicId: nic.id, instanceId: instance.id } : undefined;
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
  if (text === undefined) return undefined;
  const line = oneLine(text.replace(/\p{Cs}/gu, '\uFFFD'));
  const characters = Array.from(line);
  if (line === '') return undefined;
  return characters.length > maxLength ? `${characters.slice(0, maxLength - 1).join('')}…` : line;
}

export function nicView(endpoint: Endpoint<NicId>, inventory: Inventory | undefined): NicView {
  const base = { ...baseOf(endpoint), publicIps: [], privateIps: [] };
  if (!endpoint.known || inventory === undefined) return base;
  const nic = inventory.nics.get(endpoint.id);
  if (nic === undefined) return { ...base, status: 'missing' };
  const { privateIpList = [], primaryIpv4, primaryIpv6, secondaryIpv4s = [] } = nic;
  return {
    ...base,
    name: nameOf(nic.name, endpoint.id),
    status: nic.status,
    region: display(nic.regionId),
    publicIps: addresses(nic.publicIpList),
    privateIps: addresses([...privateIpList, primaryIpv4, primaryIpv6, ...secondaryIpv4s]),
  };
}

export function instanceView(endpoint: Endpoint<InstanceId>, inventory: Inventory | undefined): InstanceView {
  const base = baseOf(endpoint);
  if (!endpoint.known || inventory === undefined) return base;
  const instance = inventory.instances.get(endpoint.id);
  if (instance === undefined) return { ...base, status: 'missing' };
  const { instanceName, status, zoneId } = instance;
  return { ...base, name: nameOf(instanceName, endpoint.id), status, zone: display(zoneId) };
}

function baseOf(endpoint: Endpoint<string>): { readonly id: string | undefined; readonly label: string } {
  return endpoint.known
    ? { id: endpoint.id, label: endpoint.id }
    : { id: undefined, label: UNKNOWN[endpoint.why] };
}

/** The name, unless it repeats the ID. */
function nameOf(name: string | undefined, id: string): string | undefined {
  return name === id ? undefined : display(name);
}

function addresses(list: readonly (string | undefined)[] = []): readonly string[] {
  const all = [...new Set(list.flatMap((each) => display(each, 64) ?? []))];
  return all.length > MAX_ADDRESSES
    ? [...all.slice(0, MAX_ADDRESSES), `and ${all.length - MAX_ADDRESSES} more`]
    : all;
}
