import * as v from 'valibot';
import { DEFAULT_TIMEOUT_SECONDS, ID_PATTERN } from '../contract';
import { isTimeout, parseDuration, TIMEOUT_FORMAT } from '../duration';
import type { Target, View } from '../handler';
import { attribute, block, defineSchema, types, type KnownValues } from '../plugin';
import { attachmentId, parseIds } from '../zec/ids';
import type { NicInfo } from '../zec/types';
import { nicAttributes, nicValues, text, validateId } from './nic-schema';

const id = (description: string) =>
  attribute(types.string, { required: true, requiresReplace: true, validate: validateId, description });
const timeout = (description: string) =>
  attribute(types.string, { optional: true, validate: validateTimeout, description });

export const nicAttachmentSchema = defineSchema({
  description: 'The attachment of a vNIC to an instance.',
  attributes: {
    id: text('`nicId:instanceId`.'),
    nic_id: id('The ID of a secondary vNIC. A change detaches the old vNIC and attaches the new one.'),
    instance_id: id(
      'The ID of the instance. A change detaches the vNIC, then attaches it to the new instance.',
    ),
    wait: attribute(types.bool, {
      optional: true,
      description:
        'Whether create waits until the vNIC and the instance both show the attachment. Default `true`. With `false`, ' +
        'create returns when the API has accepted the request, and a `zec_nic_convergence` waits for many at once.',
    }),
    skip_destroy: attribute(types.bool, {
      optional: true,
      description:
        'Whether a destroy only removes the attachment from the state and leaves the vNIC attached. A replacement ' +
        'detaches all the same. Default `false`.',
    }),
    when_stopped: attribute(types.string, {
      optional: true,
      validate: (value) =>
        WHEN_STOPPED.some((known) => known === value) ? undefined : `It must be ${WHEN_STOPPED.join(', ')}.`,
      description:
        'What a destroy does if the instance is STOPPED, from which the API does not detach. `FAIL` (default); `START`: ' +
        'it starts the instance, detaches, and stops it again; `LEAVE`: it only removes the attachment from the state. ' +
        'A replacement ignores `LEAVE`.',
    }),
    attached_at: text(
      'When Terraform attached or adopted the vNIC (RFC 3339). Null after an import and in states of older versions.',
    ),
    preflight_error: attribute(types.string, {
      computed: true,
      description:
        'Why the plan predicts that create will fail; null once attached. It is meant for a postcondition, which fails ' +
        'plans but, unlike a plan error, never a destroy.',
    }),
    ...nicAttributes,
    timeouts: block({
      description: 'Timeouts, such as `90s`, `10m` or `1h30m`.',
      attributes: {
        create: timeout('Until the vNIC and the instance both show the attachment. Default `10m`.'),
        delete: timeout('Until neither the vNIC nor the instance shows the attachment. Default `10m`.'),
      },
    }),
  },
});

export type NicAttachmentState = KnownValues<typeof nicAttachmentSchema>;

/** What a destroy does if the instance is STOPPED. */
const WHEN_STOPPED = ['FAIL', 'START', 'LEAVE'] as const;
export type WhenStopped = (typeof WHEN_STOPPED)[number];

/** What a delete does if the instance is STOPPED. A replacement must not leave the vNIC attached. */
export function whenStopped(value: string | null, replaces: boolean): WhenStopped {
  const known = WHEN_STOPPED.find((each) => each === value) ?? 'FAIL';
  return replaces && known === 'LEAVE' ? 'FAIL' : known;
}

/** A configured timeout, or the default, in milliseconds. */
export function timeoutMs(value: string | null | undefined): number {
  return (value == null ? undefined : parseDuration(value)) ?? DEFAULT_TIMEOUT_SECONDS * 1000;
}

export function validateTimeout(value: string): string | undefined {
  return isTimeout(value) ? undefined : `It must be ${TIMEOUT_FORMAT}.`;
}

/** Parses "nicId:instanceId"; `undefined` if it is malformed. */
export function parseAttachmentId(id: string): Target | undefined {
  const parts = id.split(':');
  if (parts.length !== 2 || !parts.every((part) => ID_PATTERN.test(part))) return undefined;
  return parseIds(...(parts as [string, string]));
}

