import { createHash } from 'node:crypto';
import type { NicState } from './truth';
import type { WorldInstance } from './world';

/** The statuses in which an instance's own list shows a vNIC. */
export const LISTED: ReadonlySet<string> = new Set(['USED', 'DETACHING']);

/** All documented fields of an instance except those of its vNICs. Omitted fields are derived from its ID. */
export function instanceFields(instance: WorldInstance) {
  const {
    instanceId,
    instanceName = instanceId,
    resourceGroupId,
    tags = [],
    guestAgent = true,
    loadBalancerIds = [],
    ...fields
  } = instance;
  return {
    instanceType: 'z2a.cpu.4',
    cpu: 4,
    memory: 8,
    imageId: 'ubuntu2404_20250101',
    imageName: 'Ubuntu Server 24.04 LTS',
    timeZone: 'Asia/Shanghai',
    nicNetworkType: 'Auto',
    systemDisk: {
      diskId: `disk-${instanceId}`,
      diskSize: 40,
      diskCategory: 'Standard NVMe SSD',
      burstingEnabled: false,
    },
    dataDisks: [],
    keyId: null,
    subnetId: `subnet-${instance.zoneId.slice(0, -1)}`,
    securityGroupId: 'sg-default',
    enableAgent: guestAgent,
    enableAgentMonitor: false,
    enableIpForward: false,
    createTime: '2025-01-01T00:00:00Z',
    expiredTime: null,
    ...fields,
    instanceId,
    instanceName,
    ...groupOf(resourceGroupId),
    tags: { tags },
    loadBalancerIds,
    placementGroupId: null,
    instanceOptions: { nestedVirtualization: false },
  };
}

/** An instance as DescribeInstances returns it. */
export function instanceInfo(instance: WorldInstance, listed: readonly NicState[]) {
  const nics = listed.map(nicInfo);
  return {
    ...instanceFields(instance),
    nics,
    privateIpAddresses: nics.flatMap((nic) => nic.privateIpList),
    publicIpAddresses: nics.flatMap((nic) => nic.publicIpList),
  };
}

/** A vNIC as DescribeNetworkInterfaces returns it. Omitted fields are derived from its ID. */
export function nicInfo(nic: NicState) {
  const { lbAssociated: _, createdAt, changedAt, resourceGroupId, tags = [], ...fields } = nic;
  const digest = createHash('sha256').update(nic.nicId).digest();
  const { primaryIpv4 = generatedIpv4(digest), secondaryIpv4s = [] } = nic;
  const { privateIpList = [primaryIpv4, ...secondaryIpv4s], publicIpList = [] } = nic;
  return {
    nicSubnetType: 'IPv4',
    primaryIpv4,
    primaryIpv6: null,
    ipv6Cidr: null,
    secondaryIpv4s,
    macAddress: generatedMac(digest),
    vpcId: 'vpc-default',
    subnetId: `subnet-${nic.regionId}`,
    securityGroupId: 'sg-default',
    createTime: seconds(createdAt),
    updateTime: seconds(changedAt),
    ...fields,
    name: nic.name ?? nic.nicId,
    privateIpList,
    publicIpList,
    resourceGroup: groupOf(resourceGroupId),
    tags: { tags },
  };
}

function groupOf(resourceGroupId = 'rg-default') {
  return { resourceGroupId, resourceGroupName: resourceGroupId };
}

function generatedIpv4(digest: Buffer): string {
  return `10.${digest.readUInt8(0)}.${digest.readUInt8(1)}.${1 + (digest.readUInt8(2) % 254)}`;
}

// 02 marks a locally administered address.
function generatedMac(digest: Buffer): string {
  return ['02', ...[3, 4, 5, 6, 7].map((at) => digest.toString('hex', at, at + 1))].join(':');
}

function seconds(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
