import type { Diagnostics, Path } from './diagnostics';
import type { PlanRequest } from './provider';
import type { Schema } from './schema';
import { equal, hasUnknown, isObject, UNKNOWN, type ObjectValue } from './values';

// Validation and planning that depend only on the schema.

/**
 * Rejects null for required attributes and values for attributes that only the provider sets, which Terraform leaves to
 * providers, and runs the schema's `validate` functions on all known values.
 */
export function validateConfig(
  { attributes }: Pick<Schema, 'attributes'>,
  config: ObjectValue,
  diagnostics: Diagnostics,
  parent: readonly string[] = [],
): void {
  for (const [name, { options, attributes: inner }] of Object.entries(attributes)) {
    const value = config[name] ?? null;
    const path = [...parent, name];
    if (value === null && options.required === true) {
      diagnostics.error(`The argument ${path.join('.')} is required`, 'Its value must not be null.', path);
    } else if (value !== null && options.computed === true && options.optional !== true) {
      diagnostics.error(
        `The value of ${path.join('.')} cannot be set`,
        'The provider sets it. Remove the argument from the configuration.',
        path,
      );
    } else if (inner !== undefined && isObject(value)) {
      validateConfig({ attributes: inner }, value, diagnostics, path);
    } else if (value !== null && !hasUnknown(value)) {
      const problem = options.validate?.(value);
      if (problem !== undefined) diagnostics.error(`Invalid value of ${path.join('.')}`, problem, path);
    }
  }
}

/**
 * The plan that follows from the schema alone. A computed attribute that the configuration does not set is unknown on
 * create, keeps its value if nothing changes, and is unknown on a change unless it is stable.
 * @param proposed Terraform's merge of configuration and prior state
 */
export function planFromSchema(
  schema: Schema,
  prior: ObjectValue | null,
  proposed: ObjectValue,
  config: ObjectValue,
): ObjectValue {
  if (prior !== null && equal(prior, proposed)) return proposed;
  return Object.fromEntries(
    Object.entries(schema.attributes).map(([name, { options }]) => {
      const providerSets = options.computed === true && (config[name] ?? null) === null;
      const before = options.stable === true && prior !== null ? (prior[name] ?? null) : UNKNOWN;
      return [name, providerSets ? before : (proposed[name] ?? null)];
    }),
  );
}

/** The changed attributes that require replacement. */
export function replacements(
  schema: Schema,
  prior: ObjectValue | null,
  planned: ObjectValue | null,
): readonly Path[] {
  if (prior === null || planned === null) return [];
  return Object.entries(schema.attributes)
    .filter(
      ([name, { options }]) =>
        options.requiresReplace === true && !equal(prior[name] ?? null, planned[name] ?? null),
    )
    .map(([name]) => [name]);
}

export function actionOf(
  schema: Schema,
  prior: ObjectValue | null,
  planned: ObjectValue | null,
): PlanRequest<unknown>['action'] {
  if (planned === null) return 'destroy';
  if (prior === null) return 'create';
  if (replacements(schema, prior, planned).length > 0) return 'replace';
  return equal(prior, planned) ? 'none' : 'update';
}
