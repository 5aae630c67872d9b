import { BLOCK, ID_PATTERN, PROVIDER } from '../contract';
import type { InstanceId, NicId } from '../zec/ids';
import { member } from './json';

// What a resource is to an attachment: its role, its address, and the endpoints that its values name.

/** How Terraform reaches the handler of an attachment. */
export type Runner = 'provider' | 'local-exec';

/**
 * What a resource of the local-exec runner is: the record of an attachment, which detaches when it is destroyed; what
 * attaches all of them, and what does that once more; or what detached in stacks of version 0.1.0.
 */
export type Part = 'attachment' | 'convergence' | 'confirmation' | 'release';

/** What a resource is to an attachment: all of it, under the provider runner, or a part. */
export type Role = 'whole' | Part;

/** A block as the configuration names it, in whatever module: `module.net.terraform_data.nic_attachment`. */
export type BlockAddress = string;

/** Why Terraform's JSON does not hold an id: apply will tell it; it is marked sensitive; what stands there is no id. */
export type Unknown = 'after-apply' | 'sensitive' | 'not-an-id';

export type Endpoint<Id extends string> =
  { readonly known: true; readonly id: Id } | { readonly known: false; readonly why: Unknown };

/** The two endpoints of an attachment, as far as Terraform knows them. */
export interface Endpoints {
  readonly nic: Endpoint<NicId>;
  readonly instance: Endpoint<InstanceId>;
}

/** A value of Terraform's JSON with the marks that stand beside it. */
export interface Marked {
  readonly value: unknown;
  readonly unknown?: unknown;
  readonly sensitive?: unknown;
}

interface Typed {
  readonly mode: string;
  readonly type: string;
  readonly name: string;
  readonly provider_name: string;
}

export const PROVIDER_ADDRESS = `${PROVIDER.host}/${PROVIDER.namespace}/${PROVIDER.type}`;

/** The carriers: provider (wherever it comes from), type, and where the values of the attachment are. */
const CARRIERS = [
  { type: 'null_resource', provider: 'hashicorp/null', values: 'triggers' },
  { type: 'terraform_data', provider: 'builtin/terraform', values: 'triggers_replace' },
] as const;

/** Whether the resource is an attachment of the embedded provider. */
export function isWhole({ mode, type, provider_name }: Typed): boolean {
  return mode === 'managed' && type === PROVIDER.nicAttachment && provider_name === PROVIDER_ADDRESS;
}

/** The values of the attachment within those of a resource; `undefined` if its type carries none. */
export function carriedBy(resource: Typed, marked: Marked): Marked | undefined {
  if (isWhole(resource)) return marked;
  const { mode, type, provider_name } = resource;
  const carrier = CARRIERS.find(
    (each) => mode === 'managed' && each.type === type && provider_name.endsWith(`/${each.provider}`),
  );
  return carrier === undefined ? undefined : part(marked, carrier.values);
}

/**
 * The role of a resource whose block is not in sight: told by its name, and by values that are an attachment's and
 * nothing else.
 */
export function roleByShape(resource: Typed, carried: Marked): Role | undefined {
  if (isWhole(resource)) return 'whole';
  const role = namedRole(resource.name)?.role;
  const ofOneAttachment = role === 'attachment' || role === 'release';
  return namesEndpoints(carried) === ofOneAttachment ? role : undefined;
}

const PARTS: Readonly<Record<string, Part>> = {
  [BLOCK.attachment]: 'attachment',
  [BLOCK.convergence]: 'convergence',
  [BLOCK.confirmation]: 'confirmation',
  nic_attachment_release: 'release',
};
// The first runner of a stack has plain names; of the others CDKTF makes `<path>_attachment_<hash>`.
const NAMES = /^(.*?)_?(attachment|convergence|confirmation|release)(?:_[0-9A-F]{8})?$/;

/** What the names of the local-exec runner's blocks say: which part of which set of attachments. */
export function namedRole(name: string): { readonly role: Part; readonly set: string } | undefined {
  const plain = Object.hasOwn(PARTS, name) ? PARTS[name] : undefined;
  if (plain !== undefined) return { role: plain, set: '' };
  const [, set = '', role] = NAMES.exec(name) ?? [];
  return role === undefined ? undefined : { role: role as Part, set };
}

/** The same for all resources of one attachment. */
export function attachmentId(
  module: string,
  { type, name, index }: Pick<Typed, 'type' | 'name'> & { readonly index?: string | number | undefined },
): string {
  return JSON.stringify([module, type, namedRole(name)?.set ?? name, index ?? null]);
}

/** The address of the block to which a resource belongs. */
export function blockOf(module: string, { mode, type, name }: Typed): BlockAddress {
  return [withoutKeys(module), mode === 'data' ? 'data' : '', type, name]
    .filter((each) => each !== '')
    .join('.');
}

/** An address without the keys of instances: `module.a["x.y"].module.b[0]` is `module.a.module.b`. */
export function withoutKeys(address: string): string {
  // A key is a number, or a quoted string in which quotes are escaped and brackets are not.
  return address.replace(/\[(?:\d+|"(?:[^"\\]|\\.)*")\]/g, '');
}

/** The endpoints that an object with `nic_id` and `instance_id` names. */
export function endpointsOf(marked: Marked): Endpoints {
  return {
    nic: endpoint<NicId>(part(marked, BLOCK.nicId)),
    instance: endpoint<InstanceId>(part(marked, BLOCK.instanceId)),
  };
}

/** What stands at `name` in an object, with its marks. A mark on the whole is a mark on every part. */
export function part({ value, unknown, sensitive }: Marked, name: string): Marked {
  return {
    value: member(value, name),
    unknown: unknown === true || member(unknown, name),
    sensitive: sensitive === true || member(sensitive, name),
  };
}

/** Both endpoints are known, and are those of the other. */
export function sameEndpoints(a: Endpoints | undefined, b: Endpoints | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return sameEndpoint(a.nic, b.nic) && sameEndpoint(a.instance, b.instance);
}

export function sameEndpoint(a: Endpoint<string>, b: Endpoint<string>): boolean {
  return a.known && b.known && a.id === b.id;
}

function endpoint<Id extends string>({ value, unknown, sensitive }: Marked): Endpoint<Id> {
  if (sensitive === true) return { known: false, why: 'sensitive' };
  if (unknown === true) return { known: false, why: 'after-apply' };
  return typeof value === 'string' && ID_PATTERN.test(value)
    ? { known: true, id: value as Id }
    : { known: false, why: 'not-an-id' };
}

/** Whether the object has `nic_id` and `instance_id`, and nothing else. */
function namesEndpoints({ value, unknown }: Marked): boolean {
  const names = new Set([value, unknown].flatMap(namesIn));
  return names.size === 2 && names.has(BLOCK.nicId) && names.has(BLOCK.instanceId);
}

function namesIn(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
}
