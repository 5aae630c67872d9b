import { DEFAULT_TIMEOUT_SECONDS, ID_PATTERN, ID_SHAPE, MAX_TIMEOUT_SECONDS } from '../contract';
import { DURATION_SHAPE, parseDuration } from '../duration';
import { attribute, block, defineSchema, types } from '../plugin';
import type { Known } from '../plugin';

const isId = (value: string) => (ID_PATTERN.test(value) ? undefined : `An id is ${ID_SHAPE}.`);
const id = (description: string) =>
  attribute(types.string, { required: true, requiresReplace: true, validate: isId, description });
const told = (description: string) => attribute(types.string, { computed: true, stable: true, description });
const timeout = (description: string) =>
  attribute(types.string, { optional: true, validate: isTimeout, description });

export const nicAttachmentSchema = defineSchema({
  description: 'The attachment of a vNIC to an instance.',
  attributes: {
    id: told('`nicId:instanceId`.'),
    nic_id: id('The id of a secondary vNIC. A change detaches the old one and attaches the new one.'),
    instance_id: id('The id of the instance. A change detaches the vNIC, then attaches it.'),
    wait: attribute(types.bool, {
      optional: true,
      description:
        'Whether creating it waits until vNIC and instance agree. Default `true`. With `false` it ends when the API has ' +
        'accepted the attachment; a `zec_nic_convergence` then waits for many at once.',
    }),
    attached_at: told(
      'When Terraform attached or adopted it (RFC 3339). Null after an import, and in states of older versions.',
    ),
    preflight_error: attribute(types.string, {
      computed: true,
      description:
        'Why a plan found that creating it would fail; null once it is attached. It is for a postcondition, which stops ' +
        'plans and, unlike an error of the plan, never a destroy.',
    }),
    mac_address: told('The MAC address of the vNIC.'),
    primary_ipv4: told('The primary IPv4 address of the vNIC.'),
    private_ips: attribute(types.list(types.string), {
      computed: true,
      stable: true,
      description: 'All private addresses of the vNIC.',
    }),
    region_id: told('The region of the vNIC.'),
    vpc_id: told('The VPC of the vNIC.'),
    subnet_id: told('The subnet of the vNIC.'),
  },
  blocks: {
    timeouts: block({
      description: 'How long creating and deleting may take, such as `90s`, `10m` or `1h30m`.',
      attributes: {
        create: timeout('Until vNIC and instance agree. Default `10m`.'),
        delete: timeout('Until neither claims the other. Default `10m`.'),
      },
    }),
  },
});

export type NicAttachmentState = Known<typeof nicAttachmentSchema>;

/** A timeout in milliseconds. */
export function timeoutMs(text: string | null | undefined): number {
  return (text == null ? undefined : parseDuration(text)) ?? DEFAULT_TIMEOUT_SECONDS * 1000;
}

/** What is wrong with a timeout of the configuration. */
export function isTimeout(value: string): string | undefined {
  const ms = parseDuration(value);
  return ms !== undefined && ms > 0 && ms <= MAX_TIMEOUT_SECONDS * 1000
    ? undefined
    : `It must be ${DURATION_SHAPE}, more than nothing and at most 24h.`;
}
