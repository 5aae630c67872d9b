import { isObject, type ObjectValue, type Planned, type Type, type TypeOf, type Value } from './values';

/** Options of an attribute, which is `required`, `optional`, `computed`, or `optional` and `computed`. */
export interface AttributeOptions<K extends Value = Value> {
  readonly description?: string;
  readonly required?: boolean;
  readonly optional?: boolean;
  /** The provider sets the value. It is unknown in a plan unless the configuration sets it. */
  readonly computed?: boolean;
  /** Terraform hides the value, and this server redacts it from logs and diagnostics. */
  readonly sensitive?: boolean;
  /** A change of the value replaces the resource. */
  readonly requiresReplace?: boolean;
  /** An in-place update does not change this computed value, so plans keep it. */
  readonly stable?: boolean;
  /** Checks a known configuration value. Returns an error message, a full sentence, if it is invalid. */
  validate?(value: K): string | undefined;
}

/** An attribute, or a nested block that may occur once. */
export interface Attribute {
  readonly type: Type;
  readonly options: AttributeOptions;
  readonly attributes?: Attributes;
}

export type Attributes = Readonly<Record<string, Attribute>>;

/** The schema of a provider, a resource or a data source. */
export interface Schema {
  readonly description: string;
  readonly attributes: Attributes;
}

/** Carries the type of the known value for the compiler. */
interface AttributeModel<K> extends Attribute {
  readonly model?: K;
}
interface SchemaModel<K> extends Schema {
  readonly model?: K;
}

type KnownObject<A> = { readonly [N in keyof A]: A[N] extends AttributeModel<infer K> ? K : never };

/** The type of a state: all values are known; values that are not required may be null. */
export type KnownValues<S> = S extends SchemaModel<infer K> ? K : never;
/** The type of a configuration or a planned state: all values may be null or unknown. */
export type PlannedValues<S> = { readonly [N in keyof KnownValues<S>]: Planned<KnownValues<S>[N]> };

/** Defines an attribute: `attribute(types.string, { required: true, requiresReplace: true })`. */
export function attribute<K extends Value, const O extends AttributeOptions<K>>(
  type: TypeOf<K>,
  options: O,
): AttributeModel<O extends { readonly required: true } ? K : K | null> {
  return { type: type.constraint, options };
}

/** Defines a nested block of attributes that are required or optional. It is null if the configuration omits it. */
export function block<A extends Attributes>(content: {
  readonly description?: string;
  readonly attributes: A;
}): AttributeModel<KnownObject<A> | null> {
  const { description = '', attributes } = content;
  return { type: schemaType(content), options: { optional: true, description }, attributes };
}

/** The type of objects with these attributes, for a list of them. Descriptions and options do not apply. */
export function objectType<A extends Attributes>(attributes: A): TypeOf<KnownObject<A> & ObjectValue> {
  return { constraint: schemaType({ attributes }) };
}

/** Defines the schema of a provider, a resource or a data source. Terraform checks it. */
export function defineSchema<A extends Attributes>(content: {
  readonly description?: string;
  readonly attributes: A;
}): SchemaModel<KnownObject<A>> {
  return { description: '', ...content };
}

/** The object type that a schema or a block defines. */
export function schemaType({ attributes }: Pick<Schema, 'attributes'>): Type {
  return ['object', Object.fromEntries(Object.entries(attributes).map(([name, { type }]) => [name, type]))];
}

export function secretsIn(attributes: Attributes, value: ObjectValue | null): readonly string[] {
  return Object.entries(attributes).flatMap(([name, { options, attributes: inner }]) => {
    const part = value?.[name] ?? null;
    if (options.sensitive === true) return stringsIn(part);
    return inner !== undefined && isObject(part) ? secretsIn(inner, part) : [];
  });
}

function stringsIn(value: Value): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null
    ? Object.values(value as ObjectValue).flatMap(stringsIn)
    : [];
}
