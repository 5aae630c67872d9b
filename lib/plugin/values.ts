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
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, unknownToNull(part)]));
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

/** A type constraint with the TypeScript type of a known value. */
export interface TypeOf<K extends Value> {
  readonly constraint: Type;
  /** Never set. Makes the compiler infer `K`. */
  readonly model?: K;
}

/** A planned value: it and each of its parts may be null or unknown. */
export type Planned<K> = null | Unknown | (K extends object ? { readonly [N in keyof K]: Planned<K[N]> } : K);

const typeOf = <K extends Value>(constraint: Type): TypeOf<K> => ({ constraint });

/** Attribute types. The elements of lists and maps may be null. */
export const types = {
  string: typeOf<string>('string'),
  /** A double, for settings only: Terraform may see a difference between a fraction in a state and the same in a configuration. */
  number: typeOf<number>('number'),
  bool: typeOf<boolean>('bool'),
  list: <K extends Value>(of: TypeOf<K>) => typeOf<readonly (K | null)[]>(['list', of.constraint]),
  map: <K extends Value>(of: TypeOf<K>) => typeOf<Readonly<Record<string, K | null>>>(['map', of.constraint]),
} as const;
