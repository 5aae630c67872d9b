import type { Type, TypeOf } from './type';
import type { Unknown, Value } from './value';

export type Nesting = 'single' | 'list' | 'set' | 'map';

/**
 * What one attribute is. Exactly one of these must hold: `required`; `optional`; `computed`; `optional` and `computed`.
 */
export interface AttributeOptions<K extends Value = Value> {
  readonly description?: string;
  readonly required?: boolean;
  readonly optional?: boolean;
  /** The provider sets it. In a plan it is unknown wherever the configuration leaves it out. */
  readonly computed?: boolean;
  /** Terraform hides it, and so do this server's logs and diagnostics. */
  readonly sensitive?: boolean;
  /** Is in the configuration only: plans and states hold null. Needs Terraform 1.11. */
  readonly writeOnly?: boolean;
  readonly deprecated?: boolean;
  /** A change replaces the resource. */
  readonly requiresReplace?: boolean;
  /** For a computed attribute: an update in place does not change it, so plans keep its value. */
  readonly stable?: boolean;
  /** Called with a known value of the configuration; returns what is wrong with it, as a sentence. */
  validate?(value: K): string | undefined;
}

export interface Attribute {
  readonly type: Type;
  readonly options: AttributeOptions;
  /** For an attribute of objects with schemas of their own. */
  readonly nested: { readonly nesting: Nesting; readonly attributes: Attributes } | undefined;
}

export interface Block {
  readonly nesting: 'single' | 'list' | 'set';
  readonly schema: ObjectSchema;
}

export type Attributes = Readonly<Record<string, Attribute>>;
export type Blocks = Readonly<Record<string, Block>>;

/** What may be written between a block's braces. */
export interface ObjectSchema {
  readonly attributes: Attributes;
  readonly blocks: Blocks;
  readonly description: string;
  readonly deprecated: boolean;
}

/** The schema of a provider, a resource or a data source. */
export interface Schema extends ObjectSchema {
  readonly version: number;
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
  return { type: type.constraint, options, nested: undefined };
}

type Nested<N extends Nesting, V> = N extends 'single'
  ? V
  : N extends 'map'
    ? Readonly<Record<string, V>>
    : readonly V[];

/** An attribute whose value is an object, or a collection of objects, with a schema of its own. */
export function nestedAttribute<
  N extends Nesting,
  A extends Attributes,
  const O extends Omit<AttributeOptions, 'validate'>,
>(
  nesting: N,
  attributes: A,
  options: O,
): AttributeModel<
  Required<O>,
  Nested<N, KnownObject<A, unknown>>,
  Nested<N, PlannedObject<A, unknown> | Unknown>
> {
  return { type: collection(nesting, attributesType(attributes)), options, nested: { nesting, attributes } };
}

type Nestable<N extends 'single' | 'list' | 'set', V> = N extends 'single' ? V | null : readonly V[];

/** A nested block. A `single` one that is left out is null; of the others there are none. */
export function block<N extends 'single' | 'list' | 'set', A extends Attributes, B extends Blocks>(
  nesting: N,
  content: {
    readonly attributes: A;
    readonly blocks?: B;
    readonly description?: string;
    readonly deprecated?: boolean;
  },
): BlockModel<Nestable<N, KnownObject<A, B>>, Nestable<N, PlannedObject<A, B>> | Unknown> {
  return { nesting, schema: objectSchema(content) };
}

/**
 * The schema of a provider, a resource or a data source.
 *
 * @throws Error when Terraform would refuse it, or this server could not keep its promises.
 */
export function defineSchema<A extends Attributes, B extends Blocks>(content: {
  /** Raise it when stored states need `upgradeState`. 0 unless told. */
  readonly version?: number;
  readonly attributes: A;
  readonly blocks?: B;
  readonly description?: string;
  readonly deprecated?: boolean;
}): SchemaModel<KnownObject<A, B>, PlannedObject<A, B>> {
  const schema = { ...objectSchema(content), version: content.version ?? 0 };
  if (!Number.isSafeInteger(schema.version) || schema.version < 0) {
    throw new Error(`A schema's version is a whole number from 0, not ${schema.version}.`);
  }
  checkObject(schema, [], true);
  return schema;
}

