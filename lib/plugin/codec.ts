import { decode, encode, ExtensionCodec } from '@msgpack/msgpack';
import { MalformedError } from './diagnostics';
import { isUnknown, UNKNOWN, type Type, type Value } from './values';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

// Extension 0 is an unknown value, 12 one with refinements (not null, a prefix …), which are ignored.
const UNKNOWN_EXT = 0;
const REFINED_UNKNOWN_EXT = 12;

const DECIMAL = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

const extensionCodec = new ExtensionCodec();
extensionCodec.register({
  type: UNKNOWN_EXT,
  encode: (value) => (isUnknown(value) ? new Uint8Array(1) : null),
  decode: () => UNKNOWN,
});
extensionCodec.register({ type: REFINED_UNKNOWN_EXT, encode: () => null, decode: () => UNKNOWN });

/**
 * Decodes a value of the given type from Terraform's msgpack encoding.
 * @throws MalformedError when the bytes are not msgpack or not a value of this type
 */
export function decodeValue(type: Type, bytes: Uint8Array): Value {
  let raw: unknown;
  try {
    raw = decodeRaw(bytes);
  } catch (error) {
    throw new MalformedError(`not a valid msgpack value: ${(error as Error).message}`, error);
  }
  return valueFrom(type, raw, 'value');
}

function decodeRaw(bytes: Uint8Array): unknown {
  try {
    return decode(bytes, { extensionCodec });
  } catch {
    // The decoder rejects the map key "__proto__", which may be the key of a tag, unless it has a prefix.
    return withoutPrefix(decode(bytes, { extensionCodec, keyDecoder }));
  }
}

const KEY_PREFIX = '=';
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const keyDecoder = {
  canBeCached: () => true,
  decode: (bytes: Uint8Array, offset: number, length: number) =>
    KEY_PREFIX + utf8.decode(bytes.subarray(offset, offset + length)),
};

function withoutPrefix(raw: unknown): unknown {
  if (Array.isArray(raw)) return raw.map(withoutPrefix);
  if (typeof raw !== 'object' || raw === null || Object.getPrototypeOf(raw) !== Object.prototype) return raw;
  const parts = Object.entries(raw).map(([key, part]) => [key.slice(KEY_PREFIX.length), withoutPrefix(part)]);
  return Object.fromEntries(parts);
}

/**
 * Parses the JSON of a stored state, of any resource type.
 * @throws MalformedError when it is not a JSON object
 */
export function parseState(bytes: Uint8Array): Readonly<Record<string, Json>> {
  let json: Json;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Json;
  } catch {
    // The parser's message quotes a part of the state, which may be a secret.
    throw new MalformedError('a stored state is not JSON');
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new MalformedError('a stored state is not a JSON object');
  }
  return json as Readonly<Record<string, Json>>;
}

/**
 * Converts decoded msgpack or JSON to a value of the given type. Attributes that are not in the type are dropped, and
 * missing ones are null, so that a schema can gain and lose attributes without a new version.
 * @param at the value's name in errors
 * @throws MalformedError when a part has another type
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
  if (kind === 'map') {
    return Object.fromEntries(
      Object.entries(parts).map(([key, part]) => [key, valueFrom(of, part, `${at}[…]`)]),
    );
  }
  return Object.fromEntries(
    Object.entries(of).map(([name, part]) => [
      name,
      valueFrom(part, Object.hasOwn(parts, name) ? parts[name] : null, `${at}.${name}`),
    ]),
  );
}

function scalarFrom(type: 'string' | 'number' | 'bool', raw: unknown, at: string): Value {
  switch (type) {
    case 'string':
      // The attribute may have been a number or a bool when the state was stored.
      if (typeof raw === 'string') return raw;
      if (typeof raw === 'number' || typeof raw === 'boolean') return String(raw);
      break;
    case 'bool':
      if (typeof raw === 'boolean') return raw;
      break;
    case 'number': {
      // Terraform sends a number that is not exact as a float, such as 0.1, as a string.
      const number = typeof raw === 'string' && DECIMAL.test(raw) ? Number(raw) : raw;
      if (typeof number === 'number' && !Number.isNaN(number)) return number;
      break;
    }
  }
  throw new MalformedError(`${at} is not a ${type} value`);
}

export function encodeValue(value: Value): Uint8Array {
  return encode(value, { extensionCodec });
}
