import { BLOCK, ID_PATTERN } from '../contract';
import type { InstanceId, NicId } from '../zec/ids';

/** Why Terraform's JSON does not tell an id: apply will; it is marked sensitive; what stands there is no id. */
export type Untold = 'after-apply' | 'sensitive' | 'not-an-id';

export type End<Id extends string> =
  { readonly known: true; readonly id: Id } | { readonly known: false; readonly why: Untold };

/** The two ends of an attachment, as far as Terraform tells them. */
export interface Ends {
  readonly nic: End<NicId>;
  readonly instance: End<InstanceId>;
}

/** A value of Terraform's JSON with the marks that stand beside it. */
export interface Marked {
  readonly value: unknown;
  readonly unknown?: unknown;
  readonly sensitive?: unknown;
}

/** The ends that an object with `nic_id` and `instance_id` names. */
export function endsOf(marked: Marked): Ends {
  return { nic: end<NicId>(marked, BLOCK.nicId), instance: end<InstanceId>(marked, BLOCK.instanceId) };
}

/** Whether the object has `nic_id` and `instance_id`, and nothing else. */
export function isEnds({ value, unknown }: Marked): boolean {
  const names = new Set([...namesIn(value), ...namesIn(unknown)]);
  return names.size === 2 && names.has(BLOCK.nicId) && names.has(BLOCK.instanceId);
}

/** What stands at `name` in an object, with its marks. A mark on the whole is a mark on every part. */
export function part({ value, unknown, sensitive }: Marked, name: string): Marked {
  return {
    value: at(value, name),
    unknown: unknown === true || at(unknown, name),
    sensitive: sensitive === true || at(sensitive, name),
  };
}

/** Both ends are told, and are those of the other. */
export function sameEnds(a: Ends | undefined, b: Ends | undefined): boolean {
  return a !== undefined && b !== undefined && sameEnd(a.nic, b.nic) && sameEnd(a.instance, b.instance);
}

function sameEnd(a: End<string>, b: End<string>): boolean {
  return a.known && b.known && a.id === b.id;
}

function end<Id extends string>(marked: Marked, name: string): End<Id> {
  const { value, unknown, sensitive } = part(marked, name);
  if (sensitive === true) return { known: false, why: 'sensitive' };
  if (unknown === true) return { known: false, why: 'after-apply' };
  return typeof value === 'string' && ID_PATTERN.test(value)
    ? { known: true, id: value as Id }
    : { known: false, why: 'not-an-id' };
}

function at(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

function namesIn(value: unknown): readonly string[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
}
