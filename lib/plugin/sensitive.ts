import { allAttributes } from './schema';
import type { Attributes, ObjectSchema } from './schema';
import { DynamicValue, isObject } from './value';
import type { Value } from './value';

/** Every text that a sensitive or write-only attribute holds. */
export function secretsIn(schema: ObjectSchema, value: Value): readonly string[] {
  const found: string[] = [];
  collect(allAttributes(schema), value, found);
  return found;
}

function collect(attributes: Attributes, value: Value, found: string[]): void {
  if (Array.isArray(value)) {
    for (const element of value as readonly Value[]) collect(attributes, element, found);
  }
  if (!isObject(value)) return;
  for (const [name, { options, nested }] of Object.entries(attributes)) {
    const part = value[name] ?? null;
    if (options.sensitive === true || options.writeOnly === true) texts(part, found);
    else if (nested?.nesting === 'map' && isObject(part)) {
      for (const element of Object.values(part)) collect(nested.attributes, element, found);
    } else if (nested !== undefined) collect(nested.attributes, part, found);
  }
}

function texts(value: Value, found: string[]): void {
  if (typeof value === 'string') found.push(value);
  else if (value instanceof DynamicValue) texts(value.value, found);
  else if (Array.isArray(value)) for (const part of value as readonly Value[]) texts(part, found);
  else if (isObject(value)) for (const part of Object.values(value)) texts(part, found);
}
