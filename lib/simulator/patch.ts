import { InvalidInputError, isRecord } from './check';
import type { World, WorldCredential, WorldInstance, WorldNic, WorldSettings } from './world';

/** Some fields of an entry; `null` (or `undefined`) takes the field away. */
export type Fields<Entry> = { readonly [Key in keyof Entry]?: Entry[Key] | string | null };

type Entries<Entry, IdKey extends keyof Entry> =
  | readonly (Fields<Entry> & Readonly<Record<IdKey, string>>)[]
  | Readonly<Record<string, Fields<Entry> | null>>;

/**
 * A change of the world. Entries are merged by id, in one of two forms: a list of entries with their ids,
 * or an object whose keys are the ids, where `null` removes the entry. A field that is `null` is taken away;
 * a setting that is `null` goes back to its default. A credential that is a token alone can only be added.
 */
export interface WorldPatch {
  readonly instances?: Entries<WorldInstance, 'instanceId'>;
  readonly nics?: Entries<WorldNic, 'nicId'>;
  readonly credentials?:
    readonly Fields<WorldCredential>[] | Readonly<Record<string, Fields<WorldCredential> | null>>;
  readonly settings?: Fields<WorldSettings>;
}

const ID_KEYS = { instances: 'instanceId', nics: 'nicId', credentials: 'accessKeyId' } as const;
type Part = keyof typeof ID_KEYS;

/** A world as a patch asks for it, not yet checked. */
export interface Merged {
  readonly instances: readonly unknown[];
  readonly nics: readonly unknown[];
  readonly credentials: readonly unknown[];
  readonly settings: unknown;
}

/** The world that a patch asks for, not yet checked. @throws InvalidInputError if `patch` has not the form of one */
export function merged(world: World, patch: unknown): Merged {
  if (!isRecord(patch)) throw notAPatch('all of it: must be an object');
  const unknownKey = Object.keys(patch).find((key) => key !== 'settings' && !Object.hasOwn(ID_KEYS, key));
  if (unknownKey !== undefined) throw notAPatch(`${JSON.stringify(unknownKey.slice(0, 64))}: unknown key`);
  return {
    instances: mergedPart('instances', world.instances, patch.instances),
    nics: mergedPart('nics', world.nics, patch.nics),
    credentials: mergedPart('credentials', world.credentials, patch.credentials),
    settings: mergedSettings(world.settings, patch.settings),
  };
}

function mergedPart(part: Part, current: readonly object[], patch: unknown): object[] {
  const idKey = ID_KEYS[part];
  const entries = new Map(
    current.map((entry) => {
      const id = (entry as Record<string, unknown>)[idKey];
      return [typeof id === 'string' ? id : Symbol(part), entry] as const;
    }),
  );
  for (const [id, fields] of changes(part, patch)) {
    if (fields === null) {
      entries.delete(id);
    } else {
      entries.set(id, withoutNulls({ ...entries.get(id), ...fields }));
    }
  }
  return [...entries.values()];
}

function changes(part: Part, patch: unknown): [string | symbol, Record<string, unknown> | null][] {
  const idKey = ID_KEYS[part];
  if (patch === undefined) return [];
  if (Array.isArray(patch)) {
    return patch.map((fields: unknown, index) => {
      if (!isRecord(fields)) throw notAPatch(`${part}[${index}]: must be an object`);
      const id = fields[idKey];
      if (typeof id === 'string') return [id, fields];
      if (part === 'credentials' && id === undefined) return [Symbol(part), fields];
      throw notAPatch(`${part}[${index}].${idKey}: missing`);
    });
  }
  if (!isRecord(patch)) throw notAPatch(`${part}: must be a list or an object by ${idKey}`);
  return Object.entries(patch).map(([id, fields]) => {
    if (fields === null) return [id, null];
    const name = `${part}[${JSON.stringify(id.slice(0, 64))}]`;
    if (!isRecord(fields)) throw notAPatch(`${name}: must be an object or null`);
    if (fields[idKey] !== undefined && fields[idKey] !== id)
      throw notAPatch(`${name}.${idKey}: is another id`);
    return [id, { ...fields, [idKey]: id }];
  });
}

function mergedSettings(current: WorldSettings, patch: unknown): Record<string, unknown> {
  if (patch !== undefined && !isRecord(patch)) throw notAPatch('settings: must be an object');
  return withoutNulls({ ...current, ...patch });
}

function withoutNulls(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  );
}

function notAPatch(issue: string): InvalidInputError {
  return new InvalidInputError('The change of the world', [issue]);
}
