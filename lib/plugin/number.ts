import { Decimal } from './value';
import type { NumberValue } from './value';

// Longer text is no number anybody wrote, and reading it would only cost time.
const MAX_DIGITS = 5000;
const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/;

/** Reads a number in decimal notation without losing a digit. Undefined when the text is no number. */
export function parseNumber(text: string): NumberValue | undefined {
  const plain = plainNotation(text);
  if (plain === undefined) return undefined;
  if (!plain.includes('.')) return narrow(BigInt(plain));
  const value = Number(plain);
  return plainNotation(String(value)) === plain ? value : new Decimal(plain);
}

/** A float as Terraform sends it: exact to the last bit. */
export function fromFloat(value: number): NumberValue {
  if (!Number.isFinite(value)) return value;
  return Number.isInteger(value) ? narrow(BigInt(value)) : (parseNumber(exactDecimal(value)) ?? value);
}

export function narrow(value: bigint): number | bigint {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

/**
 * How a number goes over the wire. Fractions travel as text: 0.1 as a float would be a different number to Terraform,
 * which calculates with 512 bits.
 */
export function toWire(value: NumberValue): number | string {
  if (typeof value === 'number' && (Number.isSafeInteger(value) || !Number.isFinite(value))) return value;
  return plainNotation(String(value)) ?? String(value);
}

export function sameNumber(a: NumberValue, b: NumberValue): boolean {
  return toWire(a) === toWire(b) || String(toWire(a)) === String(toWire(b));
}

/** The one way to write a number without an exponent, leading zeros or trailing zeros. */
function plainNotation(text: string): string | undefined {
  if (text.length > MAX_DIGITS) return undefined;
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  let places = fraction.length - Number(exponent);
  let digits = (whole + fraction).replace(/^0+/, '');
  if (places < 0) {
    digits += digits === '' ? '' : '0'.repeat(-places);
    places = 0;
  }
  digits = digits.padStart(places + 1, '0');
  const tail = digits.slice(digits.length - places).replace(/0+$/, '');
  const head = digits.slice(0, digits.length - places);
  const plain = tail === '' ? head : `${head}.${tail}`;
  return plain === '0' ? plain : sign + plain;
}

function exactDecimal(value: number): string {
  let scaled = Math.abs(value);
  let places = 0;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    places += 1;
  }
  // value = scaled / 2^places = scaled * 5^places / 10^places
  return `${value < 0 ? '-' : ''}${BigInt(scaled) * 5n ** BigInt(places)}e-${places}`;
}
