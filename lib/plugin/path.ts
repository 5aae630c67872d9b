/** One step into a value: an attribute's or block's name, the index of a list element, or the key of a map element. */
export type Step = string | number | { readonly key: string };

/** Where in a resource's or provider's configuration something is. Elements of sets have no path: point at the set. */
export type Path = readonly Step[];

/** A path as a person would write it: `timeouts.create`, `disks[2].size`, `tags["a b"]`. */
export function pathText(path: Path): string {
  return path
    .map((step, i) => {
      if (typeof step === 'string') return i === 0 ? step : `.${step}`;
      return typeof step === 'number' ? `[${step}]` : `[${JSON.stringify(step.key)}]`;
    })
    .join('');
}
