import { attribute, types } from '../plugin';
import { parseInstanceId } from '../zec/ids';
import type { NicFilter } from '../zec/types';
import { validateId } from './nic-attachment-state';

const MAX_TAGS = 20;

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