export function targetOf({ nic_id, instance_id }: NicAttachmentState): Target {
  return parseIds(nic_id, instance_id);
}

/** @param kept the attributes that the API does not return. Others are ignored. */
export function stateOf(
  { nicId, instanceId }: Target,
  nic?: NicInfo,
  kept: Partial<NicAttachmentState> = {},
): NicAttachmentState {
  const { wait = null, skip_destroy = null, when_stopped = null, attached_at = null, timeouts = null } = kept;
  const ids = { id: attachmentId(nicId, instanceId), nic_id: nicId, instance_id: instanceId };
  const others = { wait, skip_destroy, when_stopped, attached_at, timeouts, preflight_error: null };
  return { ...ids, ...others, ...nicValues(nic) };
}

/** The summary and detail of a drift warning. */
export function driftWarning(
  { nicId, instanceId }: Target,
  { owner, ownerId, nicStatus, instanceStatus }: View,
): [string, string] {
  const before = `It was attached to instance ${instanceId} at the last refresh.`;
  if (owner === 'other') {
    const detail = `${before} Its current attachment is not modified.`;
    return [`vNIC ${nicId} is now attached to instance ${ownerId ?? 'unknown'}`, detail];
  }
  if (nicStatus === undefined && instanceStatus === undefined) {
    const detail =
      'If they belong to another account, do not apply: it would remove the attachment from the state, and the vNIC would stay ' +
      'attached. Plan again with the credentials of that account.';
    return [`Neither vNIC ${nicId} nor instance ${instanceId} was found`, `${before} ${detail}`];
  }
  if (nicStatus === undefined) return [`vNIC ${nicId} no longer exists`, before];
  return [`vNIC ${nicId} is no longer attached to an instance`, `${before} Its status is now ${nicStatus}.`];
}

/** The summary and detail of the warning that two resources manage the same attachment, for example after a killed rename. */
export function managedTwiceWarning({ nicId, instanceId }: Target): [string, string] {
  return [
    `Two resources of this state manage the attachment of vNIC ${nicId} to instance ${instanceId}`,
    'A destroy of one of them detaches the vNIC for both. ' +
      'Before apply, remove the one that is no longer declared from the state: terraform state rm ADDRESS.',
  ];
}

export const RELEASE_DELETES =
  'If the instance is released later, the platform deletes the vNIC with it by default.';

/** The summary and detail of the warning of a destroy that leaves the vNIC attached. */
export function staysAttachedWarning({ nicId, instanceId }: Target, why: string): [string, string] {
  return [
    `A vNIC stays attached, because ${why}`,
    `Destroy removes the attachment of vNIC ${nicId} to instance ${instanceId} from the state only. ${RELEASE_DELETES}`,
  ];
}

/** The private state of an attachment, which Terraform stores but does not display. Invalid parts are ignored. */
const privateSchema = v.object({
  /**
   * The create of a replacement. Terraform passes it from the first plan to the second plan and to the delete, which then
   * knows that it belongs to a replacement. The create does not receive it.
   */
  replacement: v.fallback(
    v.optional(
      v.object({
        /** The ID of the new attachment (`nicId:instanceId`), if it is known. */
        target: v.optional(v.string()),
        /** Why apply is certain to fail, if it is known. */
        error: v.optional(v.string()),
        /** The instance must have room before the delete, because the plan detaches no other vNIC from it. */
        needsRoom: v.optional(v.literal(true)),
      }),
    ),
    undefined,
  ),
  /** For a tainted resource: when its create failed, in milliseconds since the Unix epoch. */
  failedAt: v.fallback(v.optional(v.number()), undefined),
});

export type PrivateState = Readonly<v.InferOutput<typeof privateSchema>>;

export function readPrivate(bytes: Uint8Array): PrivateState {
  try {
    return v.parse(privateSchema, JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    return {};
  }
}

export function writePrivate(state: PrivateState): Uint8Array {
  const json = JSON.stringify(state);
  return json === '{}' ? new Uint8Array() : Buffer.from(json);
}
