import { validated, MAX_DEPTH, member, readStateJson, stateModuleSchema, nestingError } from './json';
import type { StateResource } from './json';
import { attachmentKey, attachmentValues, endpointsOf, inferRole } from './resource';

export type StateAttachment = ReturnType<typeof readState>[number];

/** A resource with the address of its module, including instance keys; empty for the root module. */
type Resource = StateResource & { readonly module: string };

/**
 * Reads the attachments, sorted by address, from a state in the output of `terraform show -json`.
 * @throws TerraformJsonError
 */
export function readState(bytes: Buffer) {
  const candidates = stateResources(readStateJson(bytes).values, 'state').flatMap((resource) => {
    const carried = attachmentValues(resource, {
      value: resource.values,
      sensitive: resource.sensitive_values,
    });
    if (carried === undefined) return [];
    return { resource, carried, role: inferRole(resource, carried) };
  });
  // One confirmation covers all attachments of its runner.
  const runnerOf = (resource: Resource) => attachmentKey(resource.module, { ...resource, index: undefined });
  const confirmed = new Set(
    candidates
      .filter(({ role, resource }) => role === 'confirmation' && !resource.tainted)
      .map(({ resource }) => runnerOf(resource)),
  );
  return candidates
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
        unfinished: role === 'attachment' && !confirmed.has(runnerOf(resource)),
      };
    })
    .sort((a, b) => compare(a.address, b.address));
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
