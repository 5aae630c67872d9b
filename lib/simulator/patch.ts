import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { check, defined, isRecord, object } from './check';
import type { World, WorldCredential, WorldInstance, WorldNic, WorldSettings } from './world';
import { HELD_STATUSES } from './world-checks';

/** A vNIC that is being deleted with its instance. */
export const DELETING = { status: 'DELETING', instanceId: undefined } as const;

/** New values for fields of an entry. `null` or `undefined` removes a field. */
export type Fields<Entry> = { readonly [Key in keyof Entry]?: Entry[Key] | string | null };

type Entries<Entry, IdKey extends keyof Entry> =
  | readonly (Fields<Entry> & Readonly<Record<IdKey, string>>)[]
  | Readonly<Record<string, Fields<Entry> | null>>;

/**
 * A change of the world. Entries are merged by ID. They are a list of entries with IDs, or an object keyed by ID, in which
 * `null` removes an entry. `null` also removes a field, and resets a setting to its default. Credentials without an access
 * key can only be added.
 */
export interface WorldPatch {
  readonly instances?: Entries<WorldInstance, 'instanceId'>;
  readonly nics?: Entries<WorldNic, 'nicId'>;
  readonly credentials?:
    readonly Fields<WorldCredential>[] | Readonly<Record<string, Fields<WorldCredential> | null>>;
  readonly settings?: Fields<WorldSettings>;
}

type Values = Record<string, unknown>;
/** New values for the fields of an entry, or `null` to remove it. A symbol is the ID of an entry without one. */
type EntryPatch = readonly [id: string | symbol, fields: Values | null];

const values = v.custom<Values>(isRecord, 'must be an object');

function changes(idKey: string, idRequired = true) {
  const hasId = (entry: Values) =>
    typeof entry[idKey] === 'string' || (!idRequired && entry[idKey] === undefined);
  const entries = v.pipe(
    v.array(v.pipe(values, v.check(hasId, `${idKey} is missing`))),
    v.transform((all) =>
      all.map((entry): EntryPatch => [(entry[idKey] as string | undefined) ?? Symbol(), entry]),
    ),
  );
  const entriesById = v.pipe(
    v.custom<Values>(isRecord, `must be a list or an object by ${idKey}`),
    // Valibot drops such keys from a record.
    v.check((all) => Object.keys(all).every((id) => !(id in Object.prototype)), 'a key is not an ID'),
    v.record(v.string(), v.nullable(values)),
    v.check(
      (all) => Object.entries(all).every(([id, entry]) => [undefined, id].includes(entry?.[idKey] as string)),
      `an entry has another ${idKey} than its key`,
    ),
    v.transform((all) =>
      Object.entries(all).map(([id, entry]): EntryPatch => [id, entry && { ...entry, [idKey]: id }]),
    ),
  );
  return v.optional(
    v.lazy(
      (input) => (Array.isArray(input) ? entries : entriesById) as v.GenericSchema<unknown, EntryPatch[]>,
    ),
    () => [],
  );
}

const patchSchema = object({
  instances: changes('instanceId'),
  nics: changes('nicId'),
  credentials: changes('accessKeyId', false),
  settings: v.optional(values, () => ({})),
});

/**
 * The world after a patch, not validated yet. A primary vNIC is removed with its instance. Any other is deleted or detached,
 * depending on the setting `releasedNics`, unless the same patch attaches it elsewhere.
 * @returns also the IDs of the vNICs that are being detached from a removed instance
 * @throws InvalidInputError if `patch` is malformed
 */
export function merged(before: World, patch: unknown): { next: unknown; leaving: ReadonlySet<string> } {
  const asked = check(patchSchema, patch, 'The change of the world');
  const instances = mergedById(before.instances, 'instanceId', asked.instances);
  const kept = new Set(instances.map(({ instanceId }) => instanceId));
  const orphans = new Map(
    before.nics
      .filter(({ instanceId }) => instanceId !== undefined && !kept.has(instanceId))
      .map((nic) => [nic.nicId as unknown, nic]),
  );
  const leaving = new Set<string>();
  const settings = defined({ ...before.settings, ...asked.settings });
  const nics = mergedById(before.nics, 'nicId', asked.nics).flatMap((nic) => {
    const orphan = orphans.get(nic.nicId);
    if (orphan === undefined || nic.instanceId !== orphan.instanceId) return [nic];
    if (nic.nicType === 'Primary') return [];
    if (!HELD_STATUSES.has(orphan.status)) return [{ ...nic, instanceId: undefined }];
    if (settings.releasedNics !== 'FREE' && orphan.status !== 'DETACHING') return [{ ...nic, ...DELETING }];
    leaving.add(orphan.nicId);
    return [{ ...nic, status: 'DETACHING' }];
  });
  const credentials = mergedById(before.credentials, 'accessKeyId', asked.credentials);
  return { next: { instances, nics, credentials, settings }, leaving };
}

function mergedById(before: readonly Values[], idKey: string, all: readonly EntryPatch[]): Values[] {
  const entries = new Map(
    before.map((entry) => [(entry[idKey] as string | undefined) ?? Symbol(), entry] as const),
  );
  for (const [id, fields] of all) {
    if (fields === null) entries.delete(id);
    else entries.set(id, defined({ ...entries.get(id), ...fields }));
  }
  return [...entries.values()];
}

/** The IDs of removed entries, and the entries that are new or changed. */
export function difference<Entry, Id>(
  before: readonly Entry[],
  after: readonly Entry[],
  idOf: (entry: Entry) => Id,
): { removed: Id[]; changed: Entry[] } {
  const old = new Map(before.map((entry) => [idOf(entry), entry]));
  const changed = after.filter((entry) => !isDeepStrictEqual(old.get(idOf(entry)), entry));
  for (const entry of after) old.delete(idOf(entry));
  return { removed: [...old.keys()], changed };
}
