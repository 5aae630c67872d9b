import { createHash } from 'node:crypto';
import type { InstanceInfo, NicInfo } from '../zec/types';
import type { NicState } from './truth';
import type { WorldInstance } from './world';

/** The statuses in which an instance's own list shows a vNIC. */
export const LISTED: ReadonlySet<string> = new Set(['USED', 'DETACHING']);

/** An instance as Describe shows it, with the vNICs that it lists. */
export function instanceInfo(instance: WorldInstance, listed: readonly NicState[]): InstanceInfo {
  const { instanceId, instanceName = instanceId, zoneId, status } = instance;
  const nics = listed.map(nicInfo);
  return {
    instanceId,
    instanceName,
    zoneId,
    status,
    nics,
    privateIpAddresses: nics.flatMap((nic) => nic.privateIpList ?? []),
    publicIpAddresses: nics.flatMap((nic) => nic.publicIpList ?? []),
  };
}

/** A vNIC as Describe shows it. Omitted fields are derived from its ID. */
export function nicInfo(nic: NicState): NicInfo {
  const { lbAssociated: _, createdAt, changedAt, ...fields } = nic;
  const digest = createHash('sha256').update(nic.nicId).digest();
  const { primaryIpv4 = generatedIpv4(digest), secondaryIpv4s = [] } = nic;
  return {
    name: nic.nicId,
    nicSubnetType: 'IPv4',
    publicIpList: [],
    privateIpList: [primaryIpv4, ...secondaryIpv4s],
    primaryIpv4,
    secondaryIpv4s,
    macAddress: generatedMac(digest),
    vpcId: 'vpc-default',
    subnetId: `subnet-${nic.regionId}`,
    securityGroupId: 'sg-default',
    createTime: seconds(createdAt),
    updateTime: seconds(changedAt),
    ...fields,
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
