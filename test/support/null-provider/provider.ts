import { randomInt } from 'node:crypto';
import { attribute, defineSchema, resource, types } from '../../../lib/plugin';
import type { ProviderDefinition, Schema } from '../../../lib/plugin';

const schema = defineSchema({
  attributes: {
    id: attribute(types.string, { computed: true, stable: true }),
    triggers: attribute(types.map(types.string), { optional: true, requiresReplace: true }),
  },
});

/**
 * `null_resource` like that of hashicorp/null, for machines that cannot reach a Terraform registry: with a random ID, and
 * triggers whose change replaces the resource.
 */
export const nullResourceProvider: ProviderDefinition<Schema, undefined> = {
  name: 'null',
  schema: defineSchema({ attributes: {} }),
  configure: () => undefined,
  resources: {
    null_resource: resource<typeof schema, undefined>({
      schema,
      create: ({ config }) => ({ state: { id: String(randomInt(2 ** 47)), triggers: config.triggers } }),
      // Terraform replaces the resource on every change.
      update: ({ prior }) => ({ state: prior }),
      read: (state) => state,
      delete: () => undefined,
    }),
  },
  dataSources: {},
};
