import { attribute, dataSource, defineSchema, DiagnosticError, types } from '../plugin';
import { parseInstanceId, parseNicId } from '../zec/ids';
import type { ProviderClient } from './client';

const told = (description: string) => attribute(types.string, { computed: true, description });
const many = (description: string) => attribute(types.list(types.string), { computed: true, description });
const CHECK = 'Check the id, the region and the account that the credentials belong to.';

const nicSchema = defineSchema({
  description: 'A vNIC.',
  attributes: {
    nic_id: attribute(types.string, { required: true, description: 'The id of the vNIC.' }),
    name: told('Its name.'),
    status: told('Its status, e.g. `AVAILABLE` or `USED`.'),
    nic_type: told('`Primary` or `Secondary`.'),
    region_id: told('Its region.'),
    instance_id: told('The instance that holds it; null when it is free.'),
    mac_address: told('Its MAC address.'),
    primary_ipv4: told('Its primary IPv4 address.'),
    private_ips: many('All its private addresses.'),
    public_ips: many('All its public addresses.'),
    vpc_id: told('Its VPC.'),
    subnet_id: told('Its subnet.'),
    security_group_id: told('Its security group.'),
  },
});

/** `zec_nic`: looks up a vNIC. */
export const nic = dataSource<typeof nicSchema, ProviderClient>({
  schema: nicSchema,
  read: async (config, { client, signal }) => {
    const nicId = parseNicId(config.nic_id);
    const found = await client.nic(nicId, signal);
    if (found === undefined) {
      throw new DiagnosticError(`vNIC ${nicId} does not exist`, { detail: CHECK, path: ['nic_id'] });
    }
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
    name: told('Its name.'),
    status: told('Its status, e.g. `RUNNING`.'),
    zone_id: told('Its zone.'),
    nic_ids: many('The vNICs that it lists, its primary included.'),
    private_ips: many('Its private addresses.'),
    public_ips: many('Its public addresses.'),
  },
});

/** `zec_instance`: looks up an instance. */
export const instance = dataSource<typeof instanceSchema, ProviderClient>({
  schema: instanceSchema,
  read: async (config, { client, signal }) => {
    const instanceId = parseInstanceId(config.instance_id);
    const found = await client.instance(instanceId, signal);
    if (found === undefined) {
      throw new DiagnosticError(`Instance ${instanceId} does not exist`, {
        detail: CHECK,
        path: ['instance_id'],
      });
    }
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
