import { isObject } from './values';
import type { ObjectValue, Type, TypeOf, Unknown, Value } from './values';

/** Options of every attribute. */
interface CommonOptions<K extends Value> {
  readonly description?: string;
  readonly required?: boolean;
  readonly optional?: boolean;
  /** Terraform hides the value, and this server redacts it from logs and diagnostics. */
  readonly sensitive?: boolean;
  /** Checks a known configuration value. Returns an error message, a full sentence, if it is invalid. */
  validate?(value: K): string | undefined;
}

/** Options of an attribute, which is `required`, `optional`, `computed`, or `optional` and `computed`. */
export interface AttributeOptions<K extends Value = Value> extends CommonOptions<K> {
  /** The provider sets the value. It is unknown in a plan unless the configuration sets it. */
  readonly computed?: boolean;
  /** A change of the value replaces the resource. */
  readonly requiresReplace?: boolean;
  /** An in-place update does not change this computed value, so plans keep it. */
  readonly stable?: boolean;
}

export interface Attribute {
  readonly type: Type;
  readonly options: AttributeOptions;
}

export type Attributes = Readonly<Record<string, Attribute>>;

/** A nested block that may occur once. */
export interface Block {
  readonly description: string;
  readonly attributes: Attributes;
}

/** The schema of a provider, a resource or a data source. */
export interface Schema {
  readonly description: string;
  readonly attributes: Attributes;
  readonly blocks: Readonly<Record<string, Block>>;
}

/** Carries types for the compiler: `R` whether it is required, `K` its known value, `P` its planned value. */
interface AttributeModel<R extends boolean, K, P> extends Attribute {
  readonly model?: readonly [R, K, P];
}
interface BlockModel<K, P> extends Block {
  readonly model?: readonly [K, P];
}
interface SchemaModel<K, P> extends Schema {
  readonly model?: readonly [K, P];
}

type Required<O> = O extends { readonly required: true } ? true : false;

type KnownPart<T> =
  T extends AttributeModel<infer R, infer K, infer _>
    ? R extends true
      ? K
      : K | null
    : T extends BlockModel<infer K, infer _>
      ? K
      : never;
type PlannedPart<T> =
  T extends AttributeModel<infer _, infer __, infer P>
    ? P | null | Unknown
    : T extends BlockModel<infer _, infer P>
      ? P
      : never;
type KnownObject<A, B> = { readonly [N in keyof A]: KnownPart<A[N]> } & {
  readonly [N in keyof B]: KnownPart<B[N]>;
};
type PlannedObject<A, B> = { readonly [N in keyof A]: PlannedPart<A[N]> } & {
  readonly [N in keyof B]: PlannedPart<B[N]>;
};

/** The type of a state: all values are known; values that are not required may be null. */
export type KnownValues<S> = S extends SchemaModel<infer K, infer _> ? K : never;
/** The type of a configuration or a planned state: all values may be null or unknown. */
export type PlannedValues<S> = S extends SchemaModel<infer _, infer P> ? P : never;

/** Defines an attribute: `attribute(types.string, { required: true, requiresReplace: true })`. */
export function attribute<K extends Value, P extends Value, const O extends AttributeOptions<K>>(
  type: TypeOf<K, P>,
  options: O,
): AttributeModel<Required<O>, K, P> {
  return { type: type.constraint, options };
}

/** Defines a nested block of configuration attributes. It is null if the configuration omits it. */
export function block<A extends Attributes>(content: {
  readonly description?: string;
  readonly attributes: A;
}): BlockModel<KnownObject<A, unknown> | null, PlannedObject<A, unknown> | null | Unknown> {
  return { description: '', ...content };
}

/**
 * Defines the schema of a provider, a resource or a data source.
 * @throws Error when Terraform would reject the schema or this server does not support it
 */
