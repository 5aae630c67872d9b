import { attribute, defineSchema, DiagnosticError, resource, serve, types } from '../../../lib/plugin';

// As much of the vendor's provider as a `moved` block needs: the type, and the shape of its state.

const schema = defineSchema({
  attributes: {
    id: attribute(types.string, { computed: true, stable: true }),
    vnic_id: attribute(types.string, { required: true, requiresReplace: true }),
    instance_id: attribute(types.string, { required: true, requiresReplace: true }),
  },
});

void serve({
  name: 'zenlayercloud',
  schema: defineSchema({ attributes: {} }),
  configure: () => undefined,
  resources: {
    zenlayercloud_zec_vnic_attachment: resource<typeof schema, undefined>({
      schema,
      create: () => {
        throw new DiagnosticError('This stand-in creates nothing');
      },
      read: (state) => state,
      delete: () => {
        throw new DiagnosticError('This stand-in deletes nothing');
      },
    }),
  },
});
