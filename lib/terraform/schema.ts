import * as v from 'valibot';

// What is read of `terraform show -json`, and nothing else: the rest may be of any form.

const anything = v.optional(v.unknown());
const address = v.pipe(v.string(), v.maxLength(8192));
const name = v.pipe(v.string(), v.maxLength(1024));
const index = v.optional(v.union([v.string(), v.number()]));

const resource = {
  address,
  mode: v.string(),
  type: name,
  name,
  index,
  provider_name: v.optional(v.string(), ''),
};

const resourceChange = v.object({
  ...resource,
  module_address: v.optional(address),
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

export const planSchema = v.object({
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

export const stateSchema = v.object({
  terraform_version: v.optional(name),
  values: anything,
});

const stateResource = v.object({
  ...resource,
  values: anything,
  sensitive_values: anything,
  depends_on: v.optional(v.array(address), () => []),
  tainted: v.optional(v.boolean(), false),
  deposed_key: v.optional(name),
});
export type StateResource = v.InferOutput<typeof stateResource> & {
  /** The module's address with the keys of its instances; empty for the root. */
  readonly module: string;
};

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
  depends_on: v.optional(v.array(address), () => []),
});
export type ConfigResource = v.InferOutput<typeof configResource>;

export const configModuleSchema = v.object({
  resources: v.optional(v.array(configResource), () => []),
  outputs: v.optional(v.record(v.string(), v.object({ expression: anything })), () => ({})),
  module_calls: v.optional(
    v.record(
      v.string(),
      v.object({
        expressions: v.optional(v.record(v.string(), v.unknown()), () => ({})),
        depends_on: v.optional(v.array(address), () => []),
        module: anything,
      }),
    ),
    () => ({}),
  ),
});
export type ConfigModule = v.InferOutput<typeof configModuleSchema>;
