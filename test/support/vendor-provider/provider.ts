import { attribute, defineSchema, resource, types } from '../../../lib/plugin';
import type { ProviderDefinition, Schema } from '../../../lib/plugin';
import { attach, detach, readNic } from './api';

const schema = defineSchema({
  attributes: {
    id: attribute(types.string, { computed: true, stable: true }),
    vnic_id: attribute(types.string, { required: true, requiresReplace: true }),
    instance_id: attribute(types.string, { required: true, requiresReplace: true }),
  },
});

/**
 * The parts of the vendor's attachment that `moved` blocks and the bench need: its type, the format of its state, and one
 * request to attach or detach without a wait for its effect. A read sends a request and changes nothing.
 */
export const vendorProvider: ProviderDefinition<Schema, undefined> = {
  name: 'zenlayercloud',
  schema: defineSchema({ attributes: {} }),
  configure: () => undefined,
  resources: {
    zenlayercloud_zec_vnic_attachment: resource<typeof schema, undefined>({
      schema,
      create: async ({ config: { vnic_id, instance_id } }) => {
        await attach(vnic_id, instance_id);
        await readNic(vnic_id);
        return { state: { id: `${vnic_id}:${instance_id}`, vnic_id, instance_id } };
      },
      // Terraform replaces the resource on every change.
      update: ({ prior }) => ({ state: prior }),
      read: async (state) => {
        await readNic(state.vnic_id);
        return state;
      },
      delete: ({ vnic_id }) => detach(vnic_id),
    }),
  },
  dataSources: {},
};
