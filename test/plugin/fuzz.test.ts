import { decode as unpack, encode as pack, ExtData } from '@msgpack/msgpack';
import fc from 'fast-check';
import { parseState, valueFromJson } from '../../lib/plugin/json';
import { decodeValue, encodeValue } from '../../lib/plugin/msgpack';
import { parseType } from '../../lib/plugin/type';
import type { Type } from '../../lib/plugin/type';
import { Decimal, DynamicValue, UNKNOWN } from '../../lib/plugin/value';
import type { ObjectValue, Value } from '../../lib/plugin/value';
import { MalformedError } from '../../lib/plugin/wire/message';
import { fuzz } from '../support/fuzz';
import { broken, hostileJson, hostileKey, hostileText, hostileValue } from '../support/hostile';

/** A type with a value of it, with what the library makes of that value, as Terraform would write it. */
interface Typed {
  readonly type: Type;
  readonly value: Value;
  readonly raw: unknown;
}

const typed = (type: Type, value: Value, raw: unknown = value): Typed => ({ type, value, raw });
const record = <T>(entries: readonly (readonly [string, T])[]): Record<string, T> =>
  Object.assign(Object.create(null) as Record<string, T>, Object.fromEntries(entries));
const wellFormed = hostileText.map((text) => Buffer.from(text).toString());
const wellFormedKey = hostileKey.map((text) => Buffer.from(text).toString());

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
  fc.bigInt({ min: 2n ** 54n, max: 2n ** 200n }).map((number) => typed('number', number, String(number))),
  missing,
);
const tree = fc.letrec<{ value: Typed }>((tie) => {
  const many = fc.array(tie('value'), { maxLength: 4 });
  return {
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      scalar,
      many.map((parts) =>
        typed(
          ['tuple', parts.map(({ type }) => type)],
          parts.map(({ value }) => value),
          parts.map(({ raw }) => raw),
        ),
      ),
      fc
        .tuple(tie('value'), fc.nat({ max: 3 }))
        .map(([{ type, value, raw }, count]) =>
          typed(['list', type], Array<Value>(count).fill(value), Array<unknown>(count).fill(raw)),
        ),
      fc
        .tuple(tie('value'), fc.array(wellFormedKey, { maxLength: 3 }))
        .map(([{ type, value, raw }, keys]) =>
          typed(
            ['map', type],
            record(keys.map((key) => [key, value])),
            record(keys.map((key) => [key, raw])),
          ),
        ),
      fc.array(fc.tuple(wellFormedKey, tie('value')), { maxLength: 4 }).map((entries) => {
        const parts = Object.entries(record(entries));
        return typed(
          ['object', record(parts.map(([key, { type }]) => [key, type]))],
          record(parts.map(([key, { value }]) => [key, value])),
          record(parts.map(([key, { raw }]) => [key, raw])),
        );
      }),
      tie('value').map(({ type, value, raw }) =>
        value === null || value === UNKNOWN
          ? typed('dynamic', value, raw)
          : typed('dynamic', new DynamicValue(type, value), [Buffer.from(JSON.stringify(type)), raw]),
      ),
    ),
  };
}).value;

const packed = (raw: unknown) => Buffer.from(pack(raw, { maxDepth: 500, useBigInt64: true }));

fuzz(
  'a value goes to msgpack and back unchanged, and the library writes and reads the same',
  [tree],
  ({ type, value, raw }) => {
    const bytes = encodeValue(type, value);
    expect(decodeValue(type, bytes)).toEqual(value);
    expect(decodeValue(type, packed(raw))).toEqual(value);
    // The library itself refuses to read the key `__proto__`, which is a fair one.
    if (!JSON.stringify(type).includes('__proto__') && !packed(raw).includes('__proto__'))
      expect(unpack(bytes)).toEqual(unpack(packed(raw)));
  },
  300,
);

fuzz(
  'a number keeps every digit on its way through msgpack',
  [
    fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.bigInt({ min: -(2n ** 600n), max: 2n ** 600n }),
    ),
  ],
  (number) => {
    const written = (bytes: Uint8Array) => textOf(decodeValue('number', bytes));
    // There is one zero.
    const expected = Number(number) === 0 ? 0 : Number(number);
    expect(Number(written(encodeValue('number', number)))).toBe(expected);
    if (typeof number === 'bigint') expect(BigInt(written(encodeValue('number', number)))).toBe(number);
    // A float as Terraform sends it stays the very same float.
    else expect(Number(written(packed(number)))).toBe(expected);
  },
);

function textOf(number: Value): string {
  if (number instanceof Decimal) return number.text;
  return typeof number === 'bigint' || typeof number === 'number' ? String(number) : 'no number';
}

