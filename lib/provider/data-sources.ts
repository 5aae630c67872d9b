import { attribute, dataSource, defineSchema, DiagnosticError, types } from '../plugin';
import { parseInstanceId, parseNicId } from '../zec/ids';
import type { ProviderClient } from './client';
import { CHECK_ID } from './preflight';

const text = (description: string) => attribute(types.string, { computed: true, description });
const list = (description: string) => attribute(types.list(types.string), { computed: true, description });
const notFound = (what: string, attributeName: string) =>
  new DiagnosticError(`${what} does not exist`, { detail: CHECK_ID, path: [attributeName] });

const nicSchema = defineSchema({
  description: 'Reads a vNIC.',
  attributes: {
    nic_id: attribute(types.string, { required: true, description: 'The ID of the vNIC.' }),
    name: text('The name of the vNIC.'),
    status: text('The status, such as `AVAILABLE` or `USED`.'),
    nic_type: text('`Primary` or `Secondary`.'),
    region_id: text('The region ID.'),
    instance_id: text('The ID of the instance that the vNIC is attached to; null if it is free.'),
    mac_address: text('The MAC address.'),
    primary_ipv4: text('The primary IPv4 address.'),
    private_ips: list('All private IP addresses.'),
    public_ips: list('All public IP addresses.'),
    vpc_id: text('The VPC ID.'),
    subnet_id: text('The subnet ID.'),
    security_group_id: text('The security group ID.'),
  },
});

/** The data source `zec_nic`. */
export const nic = dataSource<typeof nicSchema, ProviderClient>({
  schema: nicSchema,
  read: async (config, { client, signal }) => {
    const nicId = parseNicId(config.nic_id);
    const found = await client.nic(nicId, signal);
    if (found === undefined) throw notFound(`vNIC ${nicId}`, 'nic_id');
    return {
      nic_id: nicId,
      name: found.name ?? null,
      status: found.status,
      nic_type: found.nicType ?? null,
      region_id: found.regionId ?? null,
      instance_id: found.instanceId ?? null,
      mac_address: found.macAddress ?? null,
      primary_ipv4: found.primaryIpv4 ?? null,
      private_ips: found.privateIpList ?? [],
      public_ips: found.publicIpList ?? [],
      vpc_id: found.vpcId ?? null,
      subnet_id: found.subnetId ?? null,
      security_group_id: found.securityGroupId ?? null,
    };
  },
});

const instanceSchema = defineSchema({
  description: 'Reads an instance.',
  attributes: {
    instance_id: attribute(types.string, { required: true, description: 'The ID of the instance.' }),
    name: text('The name of the instance.'),
    status: text('The status, such as `RUNNING`.'),
    zone_id: text('The zone ID.'),
    nic_ids: list('The IDs of its vNICs, including the primary one.'),
    private_ips: list('The private IP addresses.'),
    public_ips: list('The public IP addresses.'),
  },
});

/** The data source `zec_instance`. */
export const instance = dataSource<typeof instanceSchema, ProviderClient>({
  schema: instanceSchema,
  read: async (config, { client, signal }) => {
    const instanceId = parseInstanceId(config.instance_id);
    const found = await client.instance(instanceId, signal);
    if (found === undefined) throw notFound(`Instance ${instanceId}`, 'instance_id');
    return {
      instance_id: instanceId,
      name: found.instanceName ?? null,
      status: found.status,
      zone_id: found.zoneId ?? null,
      nic_ids: found.nics.map(({ nicId }) => nicId),
      private_ips: found.privateIpAddresses ?? [],
      public_ips: found.publicIpAddresses ?? [],
    };
  },
});
