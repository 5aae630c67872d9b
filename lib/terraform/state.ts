import * as v from 'valibot';
import { carriedBy, namedRole, roleByShape } from './carriers';
import type { Runner } from './carriers';
import { endsOf } from './ends';
import type { Ends } from './ends';
import { checked, readTerraformJson, TerraformJsonError } from './read';
import type { Wanted } from './read';
import { stateModuleSchema, stateSchema } from './schema';
import type { StateResource } from './schema';

/** An attachment that a state has on record. */
export interface RecordedAttachment {
  readonly address: string;
  readonly runner: Runner;
  readonly ends: Ends;
  /** Its create failed or was cut off: the next apply replaces it. */
  readonly tainted: boolean;
  /** It is left over from a replacement that did not come to an end; Terraform's options cannot name it. */
  readonly deposed: boolean;
  /** An earlier apply did not complete: under the local-exec runner nothing says yet that it was attached. */
  readonly unfinished: boolean;
}

const MAX_MODULE_DEPTH = 64;

/**
 * The attachments on record in what `terraform show -json` wrote of a state, by address.
 * @throws TerraformJsonError
 */
export function readState(bytes: Buffer): readonly RecordedAttachment[] {
  const { values } = checked(stateSchema, readTerraformJson(bytes, 'state'), 'state');
  return recordedAttachments(stateResources(values, 'state'));
}

/** Every resource in the `values` of a state, in nested modules too. */
export function stateResources(values: unknown, wanted: Wanted): readonly StateResource[] {
  const rootModule = v.safeParse(v.object({ root_module: v.unknown() }), values);
  const waiting = [{ module: rootModule.success ? rootModule.output.root_module : undefined, depth: 0 }];
  const found: StateResource[] = [];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.module === undefined) continue;
    if (next.depth > MAX_MODULE_DEPTH) {
      throw new TerraformJsonError(`modules nest deeper than ${MAX_MODULE_DEPTH} levels in this ${wanted}`);
    }
    const { address, resources, child_modules } = checked(stateModuleSchema, next.module, wanted);
    for (const resource of resources) found.push({ ...resource, module: address });
    for (const module of child_modules) waiting.push({ module, depth: next.depth + 1 });
  }
  return found;
}

function recordedAttachments(resources: readonly StateResource[]): readonly RecordedAttachment[] {
  const confirmed = new Set<string>();
  const records: { readonly runner: string | undefined; readonly record: RecordedAttachment }[] = [];
  for (const resource of resources) {
    const marked = { value: resource.values, sensitive: resource.sensitive_values };
    const role = roleByShape(resource, marked);
    const carried = carriedBy(resource, marked);
    if (role === undefined || carried === undefined) continue;
    const { address, tainted, deposed_key } = resource;
    const runner = role === 'whole' ? undefined : setId({ ...resource, index: undefined });
    if (role === 'confirmation' && !tainted && runner !== undefined) confirmed.add(runner);
    if (role !== 'whole' && role !== 'attachment') continue;
    const record: RecordedAttachment = {
      address: deposed_key === undefined ? address : `${address} (deposed ${deposed_key})`,
      runner: role === 'whole' ? 'provider' : 'local-exec',
      ends: endsOf(carried),
      tainted,
      deposed: deposed_key !== undefined,
      unfinished: false,
    };
    records.push({ runner, record });
  }
  return records
    .map(({ runner, record }) => ({ ...record, unfinished: runner !== undefined && !confirmed.has(runner) }))
    .sort((a, b) => compare(a.address, b.address));
}

/** The same for all resources of one attachment. `set` tells those of one module apart. */
export function setId(
  resource: Pick<StateResource, 'module' | 'type' | 'name' | 'index'>,
  set = namedRole(resource.name)?.set ?? resource.name,
): string {
  return JSON.stringify([resource.module, resource.type, set, resource.index ?? null]);
}

/** By code units: the same order on every machine. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
