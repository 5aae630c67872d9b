/** A block as the configuration names it, in whatever module: `module.net.terraform_data.nic_attachment`. */
export type BlockAddress = string;

/** The address of the block to which a resource belongs. */
export function blockOf(resource: {
  readonly module: string;
  readonly mode: string;
  readonly type: string;
  readonly name: string;
}): BlockAddress {
  const { module, mode, type, name } = resource;
  return [withoutKeys(module), mode === 'data' ? 'data' : '', type, name]
    .filter((part) => part !== '')
    .join('.');
}

/** A module's address without the keys of its instances: `module.a["x.y"].module.b[0]` is `module.a.module.b`. */
export function withoutKeys(address: string): string {
  // A key is a number, or a quoted string in which quotes are escaped and brackets are not.
  return address.replace(/\[(?:\d+|"(?:[^"\\]|\\.)*")\]/g, '');
}

/** The first `count` names of a reference such as `module.net.subnet["a"].id`. */
export function namesOf(reference: string): readonly string[] {
  return withoutKeys(reference).split('.');
}
