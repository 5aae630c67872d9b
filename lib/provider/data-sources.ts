import { attribute, dataSource, defineSchema, DiagnosticError, types } from '../plugin';
import { parseInstanceId, parseNicId } from '../zec/ids';
import type { ProviderClient } from './client';
import { CHECK_ID } from './preflight';

const text = (description: string) => attribute(types.string, { computed: true, description });
const list = (description: string) => attribute(types.list(types.string), { computed: true, description });
const missing = (what: string, attributeName: string) =>
  new DiagnosticError(`${what} does not exist`, { detail: CHECK_ID, path: [attributeName] });

const nicSchema = defineSchema({
  description: 'A vNIC.',
  attributes: {
    nic_id: attribute(types.string, { required: true, description: 'The id of the vNIC.' }),
    name: text('Its name.'),
    status: text('Its status, e.g. `AVAILABLE` or `USED`.'),
    nic_type: text('`Primary` or `Secondary`.'),
    region_id: text('Its region.'),
    instance_id: text('The instance that holds it; null when it is free.'),
    mac_address: text('Its MAC address.'),
    primary_ipv4: text('Its primary IPv4 address.'),
    private_ips: list('All its private addresses.'),
    public_ips: list('All its public addresses.'),
    vpc_id: text('Its VPC.'),
    subnet_id: text('Its subnet.'),
    security_group_id: text('Its security group.'),
  },
});

/** `zec_nic`: looks up a vNIC. */
export const nic = dataSource<typeof nicSchema, ProviderClient>({
  schema: nicSchema,
  read: async (config, { client, signal }) => {
    const nicId = parseNicId(config.nic_id);
    const found = await client.nic(nicId, signal);
    if (found === undefined) throw missing(`vNIC ${nicId}`, 'nic_id');
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
  description: 'An instance.',
  attributes: {
    instance_id: attribute(types.string, { required: true, description: 'The id of the instance.' }),
    name: text('Its name.'),
    status: text('Its status, e.g. `RUNNING`.'),
    zone_id: text('Its zone.'),
    nic_ids: list('The vNICs that it lists, its primary included.'),
    private_ips: list('Its private addresses.'),
    public_ips: list('Its public addresses.'),
  },
});

/** `zec_instance`: looks up an instance. */
export const instance = dataSource<typeof instanceSchema, ProviderClient>({
  schema: instanceSchema,
  read: async (config, { client, signal }) => {
    const instanceId = parseInstanceId(config.instance_id);
    const found = await client.instance(instanceId, signal);
    if (found === undefined) throw missing(`Instance ${instanceId}`, 'instance_id');
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
