import { createHash } from 'node:crypto';
import type { InstanceId } from '../zec/ids';
import type { InstanceInfo, InstanceStatusInfo, NicInfo } from '../zec/types';
import type { Parameters } from './parameters';
import type { NicState } from './truth';
import type { WorldInstance } from './world';

/** One page of what a Describe call found. */
export interface Found<Item> extends Readonly<Record<string, unknown>> {
  readonly totalCount: number;
  readonly dataSet: readonly Item[];
}

/** The statuses in which an instance's own list shows a vNIC. */
const LISTED = new Set(['USED', 'DETACHING']);

/** Answers `DescribeNetworkInterfaces`. An empty list of ids is no filter (assumed), and `name` a part of the name. */
export function describeNics(
  nics: readonly NicState[],
  filter: Parameters<'DescribeNetworkInterfaces'>,
): Found<NicInfo> {
  const ids = idFilter(filter.nicIds);
  const infos = nics
    .filter((nic) => ids(nic.nicId))
    .map(nicInfo)
    .filter(
      (nic) =>
        same(filter.regionId, nic.regionId) &&
        same(filter.vpcId, nic.vpcId) &&
        same(filter.subnetId, nic.subnetId) &&
        same(filter.instanceId, nic.instanceId) &&
        same(filter.status, nic.status) &&
        same(filter.nicType, nic.nicType) &&
        within(filter.name, nic.name),
    );
  return page(infos, filter);
}

/** Answers `DescribeInstances`. */
export function describeInstances(
  instances: readonly WorldInstance[],
  nics: readonly NicState[],
  filter: Parameters<'DescribeInstances'>,
): Found<InstanceInfo> {
  const ids = idFilter(filter.instanceIds);
  const found = instances.filter(
    (instance) =>
      ids(instance.instanceId) &&
      same(filter.zoneId, instance.zoneId) &&
      same(filter.status, instance.status) &&
      within(filter.name, instance.instanceName ?? instance.instanceId),
  );
  const { totalCount, dataSet } = page(found, filter);
  const listed = listedNics(nics);
  return { totalCount, dataSet: dataSet.map((instance) => instanceInfo(instance, listed)) };
}

/** Answers `DescribeInstancesStatus`. */
export function describeInstancesStatus(
  instances: readonly WorldInstance[],
  filter: Parameters<'DescribeInstancesStatus'>,
): Found<InstanceStatusInfo> {
  const ids = idFilter(filter.instanceIds);
  const found = instances.filter((instance) => ids(instance.instanceId));
  const { totalCount, dataSet } = page(found, filter);
  return {
    totalCount,
    dataSet: dataSet.map(({ instanceId, status }) => ({ instanceId, instanceStatus: status })),
  };
}

function idFilter(ids: readonly string[] | undefined): (id: string) => boolean {
  const wanted = new Set(ids);
  return wanted.size === 0 ? () => true : (id) => wanted.has(id);
}

function same(wanted: string | undefined, value: string | undefined): boolean {
  return wanted === undefined || wanted === value;
}

function within(wanted: string | undefined, value: string | undefined): boolean {
  return wanted === undefined || (value ?? '').includes(wanted);
}

function page<Item>(items: readonly Item[], { pageSize, pageNum }: { pageSize: number; pageNum: number }) {
  const first = (pageNum - 1) * pageSize;
  return { totalCount: items.length, dataSet: items.slice(first, first + pageSize) };
}

function listedNics(nics: readonly NicState[]): ReadonlyMap<InstanceId, NicState[]> {
  const listed = new Map<InstanceId, NicState[]>();
  for (const nic of nics) {
    if (nic.instanceId === undefined || !LISTED.has(nic.status)) continue;
    const others = listed.get(nic.instanceId);
    if (others === undefined) listed.set(nic.instanceId, [nic]);
    else others.push(nic);
  }
  return listed;
}

function instanceInfo(
  instance: WorldInstance,
  listed: ReadonlyMap<InstanceId, readonly NicState[]>,
): InstanceInfo {
  const nics = (listed.get(instance.instanceId) ?? []).map(nicInfo);
  return {
    instanceId: instance.instanceId,
    instanceName: instance.instanceName ?? instance.instanceId,
    zoneId: instance.zoneId,
    status: instance.status,
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
