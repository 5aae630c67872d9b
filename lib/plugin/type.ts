import type { NumberValue, Unknown, Value } from './value';

/** A type constraint, in the very form Terraform reads and writes as JSON. */
export type Type =
  | 'string'
  | 'number'
  | 'bool'
  | 'dynamic'
  | readonly ['list', Type]
  | readonly ['set', Type]
  | readonly ['map', Type]
  | readonly ['object', { readonly [name: string]: Type }]
  | readonly ['tuple', readonly Type[]];

/**
 * A type constraint that carries what TypeScript should know: `K` is the type of a known value, `P` of one that
 * may hold unknown parts.
 */
export interface TypeOf<K extends Value, P extends Value = K> {
  readonly constraint: Type;
  /** Never set; keeps `K` and `P` for the compiler. */
  readonly model?: readonly [K, P];
}

/** The elements of Terraform's collections may be null. */
type Elements<V> = readonly (V | null)[];
type Entries<V> = Readonly<Record<string, V | null>>;

const make = <K extends Value, P extends Value = K>(constraint: Type): TypeOf<K, P> => ({ constraint });

export const types = {
  string: make<string>('string'),
  number: make<NumberValue>('number'),
  bool: make<boolean>('bool'),
  /** Whatever the configuration holds. */
  dynamic: make<Value>('dynamic'),
  list: <K extends Value, P extends Value>(of: TypeOf<K, P>) =>
    make<Elements<K>, Elements<P | Unknown>>(['list', of.constraint]),
  set: <K extends Value, P extends Value>(of: TypeOf<K, P>) =>
    make<Elements<K>, Elements<P | Unknown>>(['set', of.constraint]),
  map: <K extends Value, P extends Value>(of: TypeOf<K, P>) =>
    make<Entries<K>, Entries<P | Unknown>>(['map', of.constraint]),
  object: <T extends Readonly<Record<string, TypeOf<Value>>>>(of: T) =>
    make<
      { readonly [A in keyof T]: T[A] extends TypeOf<infer K, infer _> ? K | null : never },
      { readonly [A in keyof T]: T[A] extends TypeOf<infer _, infer P> ? P | null | Unknown : never }
    >(['object', Object.fromEntries(Object.entries(of).map(([name, type]) => [name, type.constraint]))]),
  tuple: (...of: readonly TypeOf<Value>[]) =>
    make<readonly Value[]>(['tuple', of.map((type) => type.constraint)]),
} as const;

/** Types nest no deeper than this; neither do values, since a value is as deep as its type. */
export const MAX_TYPE_DEPTH = 40;

/** Reads a type constraint from parsed JSON. Undefined when it is none, or too deep. */
export function parseType(json: unknown, depth = 0): Type | undefined {
  if (depth > MAX_TYPE_DEPTH) return undefined;
  if (json === 'string' || json === 'number' || json === 'bool' || json === 'dynamic') return json;
  // An object type may carry a third part, the names of its optional attributes; values do not depend on it.
  if (!Array.isArray(json) || json.length < 2) return undefined;
  const [kind, of] = json as [unknown, unknown];
  if (kind === 'list' || kind === 'set' || kind === 'map') {
    const element = parseType(of, depth + 1);
    return element && [kind, element];
  }
  if (kind === 'tuple' && Array.isArray(of)) {
    const parts = of.map((part) => parseType(part, depth + 1));
    return parts.every((part) => part !== undefined) ? ['tuple', parts] : undefined;
  }
  if (kind === 'object' && typeof of === 'object' && of !== null && !Array.isArray(of)) {
    const attributes = Object.create(null) as Record<string, Type>;
    for (const [name, part] of Object.entries(of)) {
      const type = parseType(part, depth + 1);
      if (type === undefined) return undefined;
      attributes[name] = type;
    }
    return ['object', attributes];
  }
  return undefined;
}
