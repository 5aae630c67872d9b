import { DEFAULT_TIMEOUT_SECONDS, ID_PATTERN, ID_SHAPE, MAX_TIMEOUT_SECONDS } from '../contract';
import { DURATION_SHAPE, parseDuration } from '../duration';
import type { Target, View } from '../handler';
import { attribute, block, defineSchema, types } from '../plugin';
import type { Known } from '../plugin';
import { attachmentId, parseInstanceId, parseNicId } from '../zec/ids';
import type { NicInfo } from '../zec/types';

const isId = (value: string) => (ID_PATTERN.test(value) ? undefined : `An ID is ${ID_SHAPE}.`);
const id = (description: string) =>
  attribute(types.string, { required: true, requiresReplace: true, validate: isId, description });
const computed = (description: string) =>
  attribute(types.string, { computed: true, stable: true, description });
const timeout = (description: string) =>
  attribute(types.string, { optional: true, validate: isTimeout, description });

export const nicAttachmentSchema = defineSchema({
  description: 'The attachment of a vNIC to an instance.',
  attributes: {
    id: computed('`nicId:instanceId`.'),
    nic_id: id('The id of a secondary vNIC. A change detaches the old one and attaches the new one.'),
    instance_id: id('The id of the instance. A change detaches the vNIC, then attaches it.'),
    wait: attribute(types.bool, {
      optional: true,
      description:
        'Whether creating it waits until vNIC and instance agree. Default `true`. With `false` it ends when the API has ' +
        'accepted the attachment; a `zec_nic_convergence` then waits for many at once.',
    }),
    attached_at: computed(
      'When Terraform attached or adopted it (RFC 3339). Null after an import, and in states of older versions.',
    ),
    preflight_error: attribute(types.string, {
      computed: true,
      description:
        'Why a plan found that creating it would fail; null once it is attached. It is for a postcondition, which stops ' +
        'plans and, unlike an error of the plan, never a destroy.',
    }),
    mac_address: computed('The MAC address of the vNIC.'),
    primary_ipv4: computed('The primary IPv4 address of the vNIC.'),
    private_ips: attribute(types.list(types.string), {
      computed: true,
      stable: true,
      description: 'All private addresses of the vNIC.',
    }),
    region_id: computed('The region of the vNIC.'),
    vpc_id: computed('The VPC of the vNIC.'),
    subnet_id: computed('The subnet of the vNIC.'),
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
    : `It must be ${DURATION_SHAPE}, greater than zero and at most 24h.`;
}

/** The attachment that an ID stands for; `undefined` if it is none. */
export function parseAttachmentId(id: string): Target | undefined {
  const [nicId = '', instanceId = '', ...rest] = id.split(':');
  if (rest.length > 0 || !ID_PATTERN.test(nicId) || !ID_PATTERN.test(instanceId)) return undefined;
  return { nicId: parseNicId(nicId), instanceId: parseInstanceId(instanceId) };
}

/** What a state holds that is not in the cloud. */
export type Kept = Pick<NicAttachmentState, 'wait' | 'attached_at' | 'timeouts'>;

export const NOTHING_KEPT: Kept = { wait: null, attached_at: null, timeouts: null };

export function targetOf({
  nic_id,
  instance_id,
}: Pick<NicAttachmentState, 'nic_id' | 'instance_id'>): Target {
  return { nicId: parseNicId(nic_id), instanceId: parseInstanceId(instance_id) };
}

export function stateOf(
  { nicId, instanceId }: Target,
  nic: NicInfo | undefined,
  { wait, attached_at, timeouts }: Kept,
): NicAttachmentState {
  return {
    id: attachmentId(nicId, instanceId),
    nic_id: nicId,
    instance_id: instanceId,
    wait,
    attached_at,
    preflight_error: null,
    mac_address: nic?.macAddress ?? null,
    primary_ipv4: nic?.primaryIpv4 ?? null,
    private_ips: nic?.privateIpList ?? null,
    region_id: nic?.regionId ?? null,
    vpc_id: nic?.vpcId ?? null,
    subnet_id: nic?.subnetId ?? null,
    timeouts,
  };
}

/** What became of a recorded attachment: a summary, and the detail. */
export function driftOf(
  { nicId, instanceId }: Target,
  { owner, ownerId, nicStatus }: View,
): [string, string] {
  const before = `It was attached to instance ${instanceId} at the last refresh.`;
  if (owner === 'other') {
    return [
      `vNIC ${nicId} is attached to instance ${ownerId ?? 'unknown'} now`,
      `${before} The attachment that holds it now is left alone.`,
    ];
  }
  if (nicStatus === undefined) return [`vNIC ${nicId} no longer exists`, before];
  return [`vNIC ${nicId} is no longer attached to an instance`, `${before} Its status is ${nicStatus} now.`];
}

/** What Terraform keeps beside an attachment's state, and shows nobody. */
export interface PrivateState {
  /** Of a planned create: the same plan removes the attachment that holds the vNIC now. */
  readonly releasedByPlan?: true;
  /** Of a tainted record: when the create failed, in milliseconds since the Unix epoch. */
  readonly failedAt?: number;
  /** Of a create that did not wait: when it ended, in milliseconds since the Unix epoch. Goes once it was seen attached. */
  readonly acceptedAt?: number;
}

export function readPrivate(bytes: Uint8Array): PrivateState {
  try {
    const value = JSON.parse(Buffer.from(bytes).toString('utf8')) as Partial<
      Record<keyof PrivateState, unknown>
    > | null;
    return {
      ...(value?.releasedByPlan === true ? { releasedByPlan: true } : {}),
      ...(typeof value?.failedAt === 'number' ? { failedAt: value.failedAt } : {}),
      ...(typeof value?.acceptedAt === 'number' ? { acceptedAt: value.acceptedAt } : {}),
    };
  } catch {
    return {};
  }
}

export function writePrivate(state: PrivateState): Uint8Array {
  return Object.keys(state).length === 0 ? new Uint8Array() : Buffer.from(JSON.stringify(state));
}
