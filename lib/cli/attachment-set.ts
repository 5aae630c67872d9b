import * as v from 'valibot';
import { ENTRY, ENV } from '../contract';
import { parseDuration } from '../duration';
import type { Target } from '../handler';
import { InvalidIdError, parseIds } from '../zec/ids';
import type { Environment } from '../zec/settings';
import { UsageError } from './errors';

const entrySchema = v.pipe(
  v.object({
    [ENTRY.nicId]: v.string(),
    [ENTRY.instanceId]: v.string(),
    [ENTRY.timeout]: v.pipe(v.string(), v.transform(parseDuration), v.number(), v.gtValue(0)),
    [ENTRY.construct]: v.string(),
  }),
  v.transform((entry) => {
    const { [ENTRY.nicId]: nicId, [ENTRY.instanceId]: instanceId } = entry;
    return {
      nicId,
      instanceId,
      /** Timeout of the attach, in milliseconds. */
      timeoutMs: entry[ENTRY.timeout],
      /** Path of the construct that declares it. */
      construct: entry[ENTRY.construct],
      target: targetOf(nicId, instanceId),
    };
  }),
);
const setSchema = v.pipe(v.string(), v.parseJson(), v.array(entrySchema));

/** One attachment of a set, as declared in the stack. */
export type DeclaredAttachment = v.InferOutput<typeof entrySchema>;

/**
 * Reads the attachments from `ZEC_ATTACHMENTS_1`, `ZEC_ATTACHMENTS_2` and so on. The local-exec runner splits the set
 * because the size of one environment variable is limited.
 * @throws UsageError if the first variable is not set, or one is invalid
 */
export function readAttachmentSet(env: Environment): readonly DeclaredAttachment[] {
  const attachments: DeclaredAttachment[] = [];
  for (let number = 1; ; number += 1) {
    const name = `${ENV.attachments}_${number}`;
    const text = env[name];
    if (text === undefined) {
      if (number > 1) return attachments;
      throw new UsageError(`${name} is not set: expected the attachments as a JSON array`);
    }
    const parsed = v.safeParse(setSchema, text);
    if (!parsed.success) {
      const properties = Object.values(ENTRY).join(', ');
      throw new UsageError(
        `${name} is invalid: expected a JSON array of objects with the strings ${properties}`,
      );
    }
    attachments.push(...parsed.output);
  }
}

/** The parsed IDs, or the error if one is malformed. */
function targetOf(nicId: string, instanceId: string): Target | InvalidIdError {
  try {
    return parseIds(nicId, instanceId);
  } catch (error) {
    if (error instanceof InvalidIdError) return error;
    throw error;
  }
}
