import { decodeValue, encodeValue } from './codec';
import { DiagnosticError } from './diagnostics';
import type { ResourceDefinition } from './provider';
import type { DynamicValue } from './rpc-context';
import type { Attribute } from './schema';
import { isUnknown, type ObjectValue, type Type } from './values';

// The identity of a resource: an object with the value of its attribute `identity`.

type Identified = Pick<ResourceDefinition, 'identity' | 'schema'>;
interface IdentityData {
  readonly identityData?: DynamicValue | undefined;
}

/** The identity schemas of all resources that have one. Their version is always 0. */
export function identitySchemas(resources: Readonly<Record<string, Identified>>) {
  const schemas: Record<string, { identityAttributes: object[] }> = {};
  for (const [typeName, { identity: name, schema }] of Object.entries(resources)) {
    if (name === undefined) continue;
    const { type, options } = attributeOf(schema, name);
    const attribute = {
      name,
      type: Buffer.from(JSON.stringify(type)),
      requiredForImport: true,
      description: options.description ?? '',
    };
    schemas[typeName] = { identityAttributes: [attribute] };
  }
  return schemas;
}

/**
 * The identity in a state; `undefined` if the resource has none, or in a plan if it is unknown: OpenTofu 1.12 cannot store an
 * unknown identity.
 */
export function identityOf({ identity: name }: Identified, state: unknown): IdentityData | undefined {
  if (name === undefined || state === null) return undefined;
  const value = (state as ObjectValue)[name] ?? null;
  return isUnknown(value) ? undefined : { identityData: { msgpack: encodeValue({ [name]: value }) } };
}

/** The type of identities. @throws DiagnosticError if the resource has none */
export function identityType({ identity: name, schema }: Identified): Type {
  if (name === undefined) throw new DiagnosticError('The resource type has no identity');
  return ['object', { [name]: attributeOf(schema, name).type }];
}

/** The value of an identity to import. @throws DiagnosticError if it is invalid */
export function identityToImport(definition: Identified, { identityData }: IdentityData): string {
  const type = identityType(definition);
  const identity = decodeValue(type, identityData?.msgpack ?? new Uint8Array()) as ObjectValue | null;
  const { identity: name = '', schema } = definition;
  const value = identity?.[name];
  const problem =
    typeof value === 'string' ? attributeOf(schema, name).options.validate?.(value) : 'It is required.';
  if (problem !== undefined) throw new DiagnosticError(`Invalid identity: ${name}`, { detail: problem });
  return value as string;
}

function attributeOf({ attributes }: Identified['schema'], name: string): Attribute {
  const attribute = attributes[name];
  if (attribute === undefined) throw new Error(`the identity ${name} is not an attribute`);
  return attribute;
}
