import * as v from 'valibot';
import { ID_PATTERN } from '../contract';
import type { InstanceId, NicId } from './ids';
import type { Accepted, InstanceInfo, InstanceStatusInfo, NicInfo, Page } from './types';
import { MAX_PAGE_SIZE } from './types';

// Fields that decisions rest on must be valid; fields that are only passed on are dropped if they are malformed; unknown
// fields are dropped. The API sends null and '' for "none".

const nicId = v.pipe(
  v.string(),
  v.regex(ID_PATTERN),
  v.transform((id) => id as NicId),
);
const instanceId = v.pipe(
  v.string(),
  v.regex(ID_PATTERN),
  v.transform((id) => id as InstanceId),
);
/** A newer API may know more statuses; but each is one short word. */
const status = v.pipe(v.string(), v.regex(/^[\w.-]{1,64}$/));
const none = v.pipe(
  v.union([v.literal(''), v.null()]),
  v.transform(() => undefined),
);
const optional = <T extends v.GenericSchema>(schema: T) => v.optional(v.union([none, schema]));
const shortText = v.pipe(v.string(), v.maxLength(1024));
const text = v.optional(v.fallback(v.union([none, shortText]), undefined));
const texts = v.optional(
  v.fallback(v.union([none, v.pipe(v.array(shortText), v.maxLength(1000))]), undefined),
);

const nicFields = {
  nicId,
  name: text,
  nicType: optional(v.pipe(v.string(), v.regex(/^[\w.-]{1,64}$/))),
  regionId: text,
  nicSubnetType: text,
  publicIpList: texts,
  privateIpList: texts,
  primaryIpv4: text,
  primaryIpv6: text,
  ipv6Cidr: text,
  secondaryIpv4s: texts,
  macAddress: text,
  instanceId: optional(instanceId),
  vpcId: text,
  subnetId: text,
  securityGroupId: text,
  createTime: text,
  updateTime: text,
};
const nic = v.object({ ...nicFields, status });
// An instance's list of vNICs counts for the ids in it; older pages of the API reference show it without statuses.
const listedNic = v.object({ ...nicFields, status: v.fallback(status, 'UNKNOWN') });

const instance = v.object({
  instanceId,
  instanceName: text,
  zoneId: text,
  status,
  nics: v.nullish(v.pipe(v.array(listedNic), v.maxLength(1000)), []),
  privateIpAddresses: texts,
  publicIpAddresses: texts,
});

const instanceStatus = v.object({ instanceId, instanceStatus: status });

export const requestIdSchema = v.pipe(v.string(), v.regex(/^[\w.:-]{1,128}$/));

/** An error code of the API. Any other value of `code` means that something else responded. */
export const codeSchema = v.pipe(v.string(), v.regex(/^\w[\w.-]{0,127}$/));

const page = <T extends v.GenericSchema>(item: T) =>
  v.pipe(
    v.object({
      requestId: v.optional(requestIdSchema),
      totalCount: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
      dataSet: v.nullish(v.pipe(v.array(item), v.maxLength(MAX_PAGE_SIZE))),
    }),
    // Reading a missing set as an empty one would make existing resources appear missing.
    v.check(({ dataSet, totalCount }) => dataSet != null || totalCount === 0),
    v.transform(({ dataSet, ...rest }) => ({ ...rest, dataSet: dataSet ?? [] })),
  );

/** The content of `response`. The request id may be missing: the envelope has one, too. */
type WithoutId<T extends Accepted> = Omit<T, 'requestId'> & { readonly requestId?: string | undefined };
type ResponseSchema<T extends Accepted> = v.GenericSchema<unknown, WithoutId<T>>;

export const acceptedSchema: ResponseSchema<Accepted> = v.object({ requestId: v.optional(requestIdSchema) });
export const nicsSchema: ResponseSchema<Page<NicInfo>> = page(nic);
export const instancesSchema: ResponseSchema<Page<InstanceInfo>> = page(instance);
export const instanceStatusesSchema: ResponseSchema<Page<InstanceStatusInfo>> = page(instanceStatus);
export type { ResponseSchema };
