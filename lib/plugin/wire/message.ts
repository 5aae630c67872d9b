import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** Bytes that are not what the protocol says. The caller is answered INVALID_ARGUMENT or INTERNAL; nothing else happens. */
export class MalformedError extends Error {
  public constructor(message: string) {
    super(message);
    this.name = 'MalformedError';
  }
}

/** How one value is written behind its tag. */
interface Kind<T> {
  readonly wire: WireType;
  /** What a message holds when the sender left the field out. */
  readonly zero: T;
  isZero(value: T): boolean;
  read(reader: BinaryReader, depth: number): T;
  write(writer: BinaryWriter, value: T): void;
}

export interface Field<T> {
  readonly number: number;
  readonly wire: WireType;
  readonly zero: () => T;
  /** Reads one occurrence; repeated fields and maps add it to `before`. */
  read(reader: BinaryReader, depth: number, before: T): T;
  write(writer: BinaryWriter, value: T): void;
}

type Fields<T> = { readonly [K in keyof T]: Field<T[K]> };

/** What may be written for a `T`: every field may be left out, at every level. */
export type Writable<T> = T extends Uint8Array | string | number | boolean | undefined
  ? T
  : T extends readonly (infer E)[]
    ? readonly Writable<E>[]
    : T extends ReadonlyMap<string, infer V>
      ? ReadonlyMap<string, Writable<V>>
      : { readonly [K in keyof T]?: Writable<T[K]> | undefined };

export type MessageOf<M> = M extends Message<infer T> ? T : never;

const MAX_DEPTH = 100;
const utf8 = new TextDecoder('utf-8', { fatal: true });
const readText = (bytes: Uint8Array) => utf8.decode(bytes);

/** A message of the protocol: a table of fields, and the two functions that follow from it. */
export class Message<T> {
  private readonly entries: readonly (readonly [string, Field<unknown>])[];
  private readonly byNumber: ReadonlyMap<number, readonly [string, Field<unknown>]>;

  public constructor(fields: Fields<T>) {
    this.entries = Object.entries<Field<unknown>>(fields);
    this.byNumber = new Map(this.entries.map((entry) => [entry[1].number, entry]));
  }

  /**
   * Reads one message. Fields left out get their zero value; unknown fields are skipped; of a field that is there
   * twice the last counts.
   *
   * @throws MalformedError when the bytes are no such message, or nest deeper than any message of the protocol does.
   */
  public decode(bytes: Uint8Array): T {
    try {
      return this.read(bytes, 0);
    } catch (error) {
      if (error instanceof MalformedError) throw error;
      throw new MalformedError(`not a valid protobuf message: ${(error as Error).message}`);
    }
  }

  public encode(value: Writable<T>): Uint8Array {
    const writer = new BinaryWriter();
    this.write(writer, value);
    return writer.finish();
  }

  /** For nested messages: see `decode`. */
  public read(bytes: Uint8Array, depth: number): T {
    if (depth > MAX_DEPTH) throw new MalformedError(`messages nest deeper than ${MAX_DEPTH}`);
    const reader = new BinaryReader(bytes, readText);
    const message: Record<string, unknown> = {};
    for (const [name, field] of this.entries) message[name] = field.zero();
    while (reader.pos < reader.len) {
      const [number, wire] = reader.tag();
      const entry = this.byNumber.get(number);
      if (entry?.[1].wire !== wire) {
        reader.skip(wire, number);
        continue;
      }
      const [name, field] = entry;
      message[name] = field.read(reader, depth, message[name]);
    }
    return message as T;
  }

  /** For nested messages: see `encode`. */
  public write(writer: BinaryWriter, value: Writable<T>): void {
    for (const [name, field] of this.entries) {
      const part = (value as Readonly<Record<string, unknown>>)[name];
      if (part !== undefined) field.write(writer, part);
    }
  }
}

export const text: Kind<string> = {
  wire: WireType.LengthDelimited,
  zero: '',
  isZero: (value) => value === '',
  read: (reader) => reader.string(true),
  write: (writer, value) => void writer.string(value),
};

export const bytes: Kind<Uint8Array> = {
  wire: WireType.LengthDelimited,
  zero: new Uint8Array(),
  isZero: (value) => value.length === 0,
  read: (reader) => reader.bytes(),
  write: (writer, value) => void writer.bytes(value),
};

export const bool: Kind<boolean> = {
  wire: WireType.Varint,
  zero: false,
  isZero: (value) => !value,
  read: (reader) => reader.bool(),
  write: (writer, value) => void writer.bool(value),
};

/** int64 and enums. Every number of this protocol is small, so a JavaScript number holds it. */
export const int: Kind<number> = {
  wire: WireType.Varint,
  zero: 0,
  isZero: (value) => value === 0,
  read: (reader) => {
    const value = Number(reader.int64());
    if (!Number.isSafeInteger(value)) throw new MalformedError('a number is out of range');
    return value;
  },
  write: (writer, value) => void writer.int64(value),
};

/** A nested message. Takes a function, so that messages may nest in themselves. */
export function nested<T>(message: () => Message<T>): Kind<T> {
  return {
    wire: WireType.LengthDelimited,
    get zero(): T {
      return message().read(new Uint8Array(), 0);
    },
    isZero: () => false,
    read: (reader, depth) => message().read(reader.bytes(), depth + 1),
    write: (writer, value) => {
      writer.fork();
      message().write(writer, value as Writable<T>);
      writer.join();
    },
  };
}

/** A field whose absence means its zero value. */
export function plain<T>(number: number, kind: Kind<T>): Field<T> {
  return {
    number,
    wire: kind.wire,
    zero: () => kind.zero,
    read: (reader, depth) => kind.read(reader, depth),
    write: (writer, value) => {
      if (!kind.isZero(value)) writeOne(writer, number, kind, value);
    },
  };
}

/** A field that knows whether it is there: nested messages, and the members of a oneof. */
export function optional<T>(number: number, kind: Kind<T>): Field<T | undefined> {
  return {
    number,
    wire: kind.wire,
    zero: () => undefined,
    read: (reader, depth) => kind.read(reader, depth),
    write: (writer, value) => {
      if (value !== undefined) writeOne(writer, number, kind, value);
    },
  };
}

export function repeated<T>(number: number, kind: Kind<T>): Field<readonly T[]> {
  return {
    number,
    wire: kind.wire,
    zero: () => [],
    read: (reader, depth, before) => {
      // The array is this message's own: `zero` made it.
      (before as T[]).push(kind.read(reader, depth));
      return before;
    },
    write: (writer, values) => {
      for (const value of values) writeOne(writer, number, kind, value);
    },
  };
}

/** A map with text keys: on the wire, a repeated message of key (1) and value (2). */
export function map<T>(number: number, kind: Kind<T>): Field<ReadonlyMap<string, T>> {
  const entry = new Message<{ key: string; value: T }>({ key: plain(1, text), value: plain(2, kind) });
  return {
    number,
    wire: WireType.LengthDelimited,
    zero: () => new Map(),
    read: (reader, depth, before) => {
      const { key, value } = entry.read(reader.bytes(), depth + 1);
      return (before as Map<string, T>).set(key, value);
    },
    write: (writer, values) => {
      for (const [key, value] of values) {
        writer.tag(number, WireType.LengthDelimited).fork();
        entry.write(writer, { key, value } as Writable<{ key: string; value: T }>);
        writer.join();
      }
    },
  };
}

function writeOne<T>(writer: BinaryWriter, number: number, kind: Kind<T>, value: T): void {
  writer.tag(number, kind.wire);
  kind.write(writer, value);
}