/** Counts what was made of some bytes: each part must have been paid for with one byte at least. */
function parts(value: Value): number {
  if (value instanceof DynamicValue) return 1 + parts(value.value);
  if (typeof value !== 'object' || value === null || value instanceof Decimal || value === UNKNOWN) return 1;
  return Object.values(value as ObjectValue).reduce((sum: number, part) => sum + parts(part), 1);
}

const header = fc.constantFrom(
  [0xdd, 0xff, 0xff, 0xff, 0xff], // a list of 4 billion
  [0xdf, 0x7f, 0xff, 0xff, 0xff], // a map of 2 billion
  [0xdb, 0xff, 0xff, 0xff, 0xff], // a text of 4 GB
  [0xc6, 0xff, 0xff, 0xff, 0xff],
  [0xc9, 0xff, 0xff, 0xff, 0xff, 0x00], // an extension of 4 GB
  [0xc7, 0x0c, 0xff],
  [0xd6, 0xff, 0x00, 0x00, 0x00, 0x00], // a timestamp
  [0xc1],
  Array<number>(10_000).fill(0x91),
  Array<number>(200_000).fill(0x81),
);

fuzz(
  'whatever comes as msgpack is a value no larger than its bytes, or malformed',
  [
    fc.oneof(
      tree,
      fc.constantFrom<Type>('dynamic', 'string', ['map', 'dynamic']).map((type) => typed(type, null)),
    ),
    fc.oneof(
      fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
      fc
        .tuple(header, fc.uint8Array({ maxLength: 16 }))
        .map((both) => Buffer.from(both.flatMap((b) => [...b]))),
      broken(tree.map(({ raw }) => packed(raw))),
      hostileValue.map((value) => Buffer.from(packed(value))),
    ),
    fc.boolean(),
  ],
  ({ type, raw }, bytes, ofThisType) => {
    const input = ofThisType ? Buffer.concat([packed(raw), bytes.subarray(0, 1)]) : bytes;
    try {
      // An object's attributes come from its type, and all of them must be there.
      expect(parts(decodeValue(type, input))).toBeLessThanOrEqual(Math.max(1, input.length));
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedError);
    }
  },
  500,
);

fuzz(
  'every change of one byte is noticed, or makes another value of the same type',
  [tree, fc.nat(), fc.nat({ max: 255 })],
  ({ type, raw }, at, byte) => {
    const bytes = Buffer.from(packed(raw));
    bytes[at % bytes.length] = byte;
    try {
      const read = decodeValue(type, bytes);
      expect(decodeValue(type, encodeValue(type, read))).toEqual(read);
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedError);
    }
  },
);

const typeJson = fc.letrec<{ type: unknown }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom<unknown>('string', 'number', 'bool', 'dynamic', 'float', 7, null),
    fc.tuple(fc.constantFrom('list', 'set', 'map', 'tuple', 'object', '__proto__'), tie('type')),
    fc.tuple(fc.constant('tuple'), fc.array(tie('type'), { maxLength: 3 })),
    fc.tuple(
      fc.constant('object'),
      fc
        .array(fc.tuple(hostileKey, tie('type')), { maxLength: 3 })
        .map((entries) => Object.fromEntries(entries)),
    ),
  ),
})).type;

fuzz('a type constraint is read as what it is, or not at all', [fc.oneof(typeJson, hostileValue)], (json) => {
  const type = parseType(json);
  if (type === undefined) return;
  const again = JSON.stringify(type);
  expect(JSON.stringify(parseType(JSON.parse(again)))).toBe(again);
});

const nested = (depth: number) => `${'{"v":{"type":"dynamic","value":'.repeat(depth)}1${'}}'.repeat(depth)}`;
const dynamicChain = (depth: number) =>
  Buffer.from(`{"v":${'{"type":"dynamic","value":'.repeat(depth)}null${'}'.repeat(depth)}}`);

fuzz(
  'whatever stands in a stored state is read, or malformed in words that show none of it',
  [
    typeJson,
    fc.oneof(
      hostileJson(fc.array(fc.tuple(hostileKey, hostileValue)).map((entries) => Object.fromEntries(entries))),
      fc.constantFrom(dynamicChain(5_000), Buffer.from(nested(1000))),
      fc.constantFrom('{"v":"a-secret" x}', 'a-secret', '{"v":"a-secret').map((text) => Buffer.from(text)),
    ),
  ],
  (json, bytes) => {
    const inner = parseType(json) ?? 'dynamic';
    try {
      valueFromJson(
        ['object', { v: inner, w: 'dynamic', ['__proto__']: 'string' } as never],
        parseState(bytes),
      );
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedError);
      expect((error as Error).message).not.toContain('secret');
    }
  },
  300,
);
