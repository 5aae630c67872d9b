import * as v from 'valibot';
import { ENTRY, ENV } from '../contract';
import { parseDuration } from '../duration';
import type { Target } from '../handler';
import { InvalidIdError, parseInstanceId, parseNicId } from '../zec/ids';
import { UsageError } from './errors';
import type { Environment } from './values';

/** One attachment of a set, as its stack declares it. */
export interface DeclaredAttachment {
  readonly nicId: string;
  readonly instanceId: string;
  /** How long it may take, in milliseconds. */
  readonly timeoutMs: number;
  /** The path of the construct that declares it. */
  readonly construct: string;
  /** What its IDs name, or why one of them is none. */
  readonly target: Target | InvalidIdError;
}

const part = v.pipe(
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
 * The set of attachments in the environment, where the local-exec runner puts it in parts of bounded size.
 * @throws UsageError if there is none, or a part is not as the runner writes it
 */
export function readAttachmentSet(env: Environment): readonly DeclaredAttachment[] {
  const found: DeclaredAttachment[] = [];
  let number = 1;
  for (let text = env[nameOf(number)]; text !== undefined; text = env[nameOf((number += 1))]) {
    found.push(...readPart(nameOf(number), text));
  }
  if (number === 1)
    throw new UsageError(`${nameOf(1)} is not set: it holds the attachments, as a JSON array`);
  return found;
}

function nameOf(number: number): string {
  return `${ENV.attachments}_${number}`;
}

function readPart(name: string, text: string): readonly DeclaredAttachment[] {
  const names = Object.values(ENTRY).join(', ');
  const invalid = new UsageError(`${name} is not a JSON array of objects with the texts ${names}`);
  const parsed = v.safeParse(part, text);
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
