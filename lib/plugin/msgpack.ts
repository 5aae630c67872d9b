import { decode as unpack, encode as pack, ExtData, ExtensionCodec } from '@msgpack/msgpack';
import { ValueError } from './diagnostics';
import { checkShape } from './msgpack-shape';
import { fromFloat, narrow, parseNumber, toWire } from './number';
import type { Path } from './path';
import { parseType } from './type';
import type { Type } from './type';
import { Decimal, DynamicValue, emptyRecord, isObject, isUnknown, UNKNOWN, Unknown } from './value';
import type { NumberValue, Value } from './value';
import { MalformedError } from './wire/message';

// Extension 0 is an unknown; 12 is an unknown of which something is known (not null, a prefix …).
const UNKNOWN_EXT = 0;
const REFINED_UNKNOWN_EXT = 12;

const codec = new ExtensionCodec();
for (const type of [UNKNOWN_EXT, REFINED_UNKNOWN_EXT]) {
  codec.register({ type, encode: () => null, decode: () => UNKNOWN });
}
const UNKNOWN_ON_WIRE = new ExtData(UNKNOWN_EXT, new Uint8Array(1));

/**
 * Reads a value of the given type from Terraform's msgpack form.
 *
 * @throws MalformedError when the bytes are no msgpack, or no value of this type.
 */
export function decodeValue(type: Type, bytes: Uint8Array): Value {
  checkShape(bytes);
  let raw: unknown;
  try {
    raw = unpack(bytes, { extensionCodec: codec, useBigInt64: true, keyDecoder, mapKeyConverter: textOnly });
  } catch (error) {
    throw new MalformedError(`not a valid msgpack value: ${(error as Error).message}`);
  }
  return fromRaw(type, raw, 'value');
}

/** Marks keys as it reads them, because the library refuses the key `__proto__`, which is a fair key of a map. */
const keyDecoder = {
  canBeCached: () => true,
  decode: (bytes: Uint8Array, start: number, length: number) =>
    `:${utf8.decode(bytes.subarray(start, start + length))}`,
};
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

function textOnly(key: unknown): string {
  if (typeof key !== 'string') throw new Error('a key is not a string');
  return key;
}

function fromRaw(type: Type, raw: unknown, at: string): Value {
  if (raw === null) return null;
  if (isUnknown(raw)) return UNKNOWN;
  if (typeof type === 'string') return scalarFromRaw(type, raw, at);
  const [kind, of] = type;
  switch (kind) {
    case 'list':
    case 'set':
      return arrayOf(raw, at).map((element, i) => fromRaw(of, element, `${at}[${i}]`));
    case 'tuple': {
      const elements = arrayOf(raw, at);
      if (elements.length !== of.length) throw wrong(at, `a tuple of ${of.length}`);
      return of.map((part, i) => fromRaw(part, elements[i], `${at}[${i}]`));
    }
    case 'map': {
      const result = emptyRecord();
      for (const [key, element] of entriesOf(raw, at)) result[key] = fromRaw(of, element, `${at}[…]`);
      return result;
    }
    case 'object': {
      const parts = new Map(entriesOf(raw, at));
      const result = emptyRecord();
      for (const [name, part] of Object.entries(of)) {
        if (!parts.has(name)) throw wrong(at, `an object with the attribute ${name}`);
        result[name] = fromRaw(part, parts.get(name), `${at}.${name}`);
        parts.delete(name);
      }
      if (parts.size > 0) throw wrong(at, `an object with no attributes but ${Object.keys(of).join(', ')}`);
      return result;
    }
  }
}

function scalarFromRaw(type: 'string' | 'number' | 'bool' | 'dynamic', raw: unknown, at: string): Value {
  switch (type) {
    case 'string':
      if (typeof raw === 'string') return raw;
      break;
    case 'bool':
      if (typeof raw === 'boolean') return raw;
      break;
    case 'number': {
      if (typeof raw === 'bigint') return narrow(raw);
      const value =
        typeof raw === 'number' ? fromFloat(raw) : typeof raw === 'string' ? parseNumber(raw) : undefined;
      if (value !== undefined && !Number.isNaN(value)) return value;
      break;
    }
    case 'dynamic':
      return dynamicFromRaw(raw, at);
  }
  throw wrong(at, type);
}

