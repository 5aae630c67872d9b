import * as v from 'valibot';
import { ID_PATTERN } from '../contract';
import type { ZecError } from './errors';
import type { InstanceId, NicId } from './ids';

export { MAX_NICS_PER_INSTANCE } from '../contract';

/** Actions of the ZEC API, version 2025-09-01. The client calls all but the last. */
export const ACTIONS = [
  'AttachNetworkInterface',
  'DetachNetworkInterface',
  'StartInstances',
  'StopInstances',
  'DescribeNetworkInterfaces',
  'DescribeInstances',
  'DescribeInstancesStatus',
] as const;
/** An action of the ZEC API. */
export type Action = (typeof ACTIONS)[number];

/** Whether an action is read-only. */
export function isRead(action: Action): boolean {
  return action.startsWith('Describe');
}

/** Every vNIC status that the API documents. A newer API may return others. */
export const NIC_STATUSES = [
  'PENDING',
  'AVAILABLE',
  'ATTACHING',
  'USED',
  'DETACHING',
  'DELETING',
  'CREATE_FAILED',
] as const;
/** A documented status of a vNIC. */
export type NicStatus = (typeof NIC_STATUSES)[number];

/** Every instance status that the API or its older clients document. A newer API may return others. */
export const INSTANCE_STATUSES = [
  'DEPLOYING',
  'REBUILDING',
  'REBOOT',
  'RUNNING',
  'STOPPED',
  'BOOTING',
  'STARTING',
  'RELEASING',
  'STOPPING',
  'RECYCLE',
  'RECYCLED',
  'RECYCLING',
  'CREATE_FAILED',
  'IMAGING',
  'RESIZING',
  'PENDING',
  'REINSTALL_FAILED',
] as const;
/** A documented status of an instance. */
export type InstanceStatus = (typeof INSTANCE_STATUSES)[number];

/** Maximum number of IDs in one Describe request. */
export const MAX_IDS_PER_REQUEST = 100;
/** Maximum number of tags in a filter. */
export const MAX_TAGS = 20;
/** Maximum `pageSize`. The API's default, 20, is smaller than {@link MAX_IDS_PER_REQUEST}, so always send one. */
export const MAX_PAGE_SIZE = 1000;

// Responses. Fields that decisions depend on must be valid. Other fields are dropped if they are malformed, and unknown
// fields always. The API sends null or '' for "none".

const id = <Id extends string>() =>
  v.pipe(
    v.string(),
    v.regex(ID_PATTERN),
    v.transform((text) => text as Id),
  );
export const instanceIdSchema = id<InstanceId>();
export const requestIdSchema = v.pipe(v.string(), v.regex(/^[\w.:-]{1,128}$/));
/** An error code of the API. A response with any other `code` is not from the API. */
export const codeSchema = v.pipe(v.string(), v.regex(/^\w[\w.-]{0,127}$/));

/** A status or a type. A newer API may have more of them. */
const word = v.pipe(v.string(), v.regex(/^[\w.-]{1,64}$/));
const none = v.pipe(
  v.union([v.literal(''), v.null()]),
  v.transform(() => undefined),
);
const optional = <T extends v.GenericSchema>(schema: T) => v.optional(v.union([none, schema]));
const orDropped = <T extends v.GenericSchema>(schema: T) =>
  v.optional(v.fallback(v.union([none, schema]), undefined));
const list = <T extends v.GenericSchema>(item: T, length: number) =>
  v.pipe(v.array(item), v.maxLength(length), v.readonly());
const shortText = v.pipe(v.string(), v.maxLength(1024));
const text = orDropped(shortText);
const texts = orDropped(list(shortText, 1000));

const nicFields = {
  nicId: id<NicId>(),
  name: text,
  nicType: optional(word),
  regionId: text,
  nicSubnetType: text,
  publicIpList: texts,
  privateIpList: texts,
  primaryIpv4: text,
  primaryIpv6: text,
  ipv6Cidr: text,
  secondaryIpv4s: texts,
  macAddress: text,
  // The instance that holds the vNIC; absent when it is free.
  instanceId: optional(instanceIdSchema),
  vpcId: text,
  subnetId: text,
  securityGroupId: text,
  createTime: text,
  updateTime: text,
  resourceGroup: orDropped(v.object({ resourceGroupId: text, resourceGroupName: text })),
  tags: orDropped(v.object({ tags: orDropped(list(v.object({ key: shortText, value: shortText }), 1000)) })),
};
const nic = v.pipe(v.object({ ...nicFields, status: word }), v.readonly());
// Only the IDs in an instance's list of vNICs are used; older pages of the API reference show it without statuses.
const listedNic = v.pipe(v.object({ ...nicFields, status: v.fallback(word, 'UNKNOWN') }), v.readonly());

const instance = v.pipe(
  v.object({
    instanceId: instanceIdSchema,
    instanceName: text,
    zoneId: text,
    status: word,
    nics: v.nullish(list(listedNic, 1000), []),
    privateIpAddresses: texts,
    publicIpAddresses: texts,
    /** Whether the guest agent (QGA) is enabled. Without it, the platform refuses to attach and detach. */
    enableAgent: orDropped(v.boolean()),
    /** The load balancers that the instance is a backend of. */
    loadBalancerIds: texts,
  }),
  v.readonly(),
);

const page = <T extends v.GenericSchema>(item: T) =>
  v.pipe(
    v.object({
      requestId: requestIdSchema,
      totalCount: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
      dataSet: v.nullish(list(item, MAX_PAGE_SIZE)),
    }),
    // Reading a missing set as an empty one would make existing resources appear missing.
    v.check(({ dataSet, totalCount }) => dataSet != null || totalCount === 0),
    v.transform(({ dataSet, ...rest }) => ({ ...rest, dataSet: dataSet ?? [] })),
  );

