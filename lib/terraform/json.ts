import * as v from 'valibot';

/** The text is not what was asked for. `message` says what it is instead and what to run. */
export class TerraformJsonError extends Error {
  public constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TerraformJsonError';
  }
}

/** How deep modules and expressions may nest. */
export const MAX_DEPTH = 64;

type Wanted = 'plan' | 'state';

const SOURCES = {
  plan: { command: 'terraform show -json PLANFILE', reader: 'zec-nic review' },
  state: { command: 'terraform show -json', reader: 'zec-nic drift' },
} as const;
const ZIP = Buffer.from('PK\u0003\u0004', 'latin1');

// What is read of `terraform show -json`, and nothing else: the rest may be of any form.

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
  change: v.object({
    actions: v.array(v.string()),
    before: anything,
    after: anything,
    after_unknown: anything,
    before_sensitive: anything,
    after_sensitive: anything,
    importing: v.nullish(v.object({})),
  }),
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
  configuration: v.optional(v.object({ root_module: anything, provider_config: anything })),
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

/** One module of a state. What is below it is checked when it is reached: modules nest without end. */
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
});
export type ConfigResource = v.InferOutput<typeof configResource>;

const moduleCall = v.object({
  expressions: v.optional(v.record(v.string(), v.unknown()), () => ({})),
  depends_on: addresses,
  module: anything,
});
export type ModuleCall = v.InferOutput<typeof moduleCall>;

export const configModuleSchema = v.object({
  resources: v.optional(v.array(configResource), () => []),
  outputs: v.optional(v.record(v.string(), v.object({ expression: anything })), () => ({})),
  module_calls: v.optional(v.record(v.string(), moduleCall), () => ({})),
});
export type ConfigModule = v.InferOutput<typeof configModuleSchema>;

export function readPlanJson(bytes: Buffer): v.InferOutput<typeof planSchema> {
  return checked(planSchema, parse(bytes, 'plan'), 'plan');
}

export function readStateJson(bytes: Buffer): { readonly values?: unknown } {
  return checked(v.object({ values: anything }), parse(bytes, 'state'), 'state');
}

/** The values behind a schema; the error names the path of the first thing that is wrong. */
export function checked<T>(schema: v.GenericSchema<unknown, T>, value: unknown, wanted: Wanted): T {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const path = result.issues[0].path?.map(({ key }) => String(key)).join('.') ?? '';
  throw refused(
    `this is not a ${wanted} of a form that is known here (at ${JSON.stringify(path.slice(0, 200))})`,
    wanted,
  );
}

export function tooDeep(wanted: Wanted): TerraformJsonError {
  return new TerraformJsonError(`modules nest deeper than ${MAX_DEPTH} levels in this ${wanted}`);
}

/** What an object holds at `name`; `undefined` for whatever is no object. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

function parse(bytes: Buffer, wanted: Wanted): unknown {
  if (bytes.subarray(0, ZIP.length).equals(ZIP)) {
    throw new TerraformJsonError(
      `this is a saved plan in Terraform's own form. Run: ${SOURCES.plan.command} | ${SOURCES.plan.reader} -`,
    );
  }
  const text = decode(bytes);
  if (text.trim() === '') throw refused('there is nothing in it', wanted);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refused(notJson(text), wanted, error);
  }
  if (typeof value !== 'object' || value === null) throw refused(`this is not a ${wanted}`, wanted);
  const found = kindOf(value);
  if (found === 'raw-state') throw refused("this is a state file in Terraform's own form", wanted);
  if (found === undefined) throw refused('this is not what "terraform show -json" writes', wanted);
  if (found !== wanted) {
    const { reader } = SOURCES[found];
    throw refused(`this is a ${found}, which "${reader}" reads; a ${wanted} is wanted`, wanted);
  }
  checkVersion(String(member(value, 'format_version')), wanted);
  return value;
}

/** UTF-8; or UTF-16, in which older PowerShells write what is redirected into a file. */
function decode(bytes: Buffer): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
}

function notJson(text: string): string {
  const start = text.trimStart();
  if (start.startsWith('{"@level"')) {
    return 'this is the log that "terraform plan -json" writes, and not the plan';
  }
  return start.startsWith('{') ? 'this is not whole JSON' : 'this is not JSON';
}

function kindOf(value: object): Wanted | 'raw-state' | undefined {
  if ('lineage' in value && 'serial' in value) return 'raw-state';
  if (typeof member(value, 'format_version') !== 'string') return undefined;
  if ('resource_changes' in value || 'planned_values' in value || 'configuration' in value) return 'plan';
  return 'state';
}

function checkVersion(version: string, wanted: Wanted): void {
  // Terraform promises to add only, within a major version. 0.x was written before 1.0 and has the same form.
  if (/^[01]\.\d{1,4}$/.test(version)) return;
  throw new TerraformJsonError(
    `this ${wanted} has the format version ${JSON.stringify(version.slice(0, 40))}, and 1.x is known here. ` +
      'A newer zec-nic may read it.',
  );
}

function refused(why: string, wanted: Wanted, cause?: unknown): TerraformJsonError {
  return new TerraformJsonError(`${why}. What is read here is the output of "${SOURCES[wanted].command}".`, {
    cause,
  });
}
