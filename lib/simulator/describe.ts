import { createHash } from 'node:crypto';
import type { InstanceInfo, NicInfo } from '../zec/types';
import type { Parameters } from './rules';
import type { NicState } from './truth';
import type { WorldInstance } from './world';

/** One page of what a Describe call found. */
interface Found<Item> extends Readonly<Record<string, unknown>> {
  readonly totalCount: number;
  readonly dataSet: readonly Item[];
}

const EXACT_NIC_FILTERS = ['regionId', 'vpcId', 'subnetId', 'instanceId', 'status', 'nicType'] as const;
/** The statuses in which an instance's own list shows a vNIC. */
const LISTED = new Set(['USED', 'DETACHING']);

/** Answers `DescribeNetworkInterfaces`. An empty list of ids is no filter (assumed), and `name` a part of the name. */
export function describeNics(
  nics: readonly NicState[],
  filter: Parameters<'DescribeNetworkInterfaces'>,
): Found<NicInfo> {
  const wanted = idFilter(filter.nicIds);
  const infos = nics
    .filter((nic) => wanted(nic.nicId))
    .map(nicInfo)
    .filter(
      (nic) =>
        EXACT_NIC_FILTERS.every((key) => isOrAny(filter[key], nic[key])) &&
        (nic.name ?? '').includes(filter.name ?? ''),
    );
  return page(infos, filter);
}

/** Answers `DescribeInstances`. */
export function describeInstances(
  instances: readonly WorldInstance[],
  nics: readonly NicState[],
  filter: Parameters<'DescribeInstances'>,
): Found<InstanceInfo> {
  const wanted = idFilter(filter.instanceIds);
  const found = instances.filter(
    (instance) =>
      wanted(instance.instanceId) &&
      isOrAny(filter.zoneId, instance.zoneId) &&
      isOrAny(filter.status, instance.status) &&
      nameOf(instance).includes(filter.name ?? ''),
  );
  const { totalCount, dataSet } = page(found, filter);
  const shown = new Map(dataSet.map(({ instanceId }) => [instanceId, [] as NicInfo[]]));
  for (const nic of nics) {
    if (nic.instanceId !== undefined && LISTED.has(nic.status)) shown.get(nic.instanceId)?.push(nicInfo(nic));
  }
  return {
    totalCount,
    dataSet: dataSet.map((instance) => instanceInfo(instance, shown.get(instance.instanceId) ?? [])),
  };
}

/** Answers `DescribeInstancesStatus`. */
export function describeInstancesStatus(
  instances: readonly WorldInstance[],
  filter: Parameters<'DescribeInstancesStatus'>,
): Found<{ readonly instanceId: InstanceInfo['instanceId']; readonly instanceStatus: string }> {
  const wanted = idFilter(filter.instanceIds);
  const infos = instances
    .filter(({ instanceId }) => wanted(instanceId))
    .map(({ instanceId, status }) => ({ instanceId, instanceStatus: status }));
  return page(infos, filter);
}

function idFilter(ids: readonly string[] | undefined): (id: string) => boolean {
  const wanted = new Set(ids);
  return (id) => wanted.size === 0 || wanted.has(id);
}

function isOrAny(wanted: string | undefined, value: string | undefined): boolean {
  return wanted === undefined || wanted === value;
}

function page<Item>(items: readonly Item[], { pageSize, pageNum }: { pageSize: number; pageNum: number }) {
  const first = (pageNum - 1) * pageSize;
  return { totalCount: items.length, dataSet: items.slice(first, first + pageSize) };
}

function nameOf({ instanceName, instanceId }: WorldInstance): string {
  return instanceName ?? instanceId;
}

function instanceInfo(instance: WorldInstance, nics: readonly NicInfo[]): InstanceInfo {
  const { instanceId, zoneId, status } = instance;
  return {
    instanceId,
    instanceName: nameOf(instance),
    zoneId,
    status,
    nics,
    privateIpAddresses: nics.flatMap((nic) => nic.privateIpList ?? []),
    publicIpAddresses: nics.flatMap((nic) => nic.publicIpList ?? []),
  };
}

/** A vNIC as Describe shows it. What the world does not say follows from the id. */
function nicInfo(nic: NicState): NicInfo {
  const digest = createHash('sha256').update(nic.nicId).digest();
  const primaryIpv4 = nic.primaryIpv4 ?? generatedIpv4(digest);
  const secondaryIpv4s = nic.secondaryIpv4s ?? [];
  return {
    nicId: nic.nicId,
    name: nic.name ?? nic.nicId,
    status: nic.status,
    nicType: nic.nicType,
    regionId: nic.regionId,
    nicSubnetType: nic.nicSubnetType ?? 'IPv4',
    publicIpList: nic.publicIpList ?? [],
    privateIpList: nic.privateIpList ?? [primaryIpv4, ...secondaryIpv4s],
    primaryIpv4,
    primaryIpv6: nic.primaryIpv6,
    ipv6Cidr: nic.ipv6Cidr,
    secondaryIpv4s,
    macAddress: nic.macAddress ?? generatedMac(digest),
    instanceId: nic.instanceId,
    vpcId: nic.vpcId ?? 'vpc-default',
    subnetId: nic.subnetId ?? `subnet-${nic.regionId}`,
    securityGroupId: nic.securityGroupId ?? 'sg-default',
    createTime: seconds(nic.createdAt),
    updateTime: seconds(nic.changedAt),
  };
}

function generatedIpv4(digest: Buffer): string {
  return `10.${digest.readUInt8(0)}.${digest.readUInt8(1)}.${1 + (digest.readUInt8(2) % 254)}`;
}

// 02 marks an address that no manufacturer gave.
function generatedMac(digest: Buffer): string {
  return ['02', ...[3, 4, 5, 6, 7].map((at) => digest.toString('hex', at, at + 1))].join(':');
}

function seconds(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