function objectSchema(content: {
  readonly attributes: Attributes;
  readonly blocks?: Blocks | undefined;
  readonly description?: string | undefined;
  readonly deprecated?: boolean | undefined;
}): ObjectSchema {
  return {
    attributes: content.attributes,
    blocks: content.blocks ?? {},
    description: content.description ?? '',
    deprecated: content.deprecated ?? false,
  };
}

/** The type of the objects a schema describes. */
export function schemaType(schema: ObjectSchema): Type {
  return once(TYPES, schema, () => attributesType(allAttributes(schema)));
}

/** Attributes and blocks alike: to values, a block is an optional attribute with a schema of its own. */
export function allAttributes(schema: ObjectSchema): Attributes {
  return once(ATTRIBUTES, schema, () => withBlocks(schema));
}

function withBlocks(schema: ObjectSchema): Attributes {
  const blocks = Object.entries(schema.blocks).map(
    ([name, { nesting, schema: inner }]): [string, Attribute] => {
      const attributes = allAttributes(inner);
      const type = collection(nesting, attributesType(attributes));
      return [name, { type, options: { optional: true }, nested: { nesting, attributes } }];
    },
  );
  return { ...schema.attributes, ...Object.fromEntries(blocks) };
}

// A schema never changes, and every call asks for both.
const TYPES = new WeakMap<ObjectSchema, Type>();
const ATTRIBUTES = new WeakMap<ObjectSchema, Attributes>();

function once<T>(known: WeakMap<ObjectSchema, T>, schema: ObjectSchema, make: () => T): T {
  let value = known.get(schema);
  if (value === undefined) known.set(schema, (value = make()));
  return value;
}

function attributesType(attributes: Attributes): Type {
  return ['object', Object.fromEntries(Object.entries(attributes).map(([name, { type }]) => [name, type]))];
}

function collection(nesting: Nesting, object: Type): Type {
  return nesting === 'single' ? object : [nesting, object];
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

/** `addressable`: whether parts of it have paths that survive planning, which elements of collections have not. */
function checkObject(schema: ObjectSchema, path: readonly string[], addressable: boolean): void {
  checkAttributes(schema.attributes, path, addressable);
  for (const [name, { nesting, schema: inner }] of Object.entries(schema.blocks)) {
    const at = [...path, name];
    checkName(name, at);
    if (Object.hasOwn(schema.attributes, name)) throw problem(at, 'is both an attribute and a block');
    if (nesting !== 'single' && hasComputed(inner.attributes)) {
      throw problem(at, 'is a repeated block, so it can have no computed attributes');
    }
    checkObject(inner, at, addressable && nesting === 'single');
  }
}

function checkAttributes(attributes: Attributes, path: readonly string[], addressable: boolean): void {
  for (const [name, { options, nested }] of Object.entries(attributes)) {
    const at = [...path, name];
    checkName(name, at);
    const { required = false, optional = false, computed = false } = options;
    if (required ? optional || computed : !optional && !computed) {
      throw problem(at, 'must be required, optional, computed, or optional and computed');
    }
    if (options.stable === true && !computed) throw problem(at, 'is stable but not computed');
    if (options.writeOnly === true && (computed || options.requiresReplace === true)) {
      throw problem(at, 'is write-only, so it can be neither computed nor a reason to replace');
    }
    if (
      !addressable &&
      ((computed && optional) || options.requiresReplace === true || options.writeOnly === true)
    ) {
      throw problem(at, 'is inside a collection, so it can be no more than required, optional or computed');
    }
    if (nested === undefined) continue;
    const configurable = required || optional;
    checkAttributes(nested.attributes, at, addressable && nested.nesting === 'single');
    if (configurable && nested.nesting !== 'single' && hasComputed(nested.attributes)) {
      throw problem(
        at,
        'is a collection from the configuration, so its elements can have no computed attributes',
      );
    }
  }
}

function hasComputed(attributes: Attributes): boolean {
  return Object.values(attributes).some(
    ({ options, nested }) =>
      options.computed === true || (nested !== undefined && hasComputed(nested.attributes)),
  );
}

function checkName(name: string, path: readonly string[]): void {
  if (!NAME.test(name)) throw problem(path, 'must consist of lower-case letters, digits and underscores');
  if (path.length === 1 && RESERVED.has(name))
    throw problem(path, 'is a name that Terraform keeps for itself');
}

function problem(path: readonly string[], what: string): Error {
  return new Error(`Schema: ${path.join('.')} ${what}.`);
}
