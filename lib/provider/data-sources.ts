import { attribute, dataSource, defineSchema, DiagnosticError, objectType, types } from '../plugin';
import { parseInstanceId, parseNicId } from '../zec/ids';
import { NIC_STATUSES, type NicInfo, type NicStatus } from '../zec/types';
import type { ProviderClient } from './client';
import {
  filter,
  list,
  nicAttributes,
  nicFilter,
  nicFilters,
  nicValues,
  text,
  validateId,
} from './nic-schema';
import { CHECK_ID } from './preflight';

const id = (description: string) =>
  attribute(types.string, { required: true, validate: validateId, description });
const notFound = (what: string, attributeName: string) =>
  new DiagnosticError(`${what} does not exist`, { detail: CHECK_ID, path: [attributeName] });

const statusAttributes = {
  status: text('The status, such as `AVAILABLE` or `USED`.'),
  nic_type: text('`Primary` or `Secondary`.'),
  instance_id: text('The ID of the instance that the vNIC is attached to; null if it is free.'),
  ...nicAttributes,
};

function valuesOf(nic: NicInfo) {
  const { nicId, status, nicType, instanceId } = nic;
  return {
    nic_id: nicId,
    status,
    nic_type: nicType ?? null,
    instance_id: instanceId ?? null,
    ...nicValues(nic),
  };
}

const nicSchema = defineSchema({
  description: 'Reads a vNIC.',
  attributes: {
    nic_id: id('The ID of the vNIC.'),
    ...statusAttributes,
  },
});

export const nic = dataSource<typeof nicSchema, ProviderClient>({
  schema: nicSchema,
  read: async ({ nic_id }, { client, signal }) => {
    const found = await client.nic(parseNicId(nic_id), signal);
    if (found === undefined) throw notFound(`vNIC ${nic_id}`, 'nic_id');
    return valuesOf(found);
  },
});

const MAX_NICS = 1000;
const nicTypes = ['Primary', 'Secondary'] as const;
const oneOf = (known: readonly string[]) => (value: string) =>
  known.includes(value) ? undefined : `It must be one of ${known.join(', ')}.`;

const nicsSchema = defineSchema({
  description: `Lists the vNICs that match all filters, ordered by ID: at most ${MAX_NICS}. More are an error.`,
  attributes: {
    ...nicFilters,
    status: filter('Only vNICs with this status.', oneOf(NIC_STATUSES)),
    nic_type: filter('Only `Primary` or only `Secondary` vNICs.', oneOf(nicTypes)),
    nic_ids: list('The IDs of the vNICs.'),
    nics: attribute(types.list(objectType({ nic_id: text('The ID of the vNIC.'), ...statusAttributes })), {
      computed: true,
      description: 'The vNICs, with the attributes of `zec_nic`.',
    }),
  },
});

export const nics = dataSource<typeof nicsSchema, ProviderClient>({
  schema: nicsSchema,
  read: async (config, { client, signal }) => {
    const wanted = {
      ...nicFilter(config),
      status: (config.status as NicStatus | null) ?? undefined,
      nicType: (config.nic_type as (typeof nicTypes)[number] | null) ?? undefined,
    };
    const found = (await client.listNics(wanted, MAX_NICS, signal)).map(valuesOf);
    found.sort((a, b) => (a.nic_id < b.nic_id ? -1 : 1));
    return { ...config, nic_ids: found.map(({ nic_id }) => nic_id), nics: found };
  },
});

const instanceSchema = defineSchema({
  description: 'Reads an instance.',
  attributes: {
    instance_id: id('The ID of the instance.'),
    name: text('The name of the instance.'),
    status: text('The status, such as `RUNNING`.'),
    zone_id: text('The zone ID.'),
    nic_ids: list('The IDs of its vNICs, including the primary one.'),
    private_ips: list('The private IP addresses.'),
    public_ips: list('The public IP addresses.'),
  },
});

export const instance = dataSource<typeof instanceSchema, ProviderClient>({
  schema: instanceSchema,
  read: async ({ instance_id }, { client, signal }) => {
    const found = await client.instance(parseInstanceId(instance_id), signal);
    if (found === undefined) throw notFound(`Instance ${instance_id}`, 'instance_id');
    return {
      instance_id,
      name: found.instanceName ?? null,
      status: found.status,
      zone_id: found.zoneId ?? null,
      nic_ids: found.nics.map(({ nicId }) => nicId),
      private_ips: found.privateIpAddresses ?? [],
      public_ips: found.publicIpAddresses ?? [],
    };
  },
});
