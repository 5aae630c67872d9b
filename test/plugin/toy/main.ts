import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  attribute,
  block,
  dataSource,
  defineSchema,
  DiagnosticError,
  isUnknown,
  resource,
  serve,
  types,
} from '../../../lib/plugin';
import type { KnownValues, ListDefinition, ProviderDefinition } from '../../../lib/plugin';

// A provider that stores things as files in a folder. It covers every RPC of the protocol.

interface Client {
  readonly folder: string;
}

const thing = defineSchema({
  description: 'A thing.',
  attributes: {
    id: attribute(types.string, { computed: true, stable: true }),
    name: attribute(types.string, {
      required: true,
      requiresReplace: true,
      validate: (name) => (name.includes('/') ? 'A name has no "/".' : undefined),
    }),
    size: attribute(types.number, { optional: true }),
    secret: attribute(types.string, { optional: true, sensitive: true }),
    note: attribute(types.string, { computed: true }),
    tags: attribute(types.map(types.string), { optional: true }),
    timeouts: block({ attributes: { create: attribute(types.string, { optional: true }) } }),
  },
});
type Thing = KnownValues<typeof thing>;
const things = defineSchema({
  attributes: {
    things: attribute(types.list(types.string), { computed: true }),
  },
});

const listed = defineSchema({
  attributes: {
    prefix: attribute(types.string, {
      optional: true,
      validate: (prefix) => (prefix.includes('/') ? 'A prefix has no "/".' : undefined),
    }),
  },
});

const fileOf = ({ folder }: Client, name: string) => join(folder, `${name}.json`);
const save = (client: Client, state: Thing) => {
  writeFileSync(fileOf(client, state.name), JSON.stringify(state));
  return state;
};
const load = (client: Client, name: string): Thing | null => {
  const file = fileOf(client, name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Thing) : null;
};

const aborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

const none = { size: null, secret: null, note: null, tags: null, timeouts: null };

const settings = defineSchema({
  attributes: {
    folder: attribute(types.string, { required: true }),
    password: attribute(types.string, { optional: true, sensitive: true }),
  },
});

const toyList: ListDefinition<typeof listed, typeof thing, Client> = {
  schema: listed,
  async *list({ prefix }, { client, diagnostics, log, signal }) {
    if (prefix === 'endless') {
      signal.addEventListener('abort', () => log.info('the list ends'));
      for (let i = 0; ; i++) {
        signal.throwIfAborted();
        const state = { ...none, id: `thing:${i}`, name: `${i}` };
        yield { displayName: `thing ${i}`, state };
      }
    }
    for (const file of readdirSync(client.folder).sort()) {
      const state = load(client, basename(file, '.json'));
      if (state?.name.startsWith(prefix ?? '') === true) yield { displayName: `the ${state.name}`, state };
    }
    await Promise.resolve();
    if (prefix === 'warns') diagnostics.warning('Listed with care');
    if (prefix === 'breaks') throw new RangeError('Too many.');
  },
};

const toy: ProviderDefinition<typeof settings, Client> = {
  name: 'toy',
  schema: settings,
  configure: (config, { log }): Client => {
    log.info(`password is ${String(config.password)}`);
    if (isUnknown(config.folder) || config.folder === null) throw new DiagnosticError('No folder');
    return { folder: config.folder };
  },
  describeError: (error) =>
    error instanceof RangeError
      ? { summary: 'Out of range', detail: error.message, path: ['size'] }
      : undefined,
  resources: {
    toy_thing: resource<typeof thing, Client>({
      schema: thing,
      identity: 'name',
      list: toyList,
      plan: ({ planned }, { diagnostics }) => {
        if (planned?.name === 'risky') diagnostics.warning('Risky', 'It may break.', ['name']);
        return undefined;
      },
      create: async ({ config, planned }, { client, signal, diagnostics, log }) => {
        const { name, size, secret, tags, timeouts } = config;
        log.debug(`secret is ${String(secret)}`);
        if (name === 'throws') throw new Error(`lost: ${String(secret)}`);
        if (name === 'huge') throw new RangeError('Too big.');
        const state: Thing = {
          id: `thing:${name}`,
          name,
          size,
          secret,
          tags,
          timeouts,
          note: `made ${name}`,
        };
        if (name === 'slow') {
          await aborted(signal).catch(() => undefined);
          return { state: save(client, state), error: new DiagnosticError('Interrupted') };
        }
        if (name === 'half')
          return { state: { ...save(client, state), note: planned.note }, error: new Error('half') };
        if (name === 'warns') diagnostics.warning('Made with care');
        return { state: save(client, state) };
      },
      read: (state, { client, signal }) =>
        state.name === 'slow' ? aborted(signal) : load(client, state.name),
      update: ({ planned }, { client }) => ({
        state: save(client, { ...(planned as Thing), note: `changed ${String(planned.name)}` }),
      }),
      delete: (state, { client }) => {
        if (state.size === 13) throw new DiagnosticError('Stuck', { detail: 'It stays.', path: ['size'] });
        rmSync(fileOf(client, state.name), { force: true });
      },
      importState: (id) => ({ id: `thing:${id}`, name: id }),
      moveState: ({ sourceType, sourceState }) => {
        if (sourceType !== 'old_thing') return undefined;
        const name = typeof sourceState.label === 'string' ? sourceState.label : '';
        return {
          ...none,
          id: `thing:${name}`,
          name,
        };
      },
    }),
  },
  dataSources: {
    toy_thing: dataSource<typeof thing, Client>({
      schema: thing,
      read: (config, { client }) => {
        const found = load(client, config.name);
        if (found === null) throw new DiagnosticError('No such thing', { path: ['name'] });
        return found;
      },
    }),
    toy_things: dataSource<typeof things, Client>({
      schema: things,
      read: (_, { client }) => ({
        things: readdirSync(client.folder).map((file) => load(client, basename(file, '.json'))?.name ?? null),
      }),
    }),
  },
};

void serve(() => Promise.resolve(toy));
