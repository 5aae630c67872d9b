import { ValueError } from './diagnostics';
import { parseState, valueFromJson } from './json';
import { decodeValue, encodeValue } from './msgpack';
import type { Operation } from './operation';
import { withoutWriteOnly } from './plan';
import { schemaType } from './schema';
import type { ObjectSchema } from './schema';
import { secretsIn } from './sensitive';
import { hasUnknown, isObject } from './value';
import type { ObjectValue, Value } from './value';
import { MalformedError } from './wire/message';
import type { WireValue } from './wire/messages';

/**
 * Reads an object that a schema describes, and keeps its secrets out of the operation's texts.
 *
 * @throws MalformedError when there is no such object.
 */
export function decodeObject(
  schema: ObjectSchema,
  wire: WireValue | undefined,
  operation: Operation,
  what: string,
): ObjectValue | null {
  if (wire === undefined || (wire.msgpack.length === 0 && wire.json.length === 0)) {
    throw new MalformedError(`${what} is missing`);
  }
  const type = schemaType(schema);
  const value =
    wire.msgpack.length > 0
      ? decodeValue(type, wire.msgpack)
      : valueFromJson(type, parseState(wire.json), what);
  if (value !== null && !isObject(value)) throw new MalformedError(`${what} is not an object`);
  operation.hide(secretsIn(schema, value));
  return value;
}

/** Like `decodeObject`, where null will not do. */
export function decodePresent(
  schema: ObjectSchema,
  wire: WireValue | undefined,
  operation: Operation,
  what: string,
): ObjectValue {
  const value = decodeObject(schema, wire, operation, what);
  if (value === null) throw new MalformedError(`${what} is null`);
  return value;
}

/**
 * Writes an object that a schema describes.
 *
 * @throws ValueError naming the attribute that does not fit.
 */
export function encodeObject(schema: ObjectSchema, value: ObjectValue | null): WireValue {
  return { msgpack: encodeValue(schemaType(schema), value), json: new Uint8Array() };
}

/**
 * Writes a state that a provider returned.
 *
 * @throws ValueError naming the attribute that does not fit, or is unknown.
 */
export function encodeState(schema: ObjectSchema, returned: unknown, operation: Operation): WireValue {
  const state = returned as Value;
  if (!isObject(state)) throw new ValueError('is not an object', []);
  operation.hide(secretsIn(schema, state));
  const unknown = Object.keys(state).find((name) => hasUnknown(state[name] ?? null));
  if (unknown !== undefined) throw new ValueError('is unknown', [unknown]);
  return encodeObject(schema, withoutWriteOnly(schema, state));
}
