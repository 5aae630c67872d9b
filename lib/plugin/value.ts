import type { Type } from './type';

/** A value that Terraform does not know yet. There is one, `UNKNOWN`. */
export class Unknown {
  /** Makes the class nominal: nothing else is an `Unknown`. */
  declare private readonly brand: never;

  public toString(): string {
    return '(known after apply)';
  }
}

export const UNKNOWN = new Unknown();

export function isUnknown(value: unknown): value is Unknown {
  return value instanceof Unknown;
}

/** A number that neither `number` nor `bigint` holds exactly, in decimal notation. */
export class Decimal {
  public constructor(public readonly text: string) {}

  public toString(): string {
    return this.text;
  }
}

/** Terraform's numbers have no limits: `number` where that is exact, else `bigint` or `Decimal`. */
export type NumberValue = number | bigint | Decimal;

/** A value of an attribute whose type is `dynamic`, with the type it has this time. */
export class DynamicValue {
  public constructor(
    public readonly type: Type,
    public readonly value: Value,
  ) {}
}

/** Any value of Terraform's type system. Lists, sets and tuples are arrays; maps and objects are records. */
export type Value =
  null | string | boolean | NumberValue | Unknown | DynamicValue | readonly Value[] | ObjectValue;

export interface ObjectValue {
  readonly [name: string]: Value;
}

export function isObject(value: Value | undefined): value is ObjectValue {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Unknown || value instanceof Decimal || value instanceof DynamicValue)
  );
}

/** An empty record without a prototype, so that no key (`__proto__`, `constructor`) means anything. */
export function emptyRecord(): Record<string, Value> {
  return Object.create(null) as Record<string, Value>;
}

/** Whether `value` is unknown or holds something unknown. */
export function hasUnknown(value: Value): boolean {
  if (isUnknown(value)) return true;
  if (value instanceof DynamicValue) return hasUnknown(value.value);
  if (Array.isArray(value)) return (value as readonly Value[]).some(hasUnknown);
  return isObject(value) && Object.values(value).some(hasUnknown);
}

/** The same value with null in every unknown place: what is left when an operation ended before it knew. */
export function unknownToNull(value: Value): Value {
  if (isUnknown(value)) return null;
  if (value instanceof DynamicValue) return new DynamicValue(value.type, unknownToNull(value.value));
  if (Array.isArray(value)) return (value as readonly Value[]).map(unknownToNull);
  if (!isObject(value)) return value;
  const result = emptyRecord();
  for (const [name, part] of Object.entries(value)) result[name] = unknownToNull(part);
  return result;
}
