import { BLOCK, PROVIDER } from '../contract';
import { isEnds, part } from './ends';
import type { Marked } from './ends';

/** How Terraform reaches the handler of an attachment. */
export type Runner = 'provider' | 'local-exec';

/**
 * What a resource of the local-exec runner is: the record of an attachment, which detaches when it is destroyed; what
 * attaches all of them, and what does that once more; or what detached in stacks of version 0.1.0.
 */
export type Part = 'attachment' | 'convergence' | 'confirmation' | 'release';

/** What a resource is to an attachment: all of it, or a part. */
export type Role = 'whole' | Part;

export interface Typed {
  readonly mode: string;
  readonly type: string;
  readonly name: string;
  readonly provider_name: string;
}

const PROVIDER_ADDRESS = `${PROVIDER.host}/${PROVIDER.namespace}/${PROVIDER.type}`;

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

const PARTS: Readonly<Record<Part, string>> = {
  attachment: BLOCK.attachment,
  convergence: BLOCK.convergence,
  confirmation: BLOCK.confirmation,
  release: 'nic_attachment_release',
};
// The first runner of a stack has plain names; of the others CDKTF makes `<path>_attachment_<hash>`.
const NAMES = /^(.*?)_?(attachment|convergence|confirmation|release)(?:_[0-9A-F]{8})?$/;

/** What the names of the local-exec runner's blocks say. */
export function namedRole(name: string): { readonly role: Part; readonly set: string } | undefined {
  const plain = Object.entries(PARTS).find(([, each]) => each === name)?.[0];
  if (plain !== undefined) return { role: plain as Part, set: '' };
  const [, set = '', role] = NAMES.exec(name) ?? [];
  return role === undefined ? undefined : { role: role as Part, set };
}

/**
 * The role of a resource whose block is not in sight: told by its name, and by values that are an attachment's and
 * nothing else.
 */
export function roleByShape(resource: Typed, marked: Marked): Role | undefined {
  if (isWhole(resource)) return 'whole';
  const carried = carriedBy(resource, marked);
  const role = carried === undefined ? undefined : namedRole(resource.name)?.role;
  if (carried === undefined || role === undefined) return undefined;
  return isEnds(carried) === ofOneAttachment(role) ? role : undefined;
}

/** Whether there is one such resource for each attachment, with its ids. */
function ofOneAttachment(role: Part): boolean {
  return role === 'attachment' || role === 'release';
}
