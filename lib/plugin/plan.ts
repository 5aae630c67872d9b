import type { Diagnostics } from './diagnostics';
import { equal, fulfils } from './equality';
import { pathText } from './path';
import type { Path } from './path';
import { allAttributes, schemaType } from './schema';
import type { Attribute, Attributes, ObjectSchema } from './schema';
import { emptyRecord, hasUnknown, isObject, isUnknown, UNKNOWN } from './value';
import type { ObjectValue, Value } from './value';

/**
 * The plan that follows from the schema's flags alone: what the configuration leaves to the provider is unknown on
 * create, keeps its value when nothing changes, and on a change is unknown unless it is stable.
 *
 * `proposed` is Terraform's merge of configuration and prior state.
 */
export function planFromFlags(
  schema: ObjectSchema,
  prior: ObjectValue | null,
  proposed: ObjectValue,
  config: ObjectValue,
): ObjectValue {
  const bare = withoutWriteOnly(schema, proposed);
  if (prior !== null && equal(schemaType(schema), prior, bare)) return bare;
  return fillComputed(allAttributes(schema), prior, bare, config);
}

function fillComputed(
  attributes: Attributes,
  prior: ObjectValue | null,
  proposed: ObjectValue,
  config: ObjectValue,
): ObjectValue {
  const planned = emptyRecord();
  for (const [name, attribute] of Object.entries(attributes)) {
    planned[name] = fillOne(attribute, prior?.[name] ?? null, proposed[name] ?? null, config[name] ?? null);
  }
  return planned;
}

function fillOne({ options, nested }: Attribute, prior: Value, proposed: Value, config: Value): Value {
  if (options.computed === true && config === null) {
    return options.stable === true && prior !== null ? prior : UNKNOWN;
  }
  if (nested?.nesting !== 'single' || !isObject(proposed) || !isObject(config)) return proposed;
  return fillComputed(nested.attributes, isObject(prior) ? prior : null, proposed, config);
}

/** A copy with null for every write-only attribute: no plan and no state may hold one. */
export function withoutWriteOnly(schema: ObjectSchema, value: ObjectValue): ObjectValue {
  return clearWriteOnly(allAttributes(schema), value);
}

function clearWriteOnly(attributes: Attributes, value: ObjectValue): ObjectValue {
  const result = emptyRecord();
  for (const [name, part] of Object.entries(value)) {
    const { options, nested } = attributes[name] ?? {};
    if (options?.writeOnly === true) result[name] = null;
    else if (nested?.nesting === 'single' && isObject(part))
      result[name] = clearWriteOnly(nested.attributes, part);
    else result[name] = part;
  }
  return result;
}

/** Where planned differs from prior in an attribute that requires replacement. */
export function replacements(
  schema: ObjectSchema,
  prior: ObjectValue,
  planned: ObjectValue,
): readonly Path[] {
  return find(schema, ({ type, options, nested }, path) => {
    const differs =
      options.requiresReplace === true && !equal(type, valueAt(prior, path), valueAt(planned, path));
    return differs ? 'found' : nested?.nesting === 'single' ? 'enter' : 'skip';
  });
}

/** Reports every attribute in which a plan is not what Terraform accepts: the configuration, or prior, or computed. */
export function checkPlan(
  schema: ObjectSchema,
  values: { readonly config: ObjectValue; readonly prior: ObjectValue | null; readonly planned: ObjectValue },
  diagnostics: Diagnostics,
): void {
  const wrong = find(schema, ({ type, options, nested }, path) => {
    const config = valueAt(values.config, path);
    const planned = valueAt(values.planned, path);
    if (options.writeOnly === true) return planned === null ? 'skip' : 'found';
    if (config === null && options.computed === true) return 'skip';
    if (nested?.nesting === 'single' && isObject(config) && isObject(planned)) return 'enter';
    if (equal(type, config, planned)) return 'skip';
    const prior = values.prior === null ? null : valueAt(values.prior, path);
    return prior !== null && config !== null && equal(type, prior, planned) ? 'skip' : 'found';
  });
  for (const path of wrong) {
    diagnostics.error(
      `The plan for ${pathText(path)} differs from the configuration`,
      'The provider planned another value than the configuration has. This is a bug of the provider.',
      path,
    );
  }
}

/** Reports every attribute in which a new state is not as it was planned, or is still unknown. */
export function checkApplied(
  schema: ObjectSchema,
  planned: ObjectValue,
  state: ObjectValue,
  diagnostics: Diagnostics,
): void {
  const wrong = find(schema, ({ type, nested }, path) => {
    const [wanted, actual] = [valueAt(planned, path), valueAt(state, path)];
    if (nested?.nesting === 'single' && isObject(wanted) && isObject(actual)) return 'enter';
    return hasUnknown(actual) || !fulfils(type, wanted, actual) ? 'found' : 'skip';
  });
  for (const path of wrong) {
    diagnostics.error(
      `The result for ${pathText(path)} differs from the plan`,
      'The provider returned another value than it had planned, or left it unknown. This is a bug of the provider.',
      path,
    );
  }
}

type Verdict = 'found' | 'enter' | 'skip';

/** Visits attributes and blocks; `enter` goes on to the parts of a single object. */
function find(
  schema: ObjectSchema,
  visit: (attribute: Attribute, path: readonly string[]) => Verdict,
): Path[] {
  const found: Path[] = [];
  const walk = (attributes: Attributes, path: readonly string[]) => {
    for (const [name, attribute] of Object.entries(attributes)) {
      const at = [...path, name];
      const verdict = visit(attribute, at);
      if (verdict === 'found') found.push(at);
      if (verdict === 'enter' && attribute.nested !== undefined) walk(attribute.nested.attributes, at);
    }
  };
  walk(allAttributes(schema), []);
  return found;
}

/** The value at a path of names. Within null all is null, within an unknown all is unknown. */
function valueAt(value: ObjectValue, path: readonly string[]): Value {
  let at: Value = value;
  for (const name of path) {
    if (isUnknown(at)) return UNKNOWN;
    at = isObject(at) ? (at[name] ?? null) : null;
  }
  return at;
}
