import { pathText } from './diagnostics';
import type { Diagnostics, Path } from './diagnostics';
import type { Schema } from './schema';
import { emptyRecord, equal, conformsTo, hasUnknown, isObject, UNKNOWN } from './values';
import type { ObjectValue } from './values';

// Validation and planning that depend only on the schema.

/** Runs the schema's `validate` functions on all known values. */
export function validateConfig(
  { attributes }: Pick<Schema, 'attributes'>,
  config: ObjectValue,
  diagnostics: Diagnostics,
  parent: Path = [],
): void {
  for (const [name, { options, attributes: inner }] of Object.entries(attributes)) {
    const value = config[name] ?? null;
    const path = [...parent, name];
    if (inner !== undefined && isObject(value)) {
      validateConfig({ attributes: inner }, value, diagnostics, path);
    } else if (value !== null && !hasUnknown(value)) {
      const problem = options.validate?.(value);
      if (problem !== undefined) diagnostics.error(`Invalid value of ${pathText(path)}`, problem, path);
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
  const planned = emptyRecord();
  for (const [name, { options }] of Object.entries(schema.attributes)) {
    const providerSets = options.computed === true && (config[name] ?? null) === null;
    const before = (options.stable === true ? prior?.[name] : null) ?? UNKNOWN;
    planned[name] = providerSets ? before : (proposed[name] ?? null);
  }
  return planned;
}

/** The changed attributes that require replacement. */
export function replacements(schema: Schema, prior: ObjectValue, planned: ObjectValue): readonly Path[] {
  return Object.entries(schema.attributes)
    .filter(([name, { options }]) => options.requiresReplace === true && !same(name, prior, planned))
    .map(([name]) => [name]);
}

/** Reports planned values that Terraform would reject: they must be configured, prior or computed values. */
export function checkPlan(
  schema: Schema,
  values: { readonly config: ObjectValue; readonly prior: ObjectValue | null; readonly planned: ObjectValue },
  diagnostics: Diagnostics,
): void {
  const { config, prior, planned } = values;
  for (const [name, { options }] of Object.entries(schema.attributes)) {
    const configured = (config[name] ?? null) !== null;
    const keepsPrior = configured && (prior?.[name] ?? null) !== null && same(name, prior ?? {}, planned);
    if ((!configured && options.computed === true) || same(name, config, planned) || keepsPrior) continue;
    diagnostics.error(
      `The plan for ${name} differs from the configuration`,
      'The provider planned a value other than the configured one. This is a bug in the provider.',
      [name],
    );
  }
}

/** Reports attributes of a new state that differ from the plan or are unknown. */
export function checkApplied(
  schema: Schema,
  planned: ObjectValue,
  state: ObjectValue,
  diagnostics: Diagnostics,
): void {
  for (const name of Object.keys(schema.attributes)) {
    const actual = state[name] ?? null;
    if (!hasUnknown(actual) && conformsTo(planned[name] ?? null, actual)) continue;
    diagnostics.error(
      `The result for ${name} differs from the plan`,
      'The provider returned a value other than the planned one, or an unknown value. This is a bug in the provider.',
      [name],
    );
  }
}

function same(name: string, a: ObjectValue, b: ObjectValue): boolean {
  return equal(a[name] ?? null, b[name] ?? null);
}
