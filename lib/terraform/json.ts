import * as v from 'valibot';

/** The input is not the expected document. The message says what it is, and which command to run. */
export class TerraformJsonError extends Error {
  public constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TerraformJsonError';
  }
}

/** Maximum nesting depth of modules and expressions. */
export const MAX_DEPTH = 64;

type DocumentKind = 'plan' | 'state';

const SOURCES = {
  plan: { command: 'terraform show -json PLANFILE', reader: 'zec-nic review' },
  state: { command: 'terraform show -json', reader: 'zec-nic drift' },
} as const;
const ZIP = Buffer.from('PK\u0003\u0004', 'latin1');

// Only the members that are read from `terraform show -json`. Other members are ignored.

const anything = v.optional(v.unknown());
const address = v.pipe(v.string(), v.maxLength(8192));
const addresses = v.optional(v.array(address), () => []);
const name = v.pipe(v.string(), v.maxLength(1024));

const resource = {
  address,
  mode: v.string(),
  type: name,
  name,
  index: v.optional(v.union([v.string(), v.number()])),
  provider_name: v.optional(v.string(), ''),
};

const resourceChange = v.object({
  ...resource,
  module_address: v.optional(address, ''),
  previous_address: v.optional(address),
  deposed: v.optional(name),
  action_reason: v.optional(v.string()),
  change: v.pipe(
    v.object({
      actions: v.array(v.string()),
      before: anything,
      after: anything,
      after_unknown: anything,
      before_sensitive: anything,
      after_sensitive: anything,
      importing: v.nullish(v.object({})),
    }),
    v.transform(({ actions, importing, ...change }) => ({
      actions,
      importing,
      /** Terraform creates the new resource before it destroys the old one. */
      createsFirst: actions[0] === 'create' && actions.includes('delete'),
      before: { value: change.before, sensitive: change.before_sensitive },
      after: { value: change.after, unknown: change.after_unknown, sensitive: change.after_sensitive },
    })),
  ),
});
export type ResourceChange = v.InferOutput<typeof resourceChange>;

const planSchema = v.object({
  terraform_version: v.optional(name),
  resource_changes: v.optional(v.array(resourceChange), () => []),
  resource_drift: v.optional(v.array(resourceChange), () => []),
  deferred_changes: v.optional(
    v.array(v.object({ reason: v.optional(v.string(), 'unknown'), resource_change: resourceChange })),
    () => [],
  ),
  prior_state: v.optional(v.object({ values: anything })),
  configuration: v.optional(
    v.object({
      root_module: anything,
      provider_config: v.fallback(
        v.record(v.string(), v.object({ full_name: v.optional(v.string()), expressions: anything })),
        {},
      ),
    }),
  ),
  errored: v.optional(v.boolean(), false),
  complete: v.optional(v.boolean(), true),
});

const stateResource = v.object({
  ...resource,
  values: anything,
  sensitive_values: anything,
  depends_on: addresses,
  tainted: v.optional(v.boolean(), false),
  deposed_key: v.optional(name),
});
export type StateResource = v.InferOutput<typeof stateResource>;

/** A module in a state. Child modules are validated separately, because their nesting has no limit. */
export const stateModuleSchema = v.object({
  address: v.optional(address, ''),
  resources: v.optional(v.array(stateResource), () => []),
  child_modules: v.optional(v.array(v.unknown()), () => []),
});

const configResource = v.object({
  mode: v.string(),
  type: name,
  name,
  provisioners: v.optional(v.array(v.object({ type: name, expressions: anything })), () => []),
  expressions: anything,
  for_each_expression: anything,
  count_expression: anything,
  depends_on: addresses,
  provider_config_key: v.optional(v.string()),
});

const moduleCall = v.object({
  expressions: v.optional(v.record(v.string(), v.unknown()), () => ({})),
  for_each_expression: anything,
  count_expression: anything,
  depends_on: addresses,
  module: anything,
});

export const configModuleSchema = v.object({
  resources: v.optional(v.array(configResource), () => []),
  outputs: v.optional(
    v.record(v.string(), v.object({ expression: anything, depends_on: addresses })),
    () => ({}),
  ),
  module_calls: v.optional(v.record(v.string(), moduleCall), () => ({})),
});
export type ConfigModule = v.InferOutput<typeof configModuleSchema>;

/** The output of `terraform show -json` for a saved plan. */
export const readPlanJson = (bytes: Buffer) => validated(planSchema, parse(bytes, 'plan'), 'plan');

/** The values in the output of `terraform show -json` for a state. */
export const readStateValues = (bytes: Buffer) => member(parse(bytes, 'state'), 'values');

/** Validates a value. The error contains the path of the first mismatch. */
export function validated<T>(schema: v.GenericSchema<unknown, T>, value: unknown, expected: DocumentKind): T {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const path = result.issues[0].path?.map(({ key }) => String(key)).join('.') ?? '';
  throw invalidInput(
    `the ${expected} has an unsupported format at ${JSON.stringify(path.slice(0, 200))}`,
    expected,
  );
}

export function nestingError(expected: DocumentKind): TerraformJsonError {
  return new TerraformJsonError(`the ${expected} nests modules deeper than ${MAX_DEPTH} levels`);
}

/** The own member `name` of an object; `undefined` if the value is not an object. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

function parse(bytes: Buffer, expected: DocumentKind): unknown {
  if (bytes.subarray(0, ZIP.length).equals(ZIP)) {
    throw new TerraformJsonError(
      `this is a saved plan in Terraform's binary format. Run: ${SOURCES.plan.command} | ${SOURCES.plan.reader} -`,
    );
  }
  // UTF-8, or UTF-16 with a byte order mark, as Windows PowerShell writes redirected output.
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  const text = new TextDecoder(encoding).decode(bytes).trim();
  if (text === '') throw invalidInput('the input is empty', expected);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const isLog = text.startsWith('{"@level"');
    const other = text.startsWith('{') ? 'this is truncated or invalid JSON' : 'this is not JSON';
    throw invalidInput(
      isLog ? 'this is the log of "terraform plan -json", not a plan' : other,
      expected,
      error,
    );
  }
  if (typeof value !== 'object' || value === null) throw invalidInput(`this is not a ${expected}`, expected);
  if ('lineage' in value && 'serial' in value) {
    throw invalidInput('this is a raw Terraform state file', expected);
  }
  const version = member(value, 'format_version');
  if (typeof version !== 'string') {
    throw invalidInput('this is not the output of "terraform show -json"', expected);
  }
  const isPlan = ['resource_changes', 'planned_values', 'configuration'].some((key) => key in value);
  const found = isPlan ? 'plan' : 'state';
  if (found !== expected) {
    const use = `("${SOURCES[found].reader}" reads a ${found})`;
    throw invalidInput(`this is a ${found}, but a ${expected} is required ${use}`, expected);
  }
  // Minor versions only add members (Terraform's compatibility promise). 0.x preceded 1.0 with the same format.
  if (/^[01]\.\d{1,4}$/.test(version)) return value;
  throw new TerraformJsonError(
    `the ${expected} has format version ${JSON.stringify(version.slice(0, 40))}, but only 1.x is supported. ` +
      'Upgrade zec-nic.',
  );
}

function invalidInput(why: string, expected: DocumentKind, cause?: unknown): TerraformJsonError {
  return new TerraformJsonError(`${why}. Use the output of "${SOURCES[expected].command}".`, { cause });
}
