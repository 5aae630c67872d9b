import * as v from 'valibot';
import { checked, MAX_DEPTH, readStateJson, stateModuleSchema, tooDeep } from './json';
import type { StateResource } from './json';
import { attachmentId, carriedBy, endpointsOf, roleByShape } from './resource';
import type { Endpoints, Runner } from './resource';

/** An attachment that a state has on record. */
export interface RecordedAttachment {
  readonly address: string;
  readonly runner: Runner;
  readonly endpoints: Endpoints;
  /** Its create failed or was cut off: the next apply replaces it. */
  readonly tainted: boolean;
  /** It is left over from a replacement that did not complete; Terraform's options cannot name it. */
  readonly deposed: boolean;
  /** An earlier apply did not complete: under the local-exec runner nothing says yet that it was attached. */
  readonly unfinished: boolean;
}

/** A resource in a state, with its module's address and the keys of the module's instances; empty for the root. */
type Resource = StateResource & { readonly module: string };

/**
 * The attachments on record in what `terraform show -json` wrote of a state, by address.
 * @throws TerraformJsonError
 */
export function readState(bytes: Buffer): readonly RecordedAttachment[] {
  const ours = stateResources(readStateJson(bytes).values, 'state').flatMap((resource) => {
    const carried = carriedBy(resource, { value: resource.values, sensitive: resource.sensitive_values });
    if (carried === undefined) return [];
    return { resource, carried, role: roleByShape(resource, carried) };
  });
  // One confirmation stands for all attachments of its runner.
  const runnerOf = (resource: Resource) => attachmentId(resource.module, { ...resource, index: undefined });
  const confirmed = new Set(
    ours
      .filter(({ role, resource }) => role === 'confirmation' && !resource.tainted)
      .map(({ resource }) => runnerOf(resource)),
  );
  return ours
    .filter(({ role }) => role === 'whole' || role === 'attachment')
    .map(({ role, resource, carried }): RecordedAttachment => {
      const { address, tainted, deposed_key } = resource;
      return {
        address: deposed_key === undefined ? address : `${address} (deposed ${deposed_key})`,
        runner: role === 'whole' ? 'provider' : 'local-exec',
        endpoints: endpointsOf(carried),
        tainted,
        deposed: deposed_key !== undefined,
        unfinished: role === 'attachment' && !confirmed.has(runnerOf(resource)),
      };
    })
    .sort((a, b) => compare(a.address, b.address));
}

/** Every resource in the `values` of a state, in nested modules too. */
export function stateResources(values: unknown, wanted: 'plan' | 'state'): readonly Resource[] {
  const rootModule = v.safeParse(v.object({ root_module: v.unknown() }), values);
  const waiting = [{ module: rootModule.success ? rootModule.output.root_module : undefined, depth: 0 }];
  const found: Resource[] = [];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.module === undefined) continue;
    if (next.depth > MAX_DEPTH) throw tooDeep(wanted);
    const { address, resources, child_modules } = checked(stateModuleSchema, next.module, wanted);
    for (const resource of resources) found.push({ ...resource, module: address });
    for (const module of child_modules) waiting.push({ module, depth: next.depth + 1 });
  }
  return found;
}

/** By code units: the same order on every machine. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
