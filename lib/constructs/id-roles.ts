/** What an id is of, as far as its text tells. */
export type IdRole = 'vNIC' | 'instance';

const PLAIN: readonly (readonly [RegExp, IdRole])[] = [
  [/^(?:v?nic|eni)[-_]/i, 'vNIC'],
  [/^(?:ins|instance|vm)[-_]/i, 'instance'],
];
// A whole reference to a thing's own id: "zenlayercloud_zec_instance.web.id", and not one of its other attributes,
// which may well be ids of something else.
const REFERENCES: readonly (readonly [RegExp, IdRole])[] = [
  [/^\$\{(?:data\.)?\w*zec_v?nic\.[^.]+\.(?:id|nic_id|vnic_id)\}$/, 'vNIC'],
  [/^\$\{(?:data\.)?\w*zec_instance\.[^.]+\.(?:id|instance_id)\}$/, 'instance'],
];

/** The role that an id plainly has; `undefined` for most, because the API documents no shape. */
export function roleOf(id: string): IdRole | undefined {
  return (isPlain(id) ? PLAIN : REFERENCES).find(([pattern]) => pattern.test(id))?.[1];
}

/** Whether nothing in it is left for Terraform to resolve. */
export function isPlain(id: string): boolean {
  return !id.includes('${');
}
