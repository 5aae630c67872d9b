import { ID_PATTERN, VENDOR_ATTACHMENT } from '../contract';
import type { NicId } from '../zec/ids';
import {
  validated,
  MAX_DEPTH,
  member,
  readStateValues,
  stateModuleSchema,
  nestingError,
  type StateResource,
} from './json';
import { attachmentValues, blockOf, endpointsOf, inferRole, type BlockAddress } from './resource';

export type State = ReturnType<typeof readState>;
export type StateAttachment = State['attachments'][number];

/** A resource with the address of its module, including instance keys; empty for the root module. */
type Resource = StateResource & { readonly module: string };

/**
 * Reads a state in the output of `terraform show -json`.
 * @throws TerraformJsonError
 */
export function readState(bytes: Buffer) {
  const resources = stateResources(readStateValues(bytes), 'state');
  const candidates = resources.flatMap((resource) => {
    const carried = attachmentValues(resource, {
      value: resource.values,
      sensitive: resource.sensitive_values,
    });
    if (carried === undefined) return [];
    return { resource, carried, role: inferRole(resource, carried) };
  });
  // One confirmation covers all attachments of its runner, on which it depends.
  const keyOf = (module: string, block: BlockAddress) => JSON.stringify([module, block]);
  const confirmed = new Set(
    candidates
      .filter(({ role, resource }) => role === 'confirmation' && !resource.tainted)
      .flatMap(({ resource }) => resource.depends_on.map((each) => keyOf(resource.module, each))),
  );
  const isConfirmed = (resource: Resource) =>
    confirmed.has(keyOf(resource.module, blockOf(resource.module, resource)));
  const attachments = candidates
    .filter(({ role }) => role === 'provider-attachment' || role === 'attachment')
    .map(({ role, resource, carried }) => {
      const { address, tainted, deposed_key } = resource;
      return {
        address: deposed_key === undefined ? address : `${address} (deposed ${deposed_key})`,
        runner: role === 'attachment' ? ('local-exec' as const) : ('provider' as const),
        endpoints: endpointsOf(carried),
        /** Its create failed or was interrupted: the next apply replaces it. */
        tainted,
        /** A leftover of an incomplete replacement. Terraform's `-replace` and `-target` cannot address it. */
        deposed: deposed_key !== undefined,
        /** An earlier apply did not complete: with the local-exec runner, no confirmation is in the state. */
        unfinished: role === 'attachment' && !isConfirmed(resource),
      };
    })
    .sort((a, b) => compare(a.address, b.address));
  const nics = attachments.map(({ endpoints }) => endpoints.nic);
  return {
    /** By address. */
    attachments,
    /** The vNICs whose attachments are in the state, including those of the vendor's provider. */
    nicIds: new Set([...nics.flatMap(({ id }) => id ?? []), ...resources.flatMap(vendorNics)]),
    /** How many vNIC IDs are missing in `nicIds`. */
    unknownNics: nics.filter(({ id }) => id === undefined).length,
  };
}

/** The vNIC in the ID `nicId:instanceId` and in the attribute, which differ if it was moved manually. */
function vendorNics({ mode, type, values }: Resource): readonly NicId[] {
  if (mode !== 'managed' || type !== VENDOR_ATTACHMENT) return [];
  const ids = [String(member(values, 'id')).split(':')[0], member(values, 'vnic_id')];
  return ids.filter((id): id is NicId => typeof id === 'string' && ID_PATTERN.test(id));
}

/** All resources in the `values` of a state, including those in nested modules. */
export function stateResources(values: unknown, expected: 'plan' | 'state'): readonly Resource[] {
  const pending = [{ module: member(values, 'root_module'), depth: 0 }];
  const found: Resource[] = [];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.module === undefined) continue;
    if (next.depth > MAX_DEPTH) throw nestingError(expected);
    const { address, resources, child_modules } = validated(stateModuleSchema, next.module, expected);
    for (const resource of resources) found.push({ ...resource, module: address });
    for (const module of child_modules) pending.push({ module, depth: next.depth + 1 });
  }
  return found;
}

/** Compares by UTF-16 code units, independent of the locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
