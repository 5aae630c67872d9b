import fc from 'fast-check';
import { MalformedError } from '../../lib/plugin/wire/message';
import type { Message } from '../../lib/plugin/wire/message';
import { DYNAMIC_VALUE, PROVIDER_METHODS } from '../../lib/plugin/wire/messages';
import { fuzz } from '../support/fuzz';
import { broken, hostileText } from '../support/hostile';
import { fieldsOf, isScalar, oracleBytes, oracleRead } from './proto-oracle';

const { GetProviderSchema, PlanResourceChange, UpgradeResourceState } = PROVIDER_METHODS;
const OURS: Readonly<Record<string, Pick<Message<unknown>, 'decode' | 'encode'>>> = {
  Value: DYNAMIC_VALUE,
  GetProviderSchemaResponse: GetProviderSchema.response,
  PlanResourceChangeRequest: PlanResourceChange.request,
  PlanResourceChangeResponse: PlanResourceChange.response,
  UpgradeResourceStateRequest: UpgradeResourceState.request,
};
const name = fc.constantFrom(...Object.keys(OURS));
const codec = (message: string) => OURS[message] ?? DYNAMIC_VALUE;
const decode = (message: string, bytes: Uint8Array): unknown => codec(message).decode(bytes);
const encode = (message: string, value: object) => codec(message).encode(value);

const TEXT: fc.Arbitrary<string> = hostileText.map((text) => Buffer.from(text).toString());
const SCALARS = new Map<string, fc.Arbitrary<unknown>>(
  Object.entries({
    string: TEXT,
    bytes: fc.uint8Array({ maxLength: 20 }).map((bytes) => Uint8Array.from(bytes)),
    bool: fc.boolean(),
    int64: fc.oneof(fc.integer(), fc.maxSafeInteger()),
  }),
);

/** Values of a message as our decoder gives them: with every field. */
function valueOf(message: string, depth = 0): fc.Arbitrary<Record<string, unknown>> {
  const shape = fieldsOf(message).map(({ name: field, type, kind }) => {
    const nested = depth < 4 ? fc.constant(null).chain(() => valueOf(type, depth + 1)) : undefined;
    const inner = SCALARS.get(type) ?? nested;
    if (kind === '[]')
      return [field, inner === undefined ? fc.constant([]) : fc.array(inner, { maxLength: 2 })];
    if (kind === '{}') {
      const entries =
        inner === undefined ? fc.constant([]) : fc.array(fc.tuple(TEXT, inner), { maxLength: 2 });
      return [field, entries.map((all) => new Map(all))];
    }
    if (kind === '?' || !isScalar(type)) {
      return [field, inner === undefined ? fc.constant(undefined) : fc.option(inner, { nil: undefined })];
    }
    return [field, inner];
  });
  const whole = fc.record(Object.fromEntries(shape) as Record<string, fc.Arbitrary<unknown>>);
  return whole.map((value) => withOneOf(message, value));
}

/** Of a oneof only one is there. */
function withOneOf(message: string, value: Record<string, unknown>): Record<string, unknown> {
  const members = fieldsOf(message).filter(
    ({ kind, name: field }) => kind === '?' && value[field] !== undefined,
  );
  return { ...value, ...Object.fromEntries(members.slice(1).map(({ name: field }) => [field, undefined])) };
}

const messageAndValue = name.chain((message) => fc.tuple(fc.constant(message), valueOf(message)));

fuzz(
  'what the protobuf runtime writes is read as it was, and the other way round',
  [messageAndValue],
  ([message, value]) => {
    const theirs = oracleBytes(message, value);
    expect(decode(message, theirs)).toEqual(value);
    const ours = encode(message, value);
    expect(oracleRead(message, ours)).toEqual(value);
    // Each writes fields in the order of their numbers.
    expect(Buffer.from(ours)).toEqual(Buffer.from(theirs));
  },
);

/** Fields that no message knows, and known numbers with a wire type that is not theirs. */
const foreign = fc.constantFrom(
  [0xf8, 0x07, 0x01], // field 127, a varint
  [0xfa, 0x07, 0x02, 0x61, 0x62],
  [0xf9, 0x07, 1, 2, 3, 4, 5, 6, 7, 8],
  [0xfd, 0x07, 1, 2, 3, 4],
  [0xfb, 0x07, 0x08, 0x01, 0xfc, 0x07], // a group
  [0x0d, 1, 2, 3, 4], // field 1 as 32 bits
  [0x2d, 1, 2, 3, 4], // field 5 as 32 bits
);

fuzz(
  'fields that it does not know, or of another wire type, are read past as the runtime does',
  [messageAndValue, fc.array(foreign, { minLength: 1, maxLength: 3 })],
  ([message, value], extra) => {
    const bytes = Buffer.concat([oracleBytes(message, value), Buffer.from(extra.flat())]);
    expect(decode(message, bytes)).toEqual(value);
  },
);

const hostileBytes = fc.constantFrom(
  [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f], // four billion bytes follow
  [0x0a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], // a length without end
  [0x10, ...Array<number>(200).fill(0xff), 0x01], // a number without end
  [0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  Array<number>(100_000).fill(0xfb), // groups in groups
  Array<number>(100_000).fill(0x0b),
  [0x0c], // the end of a group that never began
  [0x00],
  [0x0a, 0x02, 0xc3, 0x28], // no UTF-8
  [0x07],
);
/** A block in a block in a block, whole. */
const deep = fc.integer({ min: 1, max: 400 }).map((levels) => {
  let bytes: Buffer = Buffer.alloc(0);
  for (let level = 0; level < levels; level += 1) {
    const block = delimited(0x12, bytes);
    bytes = delimited(0x1a, block);
  }
  return delimited(0x0a, delimited(0x12, bytes));
});

function delimited(tag: number, bytes: Buffer): Buffer {
  const length: number[] = [];
  for (let left = bytes.length; ; left >>>= 7) {
    length.push(left > 127 ? (left & 127) | 128 : left);
    if (left <= 127) return Buffer.concat([Buffer.from([tag, ...length]), bytes]);
  }
}

fuzz(
  'whatever comes as a message is one, or malformed',
  [
    name,
    fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      hostileBytes.map((bytes) => Buffer.from(bytes)),
      broken(messageAndValue.map(([message, value]) => oracleBytes(message, value))),
      deep,
    ),
  ],
  (message, bytes) => {
    try {
      const value = decode(message, bytes);
      expect(decode(message, encode(message, value as object))).toEqual(value);
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedError);
    }
  },
  400,
);
