import { ID_PATTERN } from '../contract';
import type { Target } from '../handler';
import { attribute, defineSchema, types } from '../plugin';
import type { Known } from '../plugin';
import { parseInstanceId, parseNicId } from '../zec/ids';
import { isTimeout } from './nic-attachment-schema';

export const nicConvergenceSchema = defineSchema({
  description: 'Waits until all attachments that it names are attached, in one operation.',
  attributes: {
    id: attribute(types.string, { computed: true, stable: true, description: 'Always `convergence`.' }),
    attachments: attribute(types.map(types.string), {
      required: true,
      validate: areAttachments,
      description:
        'The `id` of each attachment (`nicId:instanceId`), by a name. Each should have `wait = false`.',
    }),
    attached_at: attribute(types.map(types.string), {
      optional: true,
      description:
        'The `attached_at` of each attachment, so that one that is created again is waited for again.',
    }),
    timeout: attribute(types.string, {
      optional: true,
      validate: isTimeout,
      description: 'How long attaching may take, such as `90s`, `10m` or `1h30m`. Default `10m`.',
    }),
  },
});

export type NicConvergenceState = Known<typeof nicConvergenceSchema>;

/** The attachment that an id stands for; `undefined` for what is none. */
export function parseAttachmentId(id: string): Target | undefined {
  const [nicId = '', instanceId = '', ...rest] = id.split(':');
  if (rest.length > 0 || !ID_PATTERN.test(nicId) || !ID_PATTERN.test(instanceId)) return undefined;
  return { nicId: parseNicId(nicId), instanceId: parseInstanceId(instanceId) };
}

function areAttachments(ids: Readonly<Record<string, string | null>>): string | undefined {
  const wrong = Object.entries(ids).find(([, id]) => id === null || parseAttachmentId(id) === undefined);
  return wrong === undefined
    ? undefined
    : `The value of ${JSON.stringify(wrong[0].slice(0, 100))} is invalid: expected "nicId:instanceId", the id of an attachment.`;
}