/** A dynamic value is a pair: its type as JSON, and the value. */
function dynamicFromRaw(raw: unknown, at: string): Value {
  if (!Array.isArray(raw) || raw.length !== 2) throw wrong(at, 'a type and a value');
  const [typeJson, value] = raw as [unknown, unknown];
  let type: Type | undefined;
  try {
    type = parseType(
      JSON.parse(typeJson instanceof Uint8Array ? Buffer.from(typeJson).toString() : String(typeJson)),
    );
  } catch {
    // Reported below, like a type that is JSON but no type.
  }
  if (type === undefined) throw wrong(at, 'a type and a value');
  return new DynamicValue(type, fromRaw(type, value, at));
}

function arrayOf(raw: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(raw)) throw wrong(at, 'a list');
  return raw as readonly unknown[];
}

function entriesOf(raw: unknown, at: string): [string, unknown][] {
  if (typeof raw !== 'object' || raw === null || Object.getPrototypeOf(raw) !== Object.prototype) {
    throw wrong(at, 'a map');
  }
  return Object.entries(raw).map(([key, value]) => [key.slice(1), value]);
}

function wrong(at: string, wanted: string): MalformedError {
  return new MalformedError(`${at} is not ${wanted}`);
}

/**
 * Writes a value of the given type in Terraform's msgpack form.
 *
 * @throws ValueError naming the attribute when `value` is not of this type.
 */
export function encodeValue(type: Type, value: Value): Uint8Array {
  return pack(toRaw(type, value, []), { extensionCodec: codec, maxDepth: Infinity });
}

function toRaw(type: Type, value: Value | undefined, path: Path): unknown {
  if (value === null) return null;
  if (value === undefined) throw new ValueError('is missing', path);
  if (value instanceof Unknown) return UNKNOWN_ON_WIRE;
  if (typeof type === 'string') return scalarToRaw(type, value, path);
  const [kind, of] = type;
  if (kind === 'list' || kind === 'set' || kind === 'tuple') {
    if (!Array.isArray(value)) throw new ValueError(`is not a ${kind}`, path);
    const elements = value as readonly Value[];
    if (kind !== 'tuple')
      return elements.map((part, i) => toRaw(of, part, kind === 'set' ? path : [...path, i]));
    if (elements.length !== of.length) throw new ValueError(`is not a tuple of ${of.length}`, path);
    return of.map((part, i) => toRaw(part, elements[i], [...path, i]));
  }
  if (!isObject(value)) throw new ValueError(`is not ${kind === 'map' ? 'a map' : 'an object'}`, path);
  const result = emptyRecord() as Record<string, unknown>;
  if (kind === 'map') {
    for (const [key, part] of Object.entries(value)) result[key] = toRaw(of, part, [...path, { key }]);
    return result;
  }
  const extra = Object.keys(value).find((name) => !Object.hasOwn(of, name));
  if (extra !== undefined) throw new ValueError('is not in the schema', [...path, extra]);
  for (const [name, part] of Object.entries(of)) result[name] = toRaw(part, value[name], [...path, name]);
  return result;
}

function scalarToRaw(type: 'string' | 'number' | 'bool' | 'dynamic', value: Value, path: Path): unknown {
  switch (type) {
    case 'string':
      if (typeof value === 'string') return value;
      break;
    case 'bool':
      if (typeof value === 'boolean') return value;
      break;
    case 'number':
      if (isNumber(value)) return toWire(value);
      break;
    case 'dynamic':
      if (value instanceof DynamicValue) {
        return [Buffer.from(JSON.stringify(value.type)), toRaw(value.type, value.value, path)];
      }
      break;
  }
  throw new ValueError(`is not a ${type} value`, path);
}

function isNumber(value: Value): value is NumberValue {
  return (
    (typeof value === 'number' && !Number.isNaN(value)) ||
    typeof value === 'bigint' ||
    value instanceof Decimal
  );
}
