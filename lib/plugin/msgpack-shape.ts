import { MAX_TYPE_DEPTH } from './type';
import { MalformedError } from './wire/message';

// A dynamic value adds a level of its own around each type.
const MAX_DEPTH = 2 * MAX_TYPE_DEPTH;
const MAX_ITEMS = 2_000_000;

/**
 * Refuses msgpack that is nested too deeply, has too many parts, or promises more than it holds, before the decoder
 * makes room for it: the decoder has no such bounds itself.
 *
 * @throws MalformedError
 */
export function checkShape(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** How many parts are still to come, by level. */
  const open = [1];
  let at = 0;
  let items = 0;
  while (open.length > 0) {
    const level = open.length - 1;
    const left = open[level] ?? 0;
    if (left === 0) {
      open.pop();
      continue;
    }
    open[level] = left - 1;
    items += 1;
    if (at >= bytes.length) throw new MalformedError('a msgpack value ends too soon');
    const { size, parts } = header(view, at);
    at += size;
    // Each part takes at least one byte.
    if (at > bytes.length || parts > bytes.length - at)
      throw new MalformedError('a msgpack value ends too soon');
    if (items + parts > MAX_ITEMS)
      throw new MalformedError(`a msgpack value has more than ${MAX_ITEMS} parts`);
    if (parts > 0) open.push(parts);
    if (open.length > MAX_DEPTH) throw new MalformedError(`a msgpack value nests deeper than ${MAX_DEPTH}`);
  }
  if (at !== bytes.length) throw new MalformedError('a msgpack value is followed by something else');
}

interface Header {
  /** Bytes taken, with the content of scalars. */
  readonly size: number;
  /** Values that follow: elements, or keys and values. */
  readonly parts: number;
}

/** Widths of the scalars 0xc0–0xdb that have a fixed one. */
const FIXED: Readonly<Record<number, number>> = {
  0xc0: 1, 0xc2: 1, 0xc3: 1,
  0xca: 5, 0xcb: 9,
  0xcc: 2, 0xcd: 3, 0xce: 5, 0xcf: 9,
  0xd0: 2, 0xd1: 3, 0xd2: 5, 0xd3: 9,
  0xd4: 3, 0xd5: 4, 0xd6: 6, 0xd7: 10, 0xd8: 18,
}; // prettier-ignore

function header(view: DataView, at: number): Header {
  const byte = view.getUint8(at);
  if (byte < 0x80 || byte >= 0xe0) return { size: 1, parts: 0 };
  if (byte < 0x90) return { size: 1, parts: 2 * (byte & 0x0f) };
  if (byte < 0xa0) return { size: 1, parts: byte & 0x0f };
  if (byte < 0xc0) return { size: 1 + (byte & 0x1f), parts: 0 };
  const fixed = FIXED[byte];
  if (fixed !== undefined) return { size: fixed, parts: 0 };
  switch (byte) {
    case 0xc4: // bin
    case 0xc5:
    case 0xc6:
      return sized(view, at, 1 << (byte - 0xc4), 0);
    case 0xc7: // ext: one more byte, its type
    case 0xc8:
    case 0xc9:
      return sized(view, at, 1 << (byte - 0xc7), 1);
    case 0xd9: // str
    case 0xda:
    case 0xdb:
      return sized(view, at, 1 << (byte - 0xd9), 0);
    case 0xdc: // array
    case 0xdd:
      return { size: byte === 0xdc ? 3 : 5, parts: length(view, at, byte === 0xdc ? 2 : 4) };
    case 0xde: // map
    case 0xdf:
      return { size: byte === 0xde ? 3 : 5, parts: 2 * length(view, at, byte === 0xde ? 2 : 4) };
    default:
      throw new MalformedError('not a valid msgpack value');
  }
}

function sized(view: DataView, at: number, width: number, extra: number): Header {
  return { size: 1 + width + extra + length(view, at, width), parts: 0 };
}

function length(view: DataView, at: number, width: number): number {
  if (at + 1 + width > view.byteLength) throw new MalformedError('a msgpack value ends too soon');
  if (width === 1) return view.getUint8(at + 1);
  return width === 2 ? view.getUint16(at + 1) : view.getUint32(at + 1);
}
