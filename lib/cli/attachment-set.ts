import * as v from 'valibot';
import { ENTRY, ENV } from '../contract';
import { parseDuration } from '../duration';
import type { Target } from '../handler';
import { InvalidIdError, parseInstanceId, parseNicId } from '../zec/ids';
import type { Environment } from '../zec/settings';
import { UsageError } from './errors';

/** One attachment of a set, as declared in the stack. */
export interface DeclaredAttachment {
  readonly nicId: string;
  readonly instanceId: string;
  /** Timeout of the attach, in milliseconds. */
  readonly timeoutMs: number;
  /** Path of the construct that declares it. */
  readonly construct: string;
  /** The parsed IDs, or the error if one is malformed. */
  readonly target: Target | InvalidIdError;
}

const entriesSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.array(
    v.object({
      [ENTRY.nicId]: v.string(),
      [ENTRY.instanceId]: v.string(),
      [ENTRY.timeout]: v.string(),
      [ENTRY.construct]: v.string(),
    }),
  ),
);

/**
 * Reads the attachments from `ZEC_ATTACHMENTS_1`, `ZEC_ATTACHMENTS_2` and so on. The local-exec runner splits the set
 * because the size of one environment variable is limited.
 * @throws UsageError if the first variable is not set, or one is invalid
 */
export function readAttachmentSet(env: Environment): readonly DeclaredAttachment[] {
  const attachments: DeclaredAttachment[] = [];
  let number = 1;
  for (let text = env[variable(number)]; text !== undefined; text = env[variable((number += 1))]) {
    attachments.push(...parseEntries(variable(number), text));
  }
  if (number === 1) {
    throw new UsageError(`${variable(1)} is not set: expected the attachments as a JSON array`);
  }
  return attachments;
}

function variable(number: number): string {
  return `${ENV.attachments}_${number}`;
}

function parseEntries(name: string, text: string): readonly DeclaredAttachment[] {
  const properties = Object.values(ENTRY).join(', ');
  const invalid = new UsageError(
    `${name} is invalid: expected a JSON array of objects with the strings ${properties}`,
  );
  const parsed = v.safeParse(entriesSchema, text);
  if (!parsed.success) throw invalid;
  return parsed.output.map((entry) => {
    const timeoutMs = parseDuration(entry[ENTRY.timeout]);
    if (timeoutMs === undefined || timeoutMs <= 0) throw invalid;
    const { [ENTRY.nicId]: nicId, [ENTRY.instanceId]: instanceId, [ENTRY.construct]: construct } = entry;
    return { nicId, instanceId, timeoutMs, construct, target: targetOf(nicId, instanceId) };
  });
}

function targetOf(nicId: string, instanceId: string): Target | InvalidIdError {
  try {
    return { nicId: parseNicId(nicId), instanceId: parseInstanceId(instanceId) };
  } catch (error) {
    if (error instanceof InvalidIdError) return error;
    throw error;
  }
}
