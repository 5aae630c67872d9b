import { BLOCK, ID_PATTERN, PROVIDER, PROVIDER_ADDRESS } from '../contract';
import type { InstanceId, NicId } from '../zec/ids';
import { member } from './json';

// The role of a resource for an attachment, its address and its endpoints.

export type Runner = 'provider' | 'local-exec';

/**
 * The role of a resource.
 * - `provider-attachment`: an attachment of the provider runner.
 * - `attachment`: an attachment of the local-exec runner, which detaches it when destroyed.
 * - `convergence`: attaches all attachments of a local-exec runner.
 * - `confirmation`: verifies that the convergence completed.
 */
export type Role = 'provider-attachment' | 'attachment' | 'convergence' | 'confirmation';

/** The address of a block without instance keys, for example `module.net.terraform_data.nic_attachment`. */
export type BlockAddress = string;

/** Why an ID is unknown: it is known only after apply, it is sensitive, or the value is not a valid ID. */
export type UnknownReason = 'after-apply' | 'sensitive' | 'not-an-id';

/** An ID, or why it is unknown. The value of a sensitive ID is only compared, never shown or sent. */
export type Endpoint<Id extends string = string> =
  { readonly id: Id } | { readonly id: undefined; readonly why: UnknownReason; readonly sensitiveId?: Id };

export interface Endpoints {
  readonly nic: Endpoint<NicId>;
  readonly instance: Endpoint<InstanceId>;
}

/** A value in Terraform's JSON with its unknown and sensitive marks. */
export interface MarkedValue {
  readonly value: unknown;
  readonly unknown?: unknown;
  readonly sensitive?: unknown;
}

interface ResourceIdentity {
  readonly mode: string;
  readonly type: string;
  readonly name: string;
  readonly provider_name: string;
}

/** The carrier resources: type, provider (from any registry host), and the attribute with the attachment's values. */
const CARRIERS = [
  { type: 'null_resource', provider: 'hashicorp/null', values: 'triggers' },
  { type: 'terraform_data', provider: 'builtin/terraform', values: 'triggers_replace' },
] as const;

/** Whether the resource is a `zec_nic_attachment` of the embedded provider. */
export function isProviderAttachment({ mode, type, provider_name }: ResourceIdentity): boolean {
  return mode === 'managed' && type === PROVIDER.nicAttachment && provider_name === PROVIDER_ADDRESS;
}

/** The attachment's values within a resource; `undefined` if the type is not a carrier. */
export function attachmentValues(resource: ResourceIdentity, marked: MarkedValue): MarkedValue | undefined {
  if (isProviderAttachment(resource)) return marked;
  const { mode, type, provider_name } = resource;
  const carrier = CARRIERS.find(
    (each) => mode === 'managed' && each.type === type && provider_name.endsWith(`/${each.provider}`),
  );
  return carrier === undefined ? undefined : memberOf(marked, carrier.values);
}

/**
 * Infers the role of a resource whose block is not in the configuration, from its name and from the keys of its
 * values.
 */
export function inferRole(resource: ResourceIdentity, carried: MarkedValue): Role | undefined {
  if (isProviderAttachment(resource)) return 'provider-attachment';
  const role = roleInName(resource.name);
  return hasOnlyEndpoints(carried) === (role === 'attachment') ? role : undefined;
}

const FIXED_NAMES: ReadonlyMap<string, Role> = new Map([
  [BLOCK.attachment, 'attachment'],
  [BLOCK.convergence, 'convergence'],
  [BLOCK.confirmation, 'confirmation'],
]);
// The first runner of a stack uses fixed names. CDKTF names the others `<path>_attachment_<hash>`, or `<path>_<hash>` if the
// path ends with `attachment`.
const GENERATED_NAME = /(attachment|convergence|confirmation)(?:_[0-9A-F]{8})?$/;

function roleInName(name: string): Role | undefined {
  return FIXED_NAMES.get(name) ?? (GENERATED_NAME.exec(name)?.[1] as Role | undefined);
}

export function blockOf(
  module: string,
  { mode, type, name }: Omit<ResourceIdentity, 'provider_name'>,
): BlockAddress {
  return joinAddress(withoutKeys(module), mode === 'data' ? 'data' : '', type, name);
}

/** Joins the parts of an address that are not empty. */
export function joinAddress(...parts: readonly string[]): string {
  return parts.filter((each) => each !== '').join('.');
}

/** Removes instance keys from an address: `module.a["x.y"].module.b[0]` becomes `module.a.module.b`. */
export function withoutKeys(address: string): string {
  // A key is a number, or a quoted string in which quotes are escaped and brackets are not.
  return address.replace(/\[(?:\d+|"(?:[^"\\]|\\.)*")\]/g, '');
}

/** Reads the endpoints from an object with `nic_id` and `instance_id`. */
export function endpointsOf(marked: MarkedValue): Endpoints {
  return {
    nic: endpoint<NicId>(memberOf(marked, BLOCK.nicId)),
    instance: endpoint<InstanceId>(memberOf(marked, BLOCK.instanceId)),
  };
}

/** A member of an object with its marks. A mark on the object applies to every member. */
export function memberOf({ value, unknown, sensitive }: MarkedValue, name: string): MarkedValue {
  return {
    value: member(value, name),
    unknown: unknown === true || member(unknown, name),
    sensitive: sensitive === true || member(sensitive, name),
  };
}

export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  const id = comparableId(a);
  return id !== undefined && id === comparableId(b);
}

/** The ID, also if it is sensitive. Only to be compared with others. */
export function comparableId<Id extends string>(each: Endpoint<Id>): Id | undefined {
  return each.id ?? ('sensitiveId' in each ? each.sensitiveId : undefined);
}

function endpoint<Id extends string>({ value, unknown, sensitive }: MarkedValue): Endpoint<Id> {
  const id = typeof value === 'string' && ID_PATTERN.test(value) ? (value as Id) : undefined;
  if (sensitive === true) return { id: undefined, why: 'sensitive', ...(id && { sensitiveId: id }) };
  if (unknown === true) return { id: undefined, why: 'after-apply' };
  return id === undefined ? { id, why: 'not-an-id' } : { id };
}

/** Whether the object has exactly the keys `nic_id` and `instance_id`. */
function hasOnlyEndpoints({ value, unknown }: MarkedValue): boolean {
  const objects = [value, unknown].filter((each) => typeof each === 'object' && !Array.isArray(each));
  const names = new Set(objects.flatMap((each) => Object.keys(each ?? {})));
  return names.size === 2 && names.has(BLOCK.nicId) && names.has(BLOCK.instanceId);
}
