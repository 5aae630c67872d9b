import type { End, Untold } from '../terraform';
import { oneLine } from '../zec/errors';
import type { InstanceId, NicId } from '../zec/ids';
import type { InstanceInfo, NicInfo } from '../zec/types';
import type { Look } from './look';
import type { ShownInstance, ShownNic } from './model';

const MAX_TEXT = 128;
const MAX_ADDRESSES = 16;
export const MISSING = 'missing';

const UNTOLD: Readonly<Record<Untold, string>> = {
  'after-apply': '(known after apply)',
  sensitive: '(sensitive)',
  'not-an-id': '(not an id)',
};

/** Text from outside, on one line and not too long; `undefined` if nothing is left of it. */
export function shown(text: string | undefined, maxLength = MAX_TEXT): string | undefined {
  if (text === undefined) return undefined;
  const line = oneLine(text.replace(/\p{Cs}/gu, '\uFFFD'));
  const characters = Array.from(line);
  if (line === '') return undefined;
  return characters.length > maxLength ? `${characters.slice(0, maxLength - 1).join('')}…` : line;
}

export function shownNic(end: End<NicId>, look: Look | undefined): ShownNic {
  if (!end.known) return { id: undefined, label: UNTOLD[end.why], publicIps: [], privateIps: [] };
  const { id } = end;
  if (look === undefined) return { id, label: id, publicIps: [], privateIps: [] };
  const nic = look.nics.get(id);
  if (nic === undefined) return { id, label: id, status: MISSING, publicIps: [], privateIps: [] };
  return {
    id,
    label: id,
    name: nameOf(nic.name, id),
    status: nic.status,
    region: shown(nic.regionId),
    publicIps: addresses(nic.publicIpList),
    privateIps: privateAddresses(nic),
  };
}

export function shownInstance(end: End<InstanceId>, look: Look | undefined): ShownInstance {
  if (!end.known) return { id: undefined, label: UNTOLD[end.why] };
  const { id } = end;
  const base = { id, label: id };
  if (look === undefined) return base;
  return instanceOf(base, look.instances.get(id));
}

function instanceOf(base: ShownInstance, instance: InstanceInfo | undefined): ShownInstance {
  if (instance === undefined) return { ...base, status: MISSING };
  return {
    ...base,
    name: nameOf(instance.instanceName, base.label),
    status: instance.status,
    zone: shown(instance.zoneId),
  };
}

/** A name, unless it says the id again. */
function nameOf(name: string | undefined, id: string): string | undefined {
  return name === id ? undefined : shown(name);
}

function privateAddresses(nic: NicInfo): readonly string[] {
  const { privateIpList = [], primaryIpv4, primaryIpv6, secondaryIpv4s = [] } = nic;
  return addresses([
    ...privateIpList,
    ...[primaryIpv4, primaryIpv6].flatMap((each) => each ?? []),
    ...secondaryIpv4s,
  ]);
}

function addresses(list: readonly string[] = []): readonly string[] {
  const all = [...new Set(list.flatMap((each) => shown(each, 64) ?? []))];
  return all.length > MAX_ADDRESSES
    ? [...all.slice(0, MAX_ADDRESSES), `and ${all.length - MAX_ADDRESSES} more`]
    : all;
}

/** `nic-1 (storage)`, or the id alone. */
export function named({
  label,
  name,
}: {
  readonly label: string;
  readonly name?: string | undefined;
}): string {
  return name === undefined ? label : `${label} (${name})`;
}