/** A vNIC as the API reports it. `status` is a string, because a newer API may have more statuses. */
export type NicInfo = v.InferOutput<typeof nic>;
/** An instance as the API reports it. */
export type InstanceInfo = v.InferOutput<typeof instance>;

/** What to do if `enableAgent` is false. */
export const ENABLE_AGENT =
  'The platform attaches and detaches vNICs through the guest agent (QGA). Enable it on the instance first.';

/** The API accepted an asynchronous request, which may still fail. */
export interface Accepted {
  readonly requestId: string;
}

/** The API accepted an asynchronous start or stop of instances. */
export interface StartStopResponse extends Accepted {
  /** The instances for which the request failed. */
  readonly instanceIds: readonly InstanceId[];
}

/** A page of a list. */
export interface Page<T> extends Accepted {
  readonly totalCount: number;
  readonly dataSet: readonly T[];
}

/** Validates the `response` of the envelope. It includes the request ID. */
export type ResponseSchema<T extends Accepted> = v.GenericSchema<unknown, T>;
export const acceptedSchema: ResponseSchema<Accepted> = v.object({ requestId: requestIdSchema });
export const nicsSchema: ResponseSchema<Page<NicInfo>> = page(nic);
export const instancesSchema: ResponseSchema<Page<InstanceInfo>> = page(instance);
export const startStopSchema: ResponseSchema<StartStopResponse> = v.pipe(
  v.object({
    requestId: requestIdSchema,
    instanceIds: v.nullish(list(instanceIdSchema, MAX_IDS_PER_REQUEST)),
  }),
  v.transform(({ requestId, instanceIds }) => ({ requestId, instanceIds: instanceIds ?? [] })),
);

// Requests.

/** The vNIC to attach, and the instance. */
export interface AttachNetworkInterfaceRequest {
  readonly nicId: NicId;
  readonly instanceId: InstanceId;
}

/** The vNIC to detach. */
export type DetachNetworkInterfaceRequest = Pick<AttachNetworkInterfaceRequest, 'nicId'>;

/** The instances to start or stop. */
export interface StartStopRequest {
  /** At most {@link MAX_IDS_PER_REQUEST}. */
  readonly instanceIds: readonly InstanceId[];
}

/** The page to return. */
export interface Paging {
  /** 1 to {@link MAX_PAGE_SIZE}. */
  readonly pageSize: number;
  /** From 1. */
  readonly pageNum?: number;
}

/** Filters of vNICs. A vNIC must match all of them. */
export interface DescribeNetworkInterfacesRequest extends Paging {
  /** At most {@link MAX_IDS_PER_REQUEST}. */
  readonly nicIds?: readonly NicId[] | undefined;
  readonly name?: string | undefined;
  readonly regionId?: string | undefined;
  readonly vpcId?: string | undefined;
  readonly subnetId?: string | undefined;
  readonly instanceId?: InstanceId | undefined;
  readonly status?: NicStatus | undefined;
  readonly nicType?: 'Primary' | 'Secondary' | undefined;
  /** At most 20. A vNIC must have all of them. */
  readonly tags?: readonly { readonly key: string; readonly value: string }[] | undefined;
}

/** Filters of vNICs, without paging. */
export type NicFilter = Omit<DescribeNetworkInterfacesRequest, keyof Paging>;

/** Filters of instances. An instance must match all of them. */
export interface DescribeInstancesRequest extends Paging {
  /** At most {@link MAX_IDS_PER_REQUEST}. */
  readonly instanceIds?: readonly InstanceId[];
  readonly zoneId?: string;
  readonly status?: InstanceStatus;
  readonly name?: string;
}

/** Options of a call of the API. */
export interface CallOptions {
  /** Aborts the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** A request that changes something and that the rate limiter holds back until then is not sent. In milliseconds of the clock. */
  readonly sendBefore?: number | undefined;
  /** Called just before the request is sent. From then on it may be carried out. */
  readonly onSend?: (() => void) | undefined;
}

/**
 * The actions of the ZEC API that the handler uses. Each method rejects with a `ZecError` if the request fails, and with
 * the reason of `options.signal` if it aborts.
 */
export interface ZecApi {
  /** Requests that the vNIC is attached to the instance, which must be running. */
  attachNetworkInterface(request: AttachNetworkInterfaceRequest, options?: CallOptions): Promise<Accepted>;
  /** Requests that the vNIC is detached from the instance that holds it, whichever that is. Read the vNIC first. */
  detachNetworkInterface(request: DetachNetworkInterfaceRequest, options?: CallOptions): Promise<Accepted>;
  /** Requests that stopped instances are started. */
  startInstances(request: StartStopRequest, options?: CallOptions): Promise<StartStopResponse>;
  /** Requests that running instances are stopped. */
  stopInstances(request: StartStopRequest, options?: CallOptions): Promise<StartStopResponse>;
  /** Reads a page of the vNICs that match. */
  describeNetworkInterfaces(
    request: DescribeNetworkInterfacesRequest,
    options?: CallOptions,
  ): Promise<Page<NicInfo>>;
  /** Reads a page of the instances that match. */
  describeInstances(request: DescribeInstancesRequest, options?: CallOptions): Promise<Page<InstanceInfo>>;
  /** Waits until the rate limiter could send a read soon. Meanwhile, reads can be batched. */
  waitForRead?(signal?: AbortSignal): Promise<void>;
  /** The error of the last failed attempt of a read, until one succeeds. */
  readonly lastFailure?: ZecError | undefined;
}