export function defineSchema<A extends Attributes, B extends Readonly<Record<string, Block>>>(content: {
  readonly description?: string;
  readonly attributes: A;
  readonly blocks?: B;
}): SchemaModel<KnownObject<A, B>, PlannedObject<A, B>> {
  const schema = { description: '', blocks: {}, ...content };
  for (const name of [...Object.keys(schema.attributes), ...Object.keys(schema.blocks)]) {
    if (RESERVED.has(name)) throw schemaError(name, 'is a name that Terraform reserves');
  }
  checkAttributes(schema.attributes, '');
  for (const [name, { attributes }] of Object.entries<Block>(schema.blocks)) {
    checkName(name, name);
    if (Object.hasOwn(schema.attributes, name)) throw schemaError(name, 'is both an attribute and a block');
    checkAttributes(attributes, `${name}.`);
    for (const [inner, { options }] of Object.entries(attributes)) {
      if (options.computed === true || options.requiresReplace === true) {
        throw schemaError(`${name}.${inner}`, 'is in a block, so it can be only required or optional');
      }
    }
  }
  return schema;
}

const NAME = /^[a-z_][a-z0-9_]*$/;
// Terraform's meta-arguments.
const RESERVED = new Set([
  'connection',
  'count',
  'depends_on',
  'for_each',
  'lifecycle',
  'provider',
  'provisioner',
]);

function checkAttributes(attributes: Attributes, prefix: string): void {
  for (const [name, { options }] of Object.entries(attributes)) {
    const path = `${prefix}${name}`;
    checkName(name, path);
    const { required = false, optional = false, computed = false, stable = false } = options;
    if (required ? optional || computed : !optional && !computed) {
      throw schemaError(path, 'must be required, optional, computed, or optional and computed');
    }
    if (stable && !computed) throw schemaError(path, 'is stable but not computed');
  }
}

function checkName(name: string, path: string): void {
  if (!NAME.test(name)) throw schemaError(path, 'must consist of lower-case letters, digits and underscores');
}

function schemaError(path: string, what: string): Error {
  return new Error(`Schema: ${path} ${what}.`);
}

/** An attribute or a block. The value of a block is an optional object. */
export interface Property extends Attribute {
  /** The attributes of a block. */
  readonly attributes?: Attributes;
}

// Cached, because every RPC needs them and a schema is immutable.
const PROPERTIES = new WeakMap<Schema, Readonly<Record<string, Property>>>();

/** All attributes and blocks of a schema by name. */
export function propertiesOf(schema: Schema): Readonly<Record<string, Property>> {
  let properties = PROPERTIES.get(schema);
  if (properties === undefined) {
    const blocks = Object.entries(schema.blocks).map(([name, { attributes }]): [string, Property] => [
      name,
      { type: objectType(attributes), options: { optional: true }, attributes },
    ]);
    properties = { ...schema.attributes, ...Object.fromEntries(blocks) };
    PROPERTIES.set(schema, properties);
  }
  return properties;
}

/** The object type that a schema defines. */
export function schemaType(schema: Schema): Type {
  return objectType(propertiesOf(schema));
}

function objectType(attributes: Attributes): Type {
  return ['object', Object.fromEntries(Object.entries(attributes).map(([name, { type }]) => [name, type]))];
}

/** All strings in sensitive attributes. */
export function secretsIn(schema: Schema, value: ObjectValue | null): readonly string[] {
  return value === null ? [] : secretsOf(propertiesOf(schema), value);
}

function secretsOf(properties: Readonly<Record<string, Property>>, value: ObjectValue): readonly string[] {
  return Object.entries(properties).flatMap(([name, { options, attributes }]) => {
    const part = value[name] ?? null;
    if (options.sensitive === true) return stringsIn(part);
    return attributes !== undefined && isObject(part) ? secretsOf(attributes, part) : [];
  });
}

function stringsIn(value: Value): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null
    ? Object.values(value as ObjectValue).flatMap(stringsIn)
    : [];
}
