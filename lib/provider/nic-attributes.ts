import { attribute, types } from '../plugin';
import type { NicInfo } from '../zec/types';

export const text = (description: string) =>
  attribute(types.string, { computed: true, stable: true, description });
export const list = (description: string) =>
  attribute(types.list(types.string), { computed: true, stable: true, description });

/** What the resource and the data sources show of a vNIC. */
export const nicAttributes = {
  name: text('The name of the vNIC.'),
  region_id: text('The region of the vNIC.'),
  vpc_id: text('The VPC of the vNIC.'),
  subnet_id: text('The subnet of the vNIC.'),
  nic_subnet_type: text('`IPv4`, `IPv4_IPv6` or `IPv6`.'),
  security_group_id: text('The security group of the vNIC.'),
  resource_group_id: text('The resource group of the vNIC.'),
  mac_address: text('The MAC address of the vNIC.'),
  primary_ipv4: text('The primary IPv4 address of the vNIC.'),
  secondary_ipv4s: list('The secondary IPv4 addresses of the vNIC.'),
  primary_ipv6: text('The primary IPv6 address of the vNIC.'),
  ipv6_cidr: text('The IPv6 CIDR block of the vNIC.'),
  private_ips: list('All private IP addresses of the vNIC.'),
  public_ips: list('All public IP addresses of the vNIC.'),
  tags: attribute(types.map(types.string), { computed: true, stable: true, description: 'The tags.' }),
};

/** The values of {@link nicAttributes}: all null for an unknown vNIC. */
export function nicValues(nic: NicInfo | undefined) {
  const listed = (values: readonly string[] | undefined) => (nic === undefined ? null : (values ?? []));
  const tags = nic?.tags?.tags ?? [];
  return {
    name: nic?.name ?? null,
    region_id: nic?.regionId ?? null,
    vpc_id: nic?.vpcId ?? null,
    subnet_id: nic?.subnetId ?? null,
    nic_subnet_type: nic?.nicSubnetType ?? null,
    security_group_id: nic?.securityGroupId ?? null,
    resource_group_id: nic?.resourceGroup?.resourceGroupId ?? null,
    mac_address: nic?.macAddress ?? null,
    primary_ipv4: nic?.primaryIpv4 ?? null,
    secondary_ipv4s: listed(nic?.secondaryIpv4s),
    primary_ipv6: nic?.primaryIpv6 ?? null,
    ipv6_cidr: nic?.ipv6Cidr ?? null,
    private_ips: listed(nic?.privateIpList),
    public_ips: listed(nic?.publicIpList),
    tags: nic === undefined ? null : Object.fromEntries(tags.map(({ key, value }) => [key, value])),
  };
}
