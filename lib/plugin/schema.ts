import { isObject } from './values';
import type { ObjectValue, Type, TypeOf, Unknown, Value } from './values';

/** What may be said of every attribute. */
interface CommonOptions<K extends Value> {
  readonly description?: string;
  readonly required?: boolean;
  readonly optional?: boolean;
  /** Terraform hides it, and so do this server's logs and diagnostics. */
  readonly sensitive?: boolean;
  /** Called with a known value of the configuration; returns what is wrong with it, as a sentence. */
  validate?(value: K): string | undefined;
}

/**
 * What one attribute is. Exactly one of these must hold: `required`; `optional`; `computed`; `optional` and `computed`.
 */
export interface AttributeOptions<K extends Value = Value> extends CommonOptions<K> {
  /** The provider sets it. In a plan it is unknown wherever the configuration leaves it out. */
  readonly computed?: boolean;
  /** A change replaces the resource. */
  readonly requiresReplace?: boolean;
  /** For a computed attribute: an update in place does not change it, so plans keep its value. */
  readonly stable?: boolean;
}

export interface Attribute {
  readonly type: Type;
  readonly options: AttributeOptions;
}

export type Attributes = Readonly<Record<string, Attribute>>;

/** A nested block that may be there once. */
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

/** The compiler's view: `R` whether it is required, `K` its known values, `P` values that may hold unknown parts. */
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

/** A state: everything known; what is not required may be null. */
export type Known<S> = S extends SchemaModel<infer K, infer _> ? K : never;
/** A configuration or a plan: everything may be null or unknown. */
export type Planned<S> = S extends SchemaModel<infer _, infer P> ? P : never;

/** An attribute: `attribute(types.string, { required: true, requiresReplace: true })`. */
export function attribute<K extends Value, P extends Value, const O extends AttributeOptions<K>>(
  type: TypeOf<K, P>,
  options: O,
): AttributeModel<Required<O>, K, P> {
  return { type: type.constraint, options };
}

/** A nested block, whose attributes come from the configuration. It is null where it is left out. */
export function block<A extends Attributes>(content: {
  readonly description?: string;
  readonly attributes: A;
}): BlockModel<KnownObject<A, unknown> | null, PlannedObject<A, unknown> | null | Unknown> {
  return { description: '', ...content };
}

/**
 * The schema of a provider, a resource or a data source.
 *
 * @throws Error when Terraform would refuse it, or this server could not keep its promises.
 */
export function defineSchema<A extends Attributes, B extends Readonly<Record<string, Block>>>(content: {
  readonly description?: string;
  readonly attributes: A;
  readonly blocks?: B;
}): SchemaModel<KnownObject<A, B>, PlannedObject<A, B>> {
  const schema = { description: '', blocks: {}, ...content };
  for (const name of [...Object.keys(schema.attributes), ...Object.keys(schema.blocks)]) {
    if (RESERVED.has(name)) throw problem(name, 'is a name that Terraform keeps for itself');
  }
  checkAttributes(schema.attributes, '');
  for (const [name, { attributes }] of Object.entries<Block>(schema.blocks)) {
    checkName(name, name);
    if (Object.hasOwn(schema.attributes, name)) throw problem(name, 'is both an attribute and a block');
    checkAttributes(attributes, `${name}.`);
    for (const [inner, { options }] of Object.entries(attributes)) {
      if (options.computed === true || options.requiresReplace === true) {
        throw problem(`${name}.${inner}`, 'is in a block, so it can be no more than required or optional');
      }
    }
  }
  return schema;
}

const NAME = /^[a-z_][a-z0-9_]*$/;
// Terraform keeps these for itself in resources and data sources.
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
      throw problem(path, 'must be required, optional, computed, or optional and computed');
    }
    if (stable && !computed) throw problem(path, 'is stable but not computed');
  }
}

function checkName(name: string, path: string): void {
  if (!NAME.test(name)) throw problem(path, 'must consist of lower-case letters, digits and underscores');
}

function problem(path: string, what: string): Error {
  return new Error(`Schema: ${path} ${what}.`);
}

/** An attribute, or a block, which to values is an optional attribute of type object. */
export interface Property extends Attribute {
  /** Of a block. */
  readonly attributes?: Attributes;
}

// A schema never changes, and every call asks for it.
const PROPERTIES = new WeakMap<Schema, Readonly<Record<string, Property>>>();

/** Attributes and blocks alike. */
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

/** The type of the objects a schema describes. */
export function schemaType(schema: Schema): Type {
  return objectType(propertiesOf(schema));
}

function objectType(attributes: Attributes): Type {
  return ['object', Object.fromEntries(Object.entries(attributes).map(([name, { type }]) => [name, type]))];
}

/** Every text that sensitive attributes hold. */
export function secretsIn(schema: Schema, value: ObjectValue | null): readonly string[] {
  return value === null ? [] : secretsOf(propertiesOf(schema), value);
}

function secretsOf(properties: Readonly<Record<string, Property>>, value: ObjectValue): readonly string[] {
  return Object.entries(properties).flatMap(([name, { options, attributes }]) => {
    const part = value[name] ?? null;
    if (options.sensitive === true) return textsIn(part);
    return attributes !== undefined && isObject(part) ? secretsOf(attributes, part) : [];
  });
}

function textsIn(value: Value): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null
    ? Object.values(value as ObjectValue).flatMap(textsIn)
    : [];
}
