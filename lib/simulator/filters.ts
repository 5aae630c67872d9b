import * as v from 'valibot';
import { MAX_TAGS } from '../zec/types';
import { list, oneOf, text } from './check';
import type { nicInfo } from './describe';
import { tag, type Tag } from './world';

export const filter = v.optional(text());
export const optionalOneOf = (known: readonly string[]) =>
  v.optional(v.pipe(v.string('must be text'), oneOf(known)));
/** The filters that vNICs and instances have in common. */
export const commonFilters = {
  name: filter,
  resourceGroupId: filter,
  tagKeys: v.optional(list(text(), MAX_TAGS)),
  tags: v.optional(list(tag, MAX_TAGS)),
};

interface Filters {
  readonly name?: string | undefined;
  readonly tagKeys?: readonly string[] | undefined;
  readonly tags?: readonly Tag[] | undefined;
}

/**
 * Whether an item matches all filters, including all tags and tag keys (assumed).
 * @param fields required values by field name; `undefined` matches every value
 */
export function matches(
  item: { readonly name: string; readonly tags: { readonly tags: readonly Tag[] } },
  { name = '', tagKeys = [], tags = [] }: Filters,
  fields: Readonly<Record<string, string | undefined>>,
): boolean {
  const values = item as unknown as Readonly<Record<string, unknown>>;
  const has = (key: string, value?: string) =>
    item.tags.tags.some((own) => own.key === key && (value === undefined || own.value === value));
  return (
    item.name.includes(name) &&
    tagKeys.every((key) => has(key)) &&
    tags.every(({ key, value }) => has(key, value)) &&
    Object.entries(fields).every(([key, wanted]) => wanted === undefined || values[key] === wanted)
  );
}

export function hasAddress(nic: ReturnType<typeof nicInfo>, address: string): boolean {
  return [nic.primaryIpv6, ...nic.privateIpList, ...nic.publicIpList].includes(address);
}
