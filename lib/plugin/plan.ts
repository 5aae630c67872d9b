import { pathText } from './diagnostics';
import type { Diagnostics, Path } from './diagnostics';
import { propertiesOf } from './schema';
import type { Property, Schema } from './schema';
import { emptyRecord, equal, fulfils, hasUnknown, isObject, UNKNOWN } from './values';
import type { ObjectValue } from './values';

// What follows from a schema alone: checks of configurations, plans and states, and what a change means.

/** Runs the schema's own checks on every attribute whose value is known. */
export function validateConfig(schema: Schema, config: ObjectValue, diagnostics: Diagnostics): void {
  validateProperties(propertiesOf(schema), config, [], diagnostics);
}

function validateProperties(
  properties: Readonly<Record<string, Property>>,
  config: ObjectValue,
  parent: Path,
  diagnostics: Diagnostics,
): void {
  for (const [name, { options, attributes }] of Object.entries(properties)) {
    const value = config[name] ?? null;
    const path = [...parent, name];
    if (attributes !== undefined && isObject(value)) {
      validateProperties(attributes, value, path, diagnostics);
    } else if (value !== null && !hasUnknown(value)) {
      const wrong = options.validate?.(value);
      if (wrong !== undefined) diagnostics.error(`Invalid value of ${pathText(path)}`, wrong, path);
    }
  }
}

/**
 * The plan that follows from the schema's flags alone: what the configuration leaves to the provider is unknown on
 * create, keeps its value when nothing changes, and on a change is unknown unless it is stable.
 *
 * `proposed` is Terraform's merge of configuration and prior state.
 */
export function planFromFlags(
  schema: Schema,
  prior: ObjectValue | null,
  proposed: ObjectValue,
  config: ObjectValue,
): ObjectValue {
  if (prior !== null && equal(prior, proposed)) return proposed;
  const planned = emptyRecord();
  for (const [name, { options }] of Object.entries(propertiesOf(schema))) {
    const leftToProvider = options.computed === true && (config[name] ?? null) === null;
    const before = (options.stable === true ? prior?.[name] : null) ?? UNKNOWN;
    planned[name] = leftToProvider ? before : (proposed[name] ?? null);
  }
  return planned;
}

/** Where planned differs from prior in an attribute that requires replacement. */
export function replacements(schema: Schema, prior: ObjectValue, planned: ObjectValue): readonly Path[] {
  return Object.entries(schema.attributes)
    .filter(([name, { options }]) => options.requiresReplace === true && !same(name, prior, planned))
    .map(([name]) => [name]);
}

/** Reports every attribute in which a plan is not what Terraform accepts: the configuration, or prior, or computed. */
export function checkPlan(
  schema: Schema,
  values: { readonly config: ObjectValue; readonly prior: ObjectValue | null; readonly planned: ObjectValue },
  diagnostics: Diagnostics,
): void {
  const { config, prior, planned } = values;
  for (const [name, { options }] of Object.entries(propertiesOf(schema))) {
    const configured = (config[name] ?? null) !== null;
    const keepsPrior = configured && (prior?.[name] ?? null) !== null && same(name, prior ?? {}, planned);
    if ((!configured && options.computed === true) || same(name, config, planned) || keepsPrior) continue;
    diagnostics.error(
      `The plan for ${name} differs from the configuration`,
      'The provider planned another value than the configuration has. This is a bug of the provider.',
      [name],
    );
  }
}

/** Reports every attribute in which a new state is not as it was planned, or is still unknown. */
export function checkApplied(
  schema: Schema,
  planned: ObjectValue,
  state: ObjectValue,
  diagnostics: Diagnostics,
): void {
  for (const name of Object.keys(propertiesOf(schema))) {
    const actual = state[name] ?? null;
    if (!hasUnknown(actual) && fulfils(planned[name] ?? null, actual)) continue;
    diagnostics.error(
      `The result for ${name} differs from the plan`,
      'The provider returned another value than it had planned, or left it unknown. This is a bug of the provider.',
      [name],
    );
  }
}

function same(name: string, a: ObjectValue, b: ObjectValue): boolean {
  return equal(a[name] ?? null, b[name] ?? null);
}
