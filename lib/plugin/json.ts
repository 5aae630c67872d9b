import { narrow, parseNumber } from './number';
import { MAX_TYPE_DEPTH, parseType } from './type';
import type { Type } from './type';
import { DynamicValue, emptyRecord } from './value';
import type { Value } from './value';
import { MalformedError } from './wire/message';

/** Parsed JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

/** Puts a number that JSON.parse would round in quotes: where a number is due, text of one is as good. */
function keepDigits(token: string): string {
  return token.startsWith('"') || String(Number(token)) === token ? token : `"${token}"`;
}

/**
 * Parses the JSON of a stored state.
 *
 * @throws MalformedError when it is no JSON object.
 */
export function parseState(bytes: Uint8Array): Readonly<Record<string, Json>> {
  let json: Json;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    JSON.parse(text);
    json = JSON.parse(text.replace(STRING_OR_NUMBER, keepDigits)) as Json;
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
 * Reads a value of the given type from a stored state; `depth` counts dynamic values in each other. Attributes that the type does not have are dropped and those
 * the state does not have are null, so that a schema may gain and lose attributes without a new version.
 *
 * @throws MalformedError when some part is of another type.
 */
export function valueFromJson(type: Type, json: Json | undefined, at = 'state', depth = 0): Value {
  if (json === null || json === undefined) return null;
  if (typeof type === 'string') return scalarFromJson(type, json, at, depth);
  const [kind, of] = type;
  if (kind === 'list' || kind === 'set' || kind === 'tuple') {
    if (!Array.isArray(json)) throw new MalformedError(`${at} is not a ${kind}`);
    const parts = json as readonly Json[];
    if (kind !== 'tuple') return parts.map((part, i) => valueFromJson(of, part, `${at}[${i}]`, depth));
    return of.map((part, i) => valueFromJson(part, parts[i], `${at}[${i}]`, depth));
  }
  if (typeof json !== 'object' || Array.isArray(json)) throw new MalformedError(`${at} is not an object`);
  const parts = json as Readonly<Record<string, Json>>;
  const result = emptyRecord();
  if (kind === 'map') {
    for (const [key, part] of Object.entries(parts)) result[key] = valueFromJson(of, part, `${at}[…]`, depth);
    return result;
  }
  for (const [name, part] of Object.entries(of)) {
    result[name] = valueFromJson(
      part,
      Object.hasOwn(parts, name) ? parts[name] : null,
      `${at}.${name}`,
      depth,
    );
  }
  return result;
}

function scalarFromJson(
  type: 'string' | 'number' | 'bool' | 'dynamic',
  json: Json,
  at: string,
  depth: number,
): Value {
  switch (type) {
    case 'string':
      // Terraform itself turns a stored number or bool into text when an attribute's type became string.
      if (typeof json === 'string') return json;
      if (typeof json === 'number' || typeof json === 'boolean') return String(json);
      break;
    case 'bool':
      if (typeof json === 'boolean') return json;
      break;
    case 'number': {
      if (typeof json === 'number') return Number.isInteger(json) ? narrow(BigInt(json)) : json;
      const value = typeof json === 'string' ? parseNumber(json) : undefined;
      if (value !== undefined) return value;
      break;
    }
    case 'dynamic': {
      const parts = json as { readonly type?: Json; readonly value?: Json };
      const dynamic = parseType(parts.type);
      if (dynamic === undefined) break;
      if (depth >= MAX_TYPE_DEPTH) throw new MalformedError(`${at} nests deeper than ${MAX_TYPE_DEPTH}`);
      return new DynamicValue(dynamic, valueFromJson(dynamic, parts.value, at, depth + 1));
    }
  }
  throw new MalformedError(`${at} is not a ${type} value`);
}
