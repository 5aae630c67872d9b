import type { InstanceId, NicId } from './ids';

/** The actions of the ZEC API that this package calls (API version 2025-09-01). */
export const ACTIONS = [
  'AttachNetworkInterface',
  'DetachNetworkInterface',
  'DescribeNetworkInterfaces',
  'DescribeInstances',
  'DescribeInstancesStatus',
] as const;
export type Action = (typeof ACTIONS)[number];

/** Every vNIC status that the API documents. A newer API may send others. */
export const NIC_STATUSES = [
  'PENDING',
  'AVAILABLE',
  'ATTACHING',
  'USED',
  'DETACHING',
  'DELETING',
  'CREATE_FAILED',
] as const;
export type NicStatus = (typeof NIC_STATUSES)[number];

/** Every instance status that the API or its older clients document. A newer API may send others. */
export const INSTANCE_STATUSES = [
  'DEPLOYING',
  'REBUILDING',
  'REBOOT',
  'RUNNING',
  'STOPPED',
  'BOOTING',
  'RELEASING',
  'STOPPING',
  'RECYCLE',
  'RECYCLING',
  'CREATE_FAILED',
  'IMAGING',
  'RESIZING',
  'PENDING',
  'REINSTALL_FAILED',
] as const;
export type InstanceStatus = (typeof INSTANCE_STATUSES)[number];

export type NicType = 'Primary' | 'Secondary';

/** Most ids that one Describe request may name. */
export const MAX_IDS_PER_REQUEST = 100;
/** Largest `pageSize`. The API's own default, 20, is smaller than {@link MAX_IDS_PER_REQUEST}: always send one. */
export const MAX_PAGE_SIZE = 1000;
export { MAX_NICS_PER_INSTANCE } from '../contract';

/** What the API tells of a vNIC. `status` is a plain string because a newer API may know more statuses. */
export interface NicInfo {
  readonly nicId: NicId;
  readonly name?: string | undefined;
  readonly status: string;
  readonly nicType?: string | undefined;
  readonly regionId?: string | undefined;
  readonly nicSubnetType?: string | undefined;
  readonly publicIpList?: readonly string[] | undefined;
  readonly privateIpList?: readonly string[] | undefined;
  readonly primaryIpv4?: string | undefined;
  readonly primaryIpv6?: string | undefined;
  readonly ipv6Cidr?: string | undefined;
  readonly secondaryIpv4s?: readonly string[] | undefined;
  readonly macAddress?: string | undefined;
  /** The instance that holds the vNIC; absent when it is free. */
  readonly instanceId?: InstanceId | undefined;
  readonly vpcId?: string | undefined;
  readonly subnetId?: string | undefined;
  readonly securityGroupId?: string | undefined;
  readonly createTime?: string | undefined;
  readonly updateTime?: string | undefined;
}

/** What the API tells of an instance. */
export interface InstanceInfo {
  readonly instanceId: InstanceId;
  readonly instanceName?: string | undefined;
  readonly zoneId?: string | undefined;
  readonly status: string;
  readonly nics: readonly NicInfo[];
  readonly privateIpAddresses?: readonly string[] | undefined;
  readonly publicIpAddresses?: readonly string[] | undefined;
}

export interface InstanceStatusInfo {
  readonly instanceId: InstanceId;
  readonly instanceStatus: string;
}

export interface AttachNetworkInterfaceRequest {
  readonly nicId: NicId;
  readonly instanceId: InstanceId;
}

export interface DetachNetworkInterfaceRequest {
  readonly nicId: NicId;
}

export interface Paging {
  /** 1 to {@link MAX_PAGE_SIZE}. */
  readonly pageSize: number;
  /** From 1. */
  readonly pageNum?: number;
}

export interface DescribeNetworkInterfacesRequest extends Paging {
  /** At most {@link MAX_IDS_PER_REQUEST}. */
  readonly nicIds?: readonly NicId[];
  readonly name?: string;
  readonly regionId?: string;
  readonly vpcId?: string;
  readonly subnetId?: string;
  readonly instanceId?: InstanceId;
  readonly status?: NicStatus;
  readonly nicType?: NicType;
}

export interface DescribeInstancesRequest extends Paging {
  /** At most {@link MAX_IDS_PER_REQUEST}. */
  readonly instanceIds?: readonly InstanceId[];
  readonly zoneId?: string;
  readonly status?: InstanceStatus;
  readonly name?: string;
}

export interface DescribeInstancesStatusRequest extends Paging {
  /** At most {@link MAX_IDS_PER_REQUEST}. */
  readonly instanceIds?: readonly InstanceId[];
}

/** The API accepted an asynchronous request, which may still fail. */
export interface Accepted {
  readonly requestId: string;
}

export interface Page<T> {
  readonly requestId: string;
  readonly totalCount: number;
  readonly dataSet: readonly T[];
}

export interface CallOptions {
  /** Ends the call; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** An attach or detach that the rate limiter holds back until then is not sent. In milliseconds of the clock. */
  readonly sendBefore?: number | undefined;
  /**
   * Called just before the request is sent, which may be long after the call under a rate limit. It tells the caller that
   * the request may be carried out from now on.
   */
  readonly onSend?: (() => void) | undefined;
}

/**
 * The five calls. Every method rejects with a `ZecError` when the API, the network or the answer fails,
 * and with the signal's reason when `options.signal` aborts.
 */
export interface ZecApi {
  attachNetworkInterface(request: AttachNetworkInterfaceRequest, options?: CallOptions): Promise<Accepted>;
  /** Detaches the vNIC from whichever instance holds it: read it first, and detach only an attachment of yours. */
  detachNetworkInterface(request: DetachNetworkInterfaceRequest, options?: CallOptions): Promise<Accepted>;
  describeNetworkInterfaces(
    request: DescribeNetworkInterfacesRequest,
    options?: CallOptions,
  ): Promise<Page<NicInfo>>;
  describeInstances(request: DescribeInstancesRequest, options?: CallOptions): Promise<Page<InstanceInfo>>;
  describeInstancesStatus(
    request: DescribeInstancesStatusRequest,
    options?: CallOptions,
  ): Promise<Page<InstanceStatusInfo>>;
  /**
   * Waits until the rate limiter would send a Describe soon. Reads that are requested meanwhile can share its request.
   */
  clear?(signal?: AbortSignal): Promise<void>;
}
