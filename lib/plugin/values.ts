/** A value that is known only after apply. `UNKNOWN` is the only instance. */
export class Unknown {
  /** Makes the class nominal. */
  declare private readonly brand: never;

  public toString(): string {
    return '(known after apply)';
  }
}

export const UNKNOWN = new Unknown();

export function isUnknown(value: unknown): value is Unknown {
  return value instanceof Unknown;
}

/** A value of Terraform's type system. Lists are arrays; maps and objects are records. */
export type Value = null | string | boolean | number | Unknown | readonly Value[] | ObjectValue;

export interface ObjectValue {
  readonly [name: string]: Value;
}

export function isObject(value: Value | undefined): value is ObjectValue {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Unknown);
}

/** An empty record without a prototype, so that keys such as `__proto__` and `constructor` are plain keys. */
export function emptyRecord(): Record<string, Value> {
  return Object.create(null) as Record<string, Value>;
}

/** Whether `value` is unknown or contains an unknown value. */
export function hasUnknown(value: Value): boolean {
  if (isUnknown(value)) return true;
  if (Array.isArray(value)) return (value as readonly Value[]).some(hasUnknown);
  return isObject(value) && Object.values(value).some(hasUnknown);
}

/** Replaces unknown values by null, for the state of an operation that failed before they were known. */
export function unknownToNull(value: Value): Value {
  if (isUnknown(value)) return null;
  if (Array.isArray(value)) return (value as readonly Value[]).map(unknownToNull);
  if (!isObject(value)) return value;
  const result = emptyRecord();
  for (const [name, part] of Object.entries(value)) result[name] = unknownToNull(part);
  return result;
}

/** Equality by value. An unknown equals only an unknown. */
export function equal(a: Value, b: Value): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    const [left, right] = [a as readonly Value[], b as readonly Value[]];
    return left.length === right.length && left.every((part, i) => equal(part, right[i] ?? null));
  }
  if (!isObject(a) || !isObject(b)) return a === b;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && equal(a[name] ?? null, b[name] ?? null))
  );
}

/** A type constraint in Terraform's JSON form. */
export type Type =
  | 'string'
  | 'number'
  | 'bool'
  | readonly ['list', Type]
  | readonly ['map', Type]
  | readonly ['object', { readonly [name: string]: Type }];

/**
 * A type constraint with its TypeScript types: `K` of a known value, `P` of a planned value, which may contain unknown
 * values.
 */
export interface TypeOf<K extends Value, P extends Value = K> {
  readonly constraint: Type;
  /** Never set. Makes the compiler infer `K` and `P`. */
  readonly model?: readonly [K, P];
}

const typeOf = <K extends Value, P extends Value = K>(constraint: Type): TypeOf<K, P> => ({ constraint });

/** Attribute types. The elements of lists and maps may be null. */
export const types = {
  string: typeOf<string>('string'),
  /** A double, for settings only: Terraform may see a difference between a fraction in a state and the same in a configuration. */
  number: typeOf<number>('number'),
  bool: typeOf<boolean>('bool'),
  list: <K extends Value, P extends Value>(of: TypeOf<K, P>) =>
    typeOf<readonly (K | null)[], readonly (P | Unknown | null)[]>(['list', of.constraint]),
  map: <K extends Value, P extends Value>(of: TypeOf<K, P>) =>
    typeOf<Readonly<Record<string, K | null>>, Readonly<Record<string, P | Unknown | null>>>([
      'map',
      of.constraint,
    ]),
} as const;
