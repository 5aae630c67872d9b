import { decode, encode, ExtData, ExtensionCodec } from '@msgpack/msgpack';
import { MalformedError, ValueError } from './diagnostics';
import type { Path } from './diagnostics';
import { emptyRecord, isObject, isUnknown, UNKNOWN } from './values';
import type { Type, Value } from './values';

/** Parsed JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

// Extension 0 is an unknown; 12 is an unknown of which something is known (not null, a prefix …).
const UNKNOWN_EXT = 0;
const REFINED_UNKNOWN_EXT = 12;

const DECIMAL = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

const extensionCodec = new ExtensionCodec();
for (const type of [UNKNOWN_EXT, REFINED_UNKNOWN_EXT]) {
  extensionCodec.register({ type, encode: () => null, decode: () => UNKNOWN });
}
const UNKNOWN_ON_WIRE = new ExtData(UNKNOWN_EXT, new Uint8Array(1));

/**
 * Reads a value of the given type from Terraform's msgpack form.
 *
 * @throws MalformedError when the bytes are no msgpack, or no value of this type.
 */
export function decodeValue(type: Type, bytes: Uint8Array): Value {
  let raw: unknown;
  try {
    raw = decode(bytes, { extensionCodec });
  } catch (error) {
    throw new MalformedError(`not a valid msgpack value: ${(error as Error).message}`, error);
  }
  return valueFrom(type, raw, 'value');
}

/**
 * Parses the JSON of a stored state, of whatever type of resource.
 *
 * @throws MalformedError when it is no JSON object.
 */
export function parseState(bytes: Uint8Array): Readonly<Record<string, Json>> {
  let json: Json;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Json;
  } catch {
    // The parser's own message would show a part of the state, which may be a secret.
    throw new MalformedError('a stored state is not JSON');
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new MalformedError('a stored state is not a JSON object');
  }
  return json as Readonly<Record<string, Json>>;
}

/**
 * Makes a value of the given type of unpacked msgpack or parsed JSON. Attributes that the type does not have are dropped
 * and those that are missing are null, so that a schema may gain and lose attributes without a new version.
 *
 * @param at names the value in errors
 * @throws MalformedError when some part is of another type
 */
export function valueFrom(type: Type, raw: unknown, at: string): Value {
  if (raw === null || raw === undefined) return null;
  if (isUnknown(raw)) return UNKNOWN;
  if (typeof type === 'string') return scalarFrom(type, raw, at);
  const [kind, of] = type;
  if (kind === 'list') {
    if (!Array.isArray(raw)) throw new MalformedError(`${at} is not a list`);
    return raw.map((element, i) => valueFrom(of, element, `${at}[${i}]`));
  }
  if (typeof raw !== 'object' || Object.getPrototypeOf(raw) !== Object.prototype) {
    throw new MalformedError(`${at} is not ${kind === 'map' ? 'a map' : 'an object'}`);
  }
  const parts = raw as Readonly<Record<string, unknown>>;
  const result = emptyRecord();
  if (kind === 'map') {
    for (const [key, part] of Object.entries(parts)) result[key] = valueFrom(of, part, `${at}[…]`);
    return result;
  }
  for (const [name, part] of Object.entries(of)) {
    result[name] = valueFrom(part, Object.hasOwn(parts, name) ? parts[name] : null, `${at}.${name}`);
  }
  return result;
}

function scalarFrom(type: 'string' | 'number' | 'bool', raw: unknown, at: string): Value {
  switch (type) {
    case 'string':
      // A stored number or bool becomes text when an attribute's type became string.
      if (typeof raw === 'string') return raw;
      if (typeof raw === 'number' || typeof raw === 'boolean') return String(raw);
      break;
    case 'bool':
      if (typeof raw === 'boolean') return raw;
      break;
    case 'number': {
      // A number that no float holds exactly, such as 0.1, comes as text.
      const number = typeof raw === 'string' && DECIMAL.test(raw) ? Number(raw) : raw;
      if (typeof number === 'number' && !Number.isNaN(number)) return number;
      break;
    }
  }
  throw new MalformedError(`${at} is not a ${type} value`);
}

/**
 * Writes a value of the given type in Terraform's msgpack form.
 *
 * @throws ValueError naming the attribute when `value` is not of this type.
 */
export function encodeValue(type: Type, value: Value): Uint8Array {
  return encode(rawFrom(type, value, []), { extensionCodec });
}

function rawFrom(type: Type, value: Value | undefined, path: Path): unknown {
  if (value === null) return null;
  if (value === undefined) throw new ValueError('is missing', path);
  if (isUnknown(value)) return UNKNOWN_ON_WIRE;
  if (typeof type === 'string') return rawScalar(type, value, path);
  const [kind, of] = type;
  if (kind === 'list') {
    if (!Array.isArray(value)) throw new ValueError('is not a list', path);
    return (value as readonly Value[]).map((part, i) => rawFrom(of, part, [...path, i]));
  }
  if (!isObject(value)) throw new ValueError(`is not ${kind === 'map' ? 'a map' : 'an object'}`, path);
  const result = emptyRecord() as Record<string, unknown>;
  if (kind === 'map') {
    for (const [key, part] of Object.entries(value)) result[key] = rawFrom(of, part, [...path, { key }]);
    return result;
  }
  const extra = Object.keys(value).find((name) => !Object.hasOwn(of, name));
  if (extra !== undefined) throw new ValueError('is not in the schema', [...path, extra]);
  for (const [name, part] of Object.entries(of)) result[name] = rawFrom(part, value[name], [...path, name]);
  return result;
}

function rawScalar(type: 'string' | 'number' | 'bool', value: Value, path: Path): unknown {
  if (type === 'number' && typeof value === 'number' && !Number.isNaN(value)) {
    // A fraction travels as text: 0.1 as a float would be a different number to Terraform, which calculates with 512 bits.
    return Number.isInteger(value) || !Number.isFinite(value) ? value : String(value);
  }
  if ((type === 'string' && typeof value === 'string') || (type === 'bool' && typeof value === 'boolean')) {
    return value;
  }
  throw new ValueError(`is not a ${type} value`, path);
}
