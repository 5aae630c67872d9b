import * as v from 'valibot';
import { ENTRY, ENV } from '../contract';
import { parseDuration } from '../duration';
import type { Target } from '../handler';
import { InvalidIdError, parseInstanceId, parseNicId } from '../zec/ids';
import { UsageError } from './errors';

/** One attachment of a set, as its stack declares it. */
export interface DeclaredAttachment {
  readonly nicId: string;
  readonly instanceId: string;
  /** How long it may take, in milliseconds. */
  readonly timeoutMs: number;
  /** The path of the construct that declares it. */
  readonly construct: string;
  /** Why one of its ids is none. */
  readonly invalid?: InvalidIdError;
  readonly target?: Target;
}

const part = v.array(
  v.object({
    [ENTRY.nicId]: v.string(),
    [ENTRY.instanceId]: v.string(),
    [ENTRY.timeout]: v.string(),
    [ENTRY.construct]: v.string(),
  }),
);

/**
 * The set of attachments in the environment, where the local-exec runner puts it in parts of bounded size.
 * @throws UsageError if there is none, or a part is not as the runner writes it
 */
export function readAttachmentSet(
  env: Readonly<Record<string, string | undefined>>,
): readonly DeclaredAttachment[] {
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
  const parsed = v.safeParse(part, parseJson(name, text));
  if (!parsed.success) throw invalidPart(name);
  return parsed.output.map((entry) => {
    const timeoutMs = parseDuration(entry[ENTRY.timeout]);
    if (timeoutMs === undefined || timeoutMs <= 0) throw invalidPart(name);
    const ids = { nicId: entry[ENTRY.nicId], instanceId: entry[ENTRY.instanceId] };
    return { ...ids, timeoutMs, construct: entry[ENTRY.construct], ...checked(ids) };
  });
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw invalidPart(name);
  }
}

function invalidPart(name: string): UsageError {
  const names = Object.values(ENTRY).join(', ');
  return new UsageError(`${name} is not a JSON array of objects with the texts ${names}`);
}

function checked(ids: Pick<DeclaredAttachment, 'nicId' | 'instanceId'>) {
  try {
    return { target: { nicId: parseNicId(ids.nicId), instanceId: parseInstanceId(ids.instanceId) } };
  } catch (error) {
    if (!(error instanceof InvalidIdError)) throw error;
    return { invalid: error };
  }
}
