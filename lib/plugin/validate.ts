import type { Diagnostics } from './diagnostics';
import { pathText } from './path';
import type { Path } from './path';
import { allAttributes } from './schema';
import type { Attribute, Attributes, ObjectSchema } from './schema';
import { hasUnknown, isObject } from './value';
import type { ObjectValue, Value } from './value';

/** Runs the schema's own checks on every attribute whose value is known. */
export function validateConfig(schema: ObjectSchema, config: ObjectValue, diagnostics: Diagnostics): void {
  validateObject(allAttributes(schema), config, [], diagnostics);
}

function validateObject(
  attributes: Attributes,
  config: ObjectValue,
  path: Path,
  diagnostics: Diagnostics,
): void {
  for (const [name, attribute] of Object.entries(attributes)) {
    validateAttribute(attribute, config[name] ?? null, [...path, name], diagnostics);
  }
}

function validateAttribute(attribute: Attribute, value: Value, path: Path, diagnostics: Diagnostics): void {
  if (value === null) return;
  const { options, nested } = attribute;
  if (nested === undefined) {
    if (options.validate === undefined || hasUnknown(value)) return;
    const wrong = options.validate(value);
    if (wrong !== undefined) diagnostics.error(`Invalid value of ${pathText(path)}`, wrong, path);
    return;
  }
  const element = (part: Value, at: Path) => {
    if (isObject(part)) validateObject(nested.attributes, part, at, diagnostics);
  };
  if (Array.isArray(value)) {
    const elements = value as readonly Value[];
    for (const [i, part] of elements.entries())
      element(part, nested.nesting === 'list' ? [...path, i] : path);
  } else if (nested.nesting === 'single') element(value, path);
  else if (isObject(value))
    for (const [key, part] of Object.entries(value)) element(part, [...path, { key }]);
}
