import { ID_FORMAT, ID_PATTERN } from '../contract';
import { attribute, types } from '../plugin';
import { parseInstanceId } from '../zec/ids';
import { MAX_TAGS, type NicFilter, type NicInfo } from '../zec/types';

export const validateId = (value: string) => (ID_PATTERN.test(value) ? undefined : `An ID is ${ID_FORMAT}.`);
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

export const filter = (
  description: string,
  validate: (value: string) => string | undefined = () => undefined,
) => attribute(types.string, { optional: true, description, validate });

/** The filters of vNICs that the data source `zec_nics` and the list resource have in common. */
export const nicFilters = {
  region_id: filter('Only vNICs in this region.'),
  vpc_id: filter('Only vNICs in this VPC.'),
  subnet_id: filter('Only vNICs in this subnet.'),
  instance_id: filter('Only vNICs of this instance.', validateId),
  tags: attribute(types.map(types.string), {
    optional: true,
    description: `Only vNICs with all these tags: at most ${MAX_TAGS}.`,
    validate: (tags) => {
      if (Object.values(tags).includes(null)) return 'The value of a tag must not be null.';
      return Object.keys(tags).length > MAX_TAGS ? `It must be at most ${MAX_TAGS} tags.` : undefined;
    },
  }),
};

interface Configuration {
  readonly region_id: string | null;
  readonly vpc_id: string | null;
  readonly subnet_id: string | null;
  readonly instance_id: string | null;
  readonly tags: Readonly<Record<string, string | null>> | null;
}

/** Converts the values of {@link nicFilters} to a filter of the API. */
export function nicFilter(config: Configuration): NicFilter {
  const tags = Object.entries(config.tags ?? {}).map(([key, value]) => ({ key, value: value ?? '' }));
  return {
    regionId: config.region_id ?? undefined,
    vpcId: config.vpc_id ?? undefined,
    subnetId: config.subnet_id ?? undefined,
    instanceId: config.instance_id === null ? undefined : parseInstanceId(config.instance_id),
    tags: tags.length > 0 ? tags : undefined,
  };
}
