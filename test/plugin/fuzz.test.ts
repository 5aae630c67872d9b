import { decode as unpack, encode as pack, ExtData } from '@msgpack/msgpack';
import fc from 'fast-check';
import { decodeValue, encodeValue, parseState, valueFrom } from '../../lib/plugin/codec';
import { MalformedError } from '../../lib/plugin/diagnostics';
import { equal, UNKNOWN } from '../../lib/plugin/values';
import type { Type, Value } from '../../lib/plugin/values';
import { fuzz } from '../support/fuzz';
import { broken, hostileJson, hostileKey, hostileText, hostileValue } from '../support/hostile';

/** A type, a value of it, and that value as the msgpack library represents it. */
interface Typed {
  readonly type: Type;
  readonly value: Value;
  readonly raw: unknown;
}

const typed = (type: Type, value: Value, raw: unknown = value): Typed => ({ type, value, raw });
const record = <T>(entries: readonly (readonly [string, T])[]): Record<string, T> =>
  Object.assign(Object.create(null) as Record<string, T>, Object.fromEntries(entries));
const wellFormed = hostileText.map((text) => Buffer.from(text).toString());
// The library refuses to decode the key `__proto__`.
const wellFormedKey = hostileKey
  .map((text) => Buffer.from(text).toString())
  .filter((text) => text !== '__proto__');

const UNKNOWN_ON_WIRE = new ExtData(0, new Uint8Array(1));
const missing = fc.constantFrom(
  typed('string', null),
  typed('number', UNKNOWN, UNKNOWN_ON_WIRE),
  typed(['list', 'bool'], UNKNOWN, UNKNOWN_ON_WIRE),
);
const scalar = fc.oneof(
  wellFormed.map((text) => typed('string', text)),
  fc.boolean().map((bool) => typed('bool', bool)),
  fc.integer().map((number) => typed('number', number)),
  fc.maxSafeInteger().map((number) => typed('number', number)),
  missing,
);
const tree = fc.letrec<{ value: Typed }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    scalar,
    fc
      .tuple(tie('value'), fc.nat({ max: 3 }))
      .map(([{ type, value, raw }, count]) =>
        typed(['list', type], Array<Value>(count).fill(value), Array<unknown>(count).fill(raw)),
      ),
    fc
      .tuple(tie('value'), fc.array(wellFormedKey, { maxLength: 3 }))
      .map(([{ type, value, raw }, keys]) =>
        typed(['map', type], record(keys.map((key) => [key, value])), record(keys.map((key) => [key, raw]))),
      ),
    fc.array(fc.tuple(wellFormedKey, tie('value')), { maxLength: 4 }).map((entries) => {
      const parts = Object.entries(record(entries));
      return typed(
        ['object', record(parts.map(([key, { type }]) => [key, type]))],
        record(parts.map(([key, { value }]) => [key, value])),
        record(parts.map(([key, { raw }]) => [key, raw])),
      );
    }),
  ),
})).value;

const packed = (raw: unknown) => Buffer.from(pack(raw, { maxDepth: 500, useBigInt64: true }));

fuzz(
  'values round-trip through msgpack, compatibly with the library',
  [tree],
  ({ type, value, raw }) => {
    const bytes = encodeValue(value);
    expect(decodeValue(type, bytes)).toEqual(value);
    expect(decodeValue(type, packed(raw))).toEqual(value);
    expect(unpack(bytes)).toEqual(unpack(packed(raw)));
  },
  300,
);

fuzz('values are equal if and only if their encodings are', [tree, tree, fc.boolean()], (a, b, same) => {
  const other = same ? decodeValue(a.type, encodeValue(a.value)) : b.value;
  const bytes = (value: Value) => Buffer.from(packed(canonical(value)));
  expect(equal(a.value, other)).toBe(bytes(a.value).equals(bytes(other)));
});

/** A representation with tagged unknown values and sorted keys. */
function canonical(value: Value): unknown {
  if (value === UNKNOWN) return { unknown: true };
  if (Array.isArray(value)) return { list: (value as readonly Value[]).map(canonical) };
  if (typeof value !== 'object' || value === null) return [value === 0 ? 0 : value];
  return Object.entries(value)
    .sort(([x], [y]) => (x < y ? -1 : 1))
    .map(([key, part]: [string, Value]) => [key, canonical(part)]);
}

fuzz(
  'numbers are read from msgpack, whether encoded by the library or by Terraform',
  [fc.double({ noNaN: true, noDefaultInfinity: true })],
  (number) => {
    // -0 is read as 0.
    const expected = number === 0 ? 0 : number;
    const read = (bytes: Uint8Array) => Number(decodeValue('number', bytes)) + 0;
    expect(read(packed(number))).toBe(expected);
    expect(read(packed(String(number)))).toBe(expected);
  },
);

const header = fc.constantFrom(
  [0xdd, 0xff, 0xff, 0xff, 0xff], // a list of 4 billion
  [0xdf, 0x7f, 0xff, 0xff, 0xff], // a map of 2 billion
  [0xdb, 0xff, 0xff, 0xff, 0xff], // a string of 4 GB
  [0xc6, 0xff, 0xff, 0xff, 0xff],
  [0xc9, 0xff, 0xff, 0xff, 0xff, 0x00], // an extension of 4 GB
  [0xc7, 0x0c, 0xff],
  [0xd6, 0xff, 0x00, 0x00, 0x00, 0x00], // a timestamp
  [0xc1],
  Array<number>(10_000).fill(0x91),
  Array<number>(200_000).fill(0x81),
);

fuzz(
  'any bytes decode to a value of the type or are malformed',
  [
    tree,
    fc.oneof(
      fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
      fc
        .tuple(header, fc.uint8Array({ maxLength: 16 }))
        .map((both) => Buffer.from(both.flatMap((b) => [...b]))),
      broken(tree.map(({ raw }) => packed(raw))),
      hostileValue.map((value) => Buffer.from(packed(value))),
    ),
    fc.boolean(),
    fc.nat(),
  ],
  ({ type, raw }, bytes, ofThisType, at) => {
    const changed = packed(raw);
    changed[at % changed.length] = bytes[0] ?? 0;
    let value: Value;
    try {
      value = decodeValue(type, ofThisType ? changed : bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedError);
      return;
    }
    expect(equal(decodeValue(type, encodeValue(value)), value)).toBe(true);
  },
  500,
);

fuzz(
  'any stored state is read or is malformed, with an error that does not quote it',
  [
    tree,
    fc.oneof(
      hostileJson(fc.array(fc.tuple(hostileKey, hostileValue)).map((entries) => Object.fromEntries(entries))),
      hostileJson(tree.map(({ raw }) => ({ v: raw, w: 'text' }))),
      fc.constantFrom('{"v":"a-secret" x}', 'a-secret', '{"v":"a-secret').map((text) => Buffer.from(text)),
    ),
  ],
  ({ type }, bytes) => {
    const whole: Type = ['object', { v: type, w: 'string', ['__proto__']: 'string' }];
    try {
      const value = valueFrom(whole, parseState(bytes), 'state');
      expect(() => encodeValue(value)).not.toThrow();
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedError);
      expect((error as Error).message).not.toContain('secret');
    }
  },
  300,
);
