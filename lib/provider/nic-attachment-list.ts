import { defineSchema, type ListDefinition } from '../plugin';
import { toSingleLine } from '../zec/errors';
import type { ProviderClient } from './client';
import { stateOf, type nicAttachmentSchema } from './nic-attachment-state';
import { nicFilter, nicFilters } from './nic-schema';

const listSchema = defineSchema({
  description: 'Lists the attachments of the secondary vNICs that match all filters.',
  attributes: nicFilters,
});

/** The list resource `zec_nic_attachment`, for `terraform query`. */
export const nicAttachmentList: ListDefinition<
  typeof listSchema,
  typeof nicAttachmentSchema,
  ProviderClient
> = {
  schema: listSchema,
  async *list(config, { client, signal }) {
    const attached = { ...nicFilter(config), status: 'USED', nicType: 'Secondary' } as const;
    for await (const page of client.nicPages(attached, signal)) {
      for (const nic of page) {
        const { nicId, instanceId, nicType, name } = nic;
        // A vNIC may have been detached since the API selected it.
        if (instanceId === undefined || nicType === 'Primary') continue;
        yield {
          displayName: `${toSingleLine(name ?? '') || nicId} on ${instanceId}`,
          state: stateOf({ nicId, instanceId }, nic),
        };
      }
    }
  },
};
