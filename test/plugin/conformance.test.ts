import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createIdentity } from '../../lib/plugin/certificate';
import { UNKNOWN } from '../../lib/plugin/values';
import type { ObjectValue, Type } from '../../lib/plugin/values';
import { bundleProvider } from '../support/bundle-provider';
import { eventually, run } from '../support/processes';
import { COOKIE, Host, packed, providerCall, unpacked } from './host';
import type { RpcResponse } from './host';

const THING: Type = [
  'object',
  {
    id: 'string',
    name: 'string',
    size: 'number',
    secret: 'string',
    note: 'string',
    tags: ['map', 'string'],
    timeouts: ['object', { create: 'string' }],
  },
];
const none = { id: null, name: null, size: null, secret: null, note: null, tags: null, timeouts: null };
const PASSWORD = 'provider-password';
const typeName = 'toy_thing';

let removeToy: () => void;
let toy: string;
let folder: string;
let host: Host;

beforeAll(() => {
  ({ file: toy, remove: removeToy } = bundleProvider(join(__dirname, 'toy/main.ts'), 'toy.js'));
});
afterAll(() => removeToy());
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'toy-things-'));
  host = await Host.start(toy, { TF_LOG: 'TRACE' });
  const config = packed({ folder, password: PASSWORD });
  expect(await host.call('ConfigureProvider', { terraformVersion: '1.11.4', config })).toMatchObject({
    diagnostics: [],
  });
});
afterEach(async () => {
  await host.close();
  rmSync(folder, { recursive: true, force: true });
});

const thing = (value: ObjectValue | null): { msgpack: Uint8Array } =>
  packed(value === null ? null : { ...none, ...value });
const plainOf = (wire: unknown): unknown => JSON.parse(JSON.stringify(unpacked(THING, wire)));

async function plan(config: ObjectValue, prior: ObjectValue | null = null): Promise<RpcResponse> {
  const proposed = prior === null ? config : { ...prior, ...config };
  return host.call('PlanResourceChange', {
    typeName,
    priorState: thing(prior),
    proposedNewState: thing(proposed),
    config: thing(config),
  });
}

async function apply(config: ObjectValue, prior: ObjectValue | null = null): Promise<RpcResponse> {
  const { plannedState } = await plan(config, prior);
  return host.call('ApplyResourceChange', {
    typeName,
    priorState: thing(prior),
    plannedState,
    config: thing(config),
  });
}

const destroy = (state: ObjectValue) =>
  host.call('ApplyResourceChange', {
    typeName,
    priorState: thing(state),
    plannedState: thing(null),
    config: thing(null),
  });

const summaries = ({ diagnostics = [] }: RpcResponse) =>
  diagnostics.map(({ severity, summary, attribute }) =>
    [
      severity === 1 ? 'error' : 'warning',
      summary,
      attribute?.steps.map((step) => step.selector.value).join('.'),
    ]
      .filter(Boolean)
      .join(': '),
  );

describe('handshake', () => {
  test('prints one line: core version 1, protocol 6, a Unix socket, gRPC and a certificate', () => {
    expect(host.handshake.slice(0, 3)).toEqual(['1', '6', 'unix']);
    expect(host.handshake[4]).toBe('grpc');
    expect(host.handshake[5]).not.toContain('=');
    expect(existsSync(host.handshake[3] ?? '')).toBe(true);
  });

  test.each([
    ['another certificate', () => createIdentity()],
    ['no certificate', () => undefined],
  ])('rejects a client with %s', async (_, identity) => {
    const other = host.connect(identity());
    await expect(host.send(providerCall('GetMetadata'), {}, other)).rejects.toMatchObject({ code: 14 });
    other.close();
    expect(await host.call('GetMetadata')).toMatchObject({ diagnostics: [] });
  });

  test('exits with an error on stderr when it is started without Terraform', async () => {
    const { code, stdout, stderr } = await run(process.execPath, [toy]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/This is a Terraform provider\. Terraform starts it/);
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['without a client certificate', {}, /^PLUGIN_CLIENT_CERT contains no certificate.*\n$/],
    [
      'with protocol 5 only',
      { PLUGIN_PROTOCOL_VERSIONS: '5' },
      /^This provider requires plugin protocol 6.*\n$/,
    ],
  ])(
    'reports the error to a host %s on stdout, which Terraform shows, and exits',
    async (_, env, message) => {
      const { code, stdout, stderr } = await run(process.execPath, [toy], { env: { ...COOKIE, ...env } });
      expect([code, stderr]).toEqual([1, '']);
      expect(stdout).toMatch(message);
    },
  );
});

test('GetMetadata, GetProviderSchema and GetFunctions describe the provider', async () => {
  expect(await host.call('GetMetadata')).toMatchObject({
    resources: [{ typeName }],
    dataSources: [{ typeName }, { typeName: 'toy_things' }],
    listResources: [{ typeName }],
    serverCapabilities: { planDestroy: true, getProviderSchemaOptional: true, moveResourceState: true },
  });
  const { resourceSchemas, provider } = (await host.call('GetProviderSchema')) as unknown as {
    resourceSchemas: Record<
      string,
      { block: { attributes: { name: string }[]; blockTypes: { typeName: string }[] } }
    >;
    provider: { block: { attributes: { name: string; sensitive: boolean }[] } };
  };
  expect(resourceSchemas[typeName]?.block.attributes.map(({ name }) => name)).toContain('tags');
  expect(resourceSchemas[typeName]?.block.blockTypes.map((block) => block.typeName)).toEqual(['timeouts']);
  expect(provider.block.attributes.find(({ name }) => name === 'password')?.sensitive).toBe(true);
  expect(await host.call('GetFunctions')).toMatchObject({ diagnostics: [] });
});

describe('validation', () => {
  const validate = (config: ObjectValue) =>
    host.call('ValidateResourceConfig', { typeName, config: thing(config) }).then(summaries);

  test('reports the attribute of an invalid value', async () => {
    expect(await validate({ name: 'a/b' })).toEqual(['error: Invalid value of name: name']);
  });
  test('rejects null for a required attribute', async () => {
    expect(await validate({ name: null })).toEqual(['error: The argument name is required: name']);
  });
  test('accepts unknown values, and null for other attributes', async () => {
    expect(await validate({ name: UNKNOWN, size: UNKNOWN, timeouts: { create: UNKNOWN } })).toEqual([]);
  });
  test.each(['made by hand', UNKNOWN])(
    'rejects the value %s of an attribute that the provider sets',
    async (id) => {
      expect(await validate({ name: 'a', id })).toEqual(['error: The value of id cannot be set: id']);
    },
  );
  test('also covers provider and data source configurations', async () => {
    expect(
      summaries(
        await host.call('ValidateProviderConfig', {
          config: packed({ folder: UNKNOWN, password: null }),
        }),
      ),
    ).toEqual([]);
    expect(
      summaries(await host.call('ValidateDataResourceConfig', { typeName, config: thing({ name: 'a/b' }) })),
    ).toHaveLength(1);
  });
});

describe('a resource', () => {
  const made = { id: 'thing:a', name: 'a', size: 1, note: 'made a' };

  test('is planned with unknown values, created, read, updated and destroyed', async () => {
    const planned = unpacked(THING, (await plan({ name: 'a', size: 1 })).plannedState) as ObjectValue;
    expect([planned.id, planned.note, planned.size]).toEqual([UNKNOWN, UNKNOWN, 1]);
    const created = await apply({ name: 'a', size: 1 });
    expect([summaries(created), plainOf(created.newState)]).toEqual([[], { ...none, ...made }]);
    const read = await host.call('ReadResource', { typeName, currentState: created.newState });
    expect(plainOf(read.newState)).toEqual({ ...none, ...made });
    const updated = await apply({ name: 'a', size: 2, tags: { ['__proto__']: 'b' } }, { ...none, ...made });
    expect(plainOf(updated.newState)).toMatchObject({
      size: 2,
      note: 'changed a',
      tags: { ['__proto__']: 'b' },
    });
    const kept = await host.call('ReadResource', { typeName, currentState: updated.newState });
    expect([summaries(kept), plainOf(kept.newState)]).toEqual([[], plainOf(updated.newState)]);
    const destroyed = await destroy({ ...made });
    expect([summaries(destroyed), unpacked(THING, destroyed.newState), readdirSync(folder)]).toEqual([
      [],
      null,
      [],
    ]);
  });

  test('plans no change without a change, keeps stable values, and requires replacement', async () => {
    const same = await plan({ name: 'a', size: 1 }, { ...none, ...made });
    expect([plainOf(same.plannedState), same.requiresReplace]).toEqual([{ ...none, ...made }, []]);
    const changed = unpacked(
      THING,
      (await plan({ name: 'a', size: 2 }, { ...none, ...made })).plannedState,
    ) as ObjectValue;
    expect([changed.id, changed.note]).toEqual(['thing:a', UNKNOWN]);
    const { plannedState } = await plan({ name: 'a', size: 2 }, { ...none, ...made, id: null });
    expect(unpacked(THING, plannedState)).toMatchObject({ id: null });
    const replaced = await plan({ name: 'b', size: 1 }, { ...none, ...made });
    expect(replaced.requiresReplace).toMatchObject([{ steps: [{ selector: { value: 'name' } }] }]);
  });

  test('plans with a warning at an attribute', async () => {
    expect(summaries(await plan({ name: 'risky' }))).toEqual(['warning: Risky: name']);
  });

  test('reads as null once it no longer exists', async () => {
    const read = await host.call('ReadResource', { typeName, currentState: thing(made) });
    expect(unpacked(THING, read.newState)).toBeNull();
  });

  test('a failed create returns a state only if something was created', async () => {
    const thrown = await apply({ name: 'throws' });
    expect([summaries(thrown), unpacked(THING, thrown.newState)]).toEqual([
      ['error: Unexpected error in ApplyResourceChange'],
      null,
    ]);
    const half = await apply({ name: 'half' });
    expect(summaries(half)).toHaveLength(1);
    expect(plainOf(half.newState)).toMatchObject({ name: 'half', note: null });
  });

  test('reports errors that the provider describes, and warnings of a successful create', async () => {
    expect(summaries(await apply({ name: 'huge' }))).toEqual(['error: Out of range: size']);
    expect(summaries(await apply({ name: 'warns' }))).toEqual(['warning: Made with care']);
  });

  test('a failed destroy keeps the state', async () => {
    const stuck = await destroy({ ...made, size: 13 });
    expect([summaries(stuck), plainOf(stuck.newState)]).toEqual([
      ['error: Stuck: size'],
      { ...none, ...made, size: 13 },
    ]);
  });

  test('is imported, moved from another type, and upgraded from stored JSON', async () => {
    const imported = await host.call('ImportResourceState', { typeName, id: 'a' });
    const [first] = imported.importedResources as { state: unknown }[];
    expect(plainOf(first?.state)).toEqual({ ...none, id: 'thing:a', name: 'a' });
    const move = (sourceTypeName: string) =>
      host.call('MoveResourceState', {
        sourceTypeName,
        sourceProviderAddress: 'registry.terraform.io/old/old',
        targetTypeName: typeName,
        sourceState: { json: Buffer.from('{"label":"a"}') },
      });
    expect(plainOf((await move('old_thing')).targetState)).toMatchObject({ id: 'thing:a', name: 'a' });
    expect(summaries(await move('other_thing'))).toEqual(['error: other_thing cannot be moved to toy_thing']);
    const upgrade = (json: string) =>
      host.call('UpgradeResourceState', { typeName, version: 0n, rawState: { json: Buffer.from(json) } });
    expect(plainOf((await upgrade('{"name":"a","gone":1}')).upgradedState)).toEqual({ ...none, name: 'a' });
    for (const invalid of ['[]', '{"size":1}', '{"name":null}'])
      expect(summaries(await upgrade(invalid))).toEqual(['error: The stored state is invalid']);
    expect((await upgrade('{"name":null}')).diagnostics).toMatchObject([
      { detail: expect.stringMatching(/^state\.name is null\. Restore a backup of the state, or/) as string },
    ]);
  });

  test('a data source reads an object or reports an error', async () => {
    await apply({ name: 'a' });
    const find = (name: string) => host.call('ReadDataSource', { typeName, config: thing({ name }) });
    expect(plainOf((await find('a')).state)).toMatchObject({ note: 'made a' });
    expect(summaries(await find('b'))).toEqual(['error: No such thing: name']);
  });

  test('a data source returns a list', async () => {
    await apply({ name: 'a', size: 0.1 });
    await apply({ name: 'b' });
    const type: Type = ['object', { things: ['list', 'string'] }];
    const config = packed({ things: null });
    const { state } = await host.call('ReadDataSource', { typeName: 'toy_things', config });
    expect(JSON.parse(JSON.stringify(unpacked(type, state)))).toEqual({ things: ['a', 'b'] });
  });
});

describe('an identity', () => {
  const IDENTITY: Type = ['object', { name: 'string' }];
  const nameIn = (identity: unknown) =>
    (unpacked(IDENTITY, (identity as { identityData: unknown }).identityData) as ObjectValue).name;
  const importBy = (identity: ObjectValue) =>
    host.call('ImportResourceState', { typeName, identity: { identityData: packed(identity) } });

  test('is an attribute that is required for import', async () => {
    expect(await host.call('GetResourceIdentitySchemas')).toMatchObject({
      identitySchemas: {
        [typeName]: {
          version: 0n,
          identityAttributes: [{ name: 'name', type: Buffer.from('"string"'), requiredForImport: true }],
        },
      },
    });
  });

  test('is planned, and returned with each state', async () => {
    expect(nameIn((await plan({ name: 'a' })).plannedIdentity)).toBe('a');
    const created = await apply({ name: 'a' });
    const read = await host.call('ReadResource', { typeName, currentState: created.newState });
    const updated = await apply({ name: 'a', size: 2 }, { name: 'a' });
    const half = await apply({ name: 'half' });
    const states = [created, read, updated, half];
    expect(states.map(({ newIdentity }) => nameIn(newIdentity))).toEqual(['a', 'a', 'a', 'half']);
    const moved = await host.call('MoveResourceState', {
      sourceTypeName: 'old_thing',
      targetTypeName: typeName,
      sourceState: { json: Buffer.from('{"label":"a"}') },
    });
    expect(nameIn(moved.targetIdentity)).toBe('a');
  });

  // OpenTofu 1.12 fails to store an unknown identity.
  test('is absent from a plan while it is unknown', async () => {
    for (const prior of [null, { name: 'a' }]) {
      expect((await plan({ name: UNKNOWN }, prior)).plannedIdentity).toBeUndefined();
    }
  });

  test('is absent without a state', async () => {
    const destroyed = await destroy({ name: 'a' });
    const read = await host.call('ReadResource', { typeName, currentState: thing({ name: 'gone' }) });
    const failed = await apply({ name: 'throws' });
    expect([destroyed, read, failed].map(({ newIdentity }) => newIdentity)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('of a replacement is the new one, and of a destroy there is none', async () => {
    const { plannedIdentity, requiresReplace } = await plan({ name: 'b' }, { name: 'a' });
    expect([nameIn(plannedIdentity), requiresReplace]).toEqual(['b', [expect.anything()]]);
    const destroyed = await host.call('PlanResourceChange', {
      typeName,
      priorState: thing({ name: 'a' }),
      proposedNewState: thing(null),
      config: thing(null),
    });
    expect(destroyed.plannedIdentity).toBeUndefined();
  });

  test('imports, like the ID', async () => {
    const imported = await importBy({ name: 'a' });
    expect(summaries(imported)).toEqual([]);
    const [first] = imported.importedResources as { state: unknown; identity: unknown }[];
    expect(plainOf(first?.state)).toEqual({ ...none, id: 'thing:a', name: 'a' });
    expect(nameIn(first?.identity)).toBe('a');
    const [byId] = (await host.call('ImportResourceState', { typeName, id: 'a' })).importedResources as {
      identity: unknown;
    }[];
    expect(nameIn(byId?.identity)).toBe('a');
  });

  test.each([{ name: 'a/b' }, { name: null }, { name: UNKNOWN }, {}])(
    'with an invalid value, such as %j, is an error',
    async (identity) => {
      expect(summaries(await importBy(identity))).toEqual(['error: Invalid identity: name']);
    },
  );

  test('is upgraded from stored JSON', async () => {
    const upgrade = (json: string) =>
      host.call('UpgradeResourceIdentity', {
        typeName,
        version: 0n,
        rawIdentity: { json: Buffer.from(json) },
      });
    expect(nameIn((await upgrade('{"name":"a","gone":1}')).upgradedIdentity)).toBe('a');
    expect(summaries(await upgrade('[]'))).toEqual(['error: The stored state is invalid']);
  });
});

describe('a list resource', () => {
  const request = (prefix: string | null, limit: bigint, includeResourceObject: boolean) => ({
    typeName,
    config: packed({ prefix }),
    limit,
    includeResourceObject,
  });
  const list = async (prefix: string | null, limit = 100n, includeResource = false) =>
    host.stream('ListResource', request(prefix, limit, includeResource));
  const names = (events: RpcResponse[]) => events.map(({ displayName }) => displayName);

  test('validates its configuration', async () => {
    const validate = async (prefix: string) =>
      summaries(await host.call('ValidateListResourceConfig', { typeName, config: packed({ prefix }) }));
    expect(await validate('a')).toEqual([]);
    expect(await validate('a/b')).toEqual(['error: Invalid value of config.prefix: config.prefix']);
  });

  test('has a schema', async () => {
    expect(await host.call('GetProviderSchema')).toMatchObject({
      listResourceSchemas: { [typeName]: { block: { attributes: [{ name: 'prefix' }] } } },
    });
  });

  test('streams a name and an identity for each object, and its state if requested', async () => {
    for (const name of ['a1', 'a2', 'b']) await apply({ name });
    const events = await list('a');
    expect(names(events)).toEqual(['the a1', 'the a2']);
    const identities = events.map(({ identity }) =>
      unpacked(['object', { name: 'string' }], (identity as { identityData: unknown }).identityData),
    );
    expect(identities).toEqual([{ name: 'a1' }, { name: 'a2' }]);
    expect(events.map(({ resourceObject }) => resourceObject)).toEqual([undefined, undefined]);
    const states = (await list(null, 100n, true)).map(({ resourceObject }) => plainOf(resourceObject));
    expect(states).toMatchObject([{ note: 'made a1' }, { note: 'made a2' }, { note: 'made b' }]);
  });

  test.each([
    [0n, []],
    [1n, ['the a']],
    [2n, ['the a', 'the b']],
    [3n, ['the a', 'the b']],
  ])('with the limit %s lists %j', async (limit, expected) => {
    for (const name of ['a', 'b']) await apply({ name });
    expect(names(await list(null, limit))).toEqual(expected);
  });

  test('reports warnings and errors in a last event', async () => {
    for (const name of ['warns', 'breaks']) await apply({ name });
    const messages = async (prefix: string) =>
      (await list(prefix)).map(({ displayName, diagnostic }) => [
        displayName,
        ...summaries({ diagnostics: diagnostic as NonNullable<RpcResponse['diagnostics']> }),
      ]);
    expect(await messages('warns')).toEqual([['the warns'], ['', 'warning: Listed with care']]);
    expect(await messages('breaks')).toEqual([['the breaks'], ['', 'error: Out of range: size']]);
  });

  test('of another type is an error', async () => {
    const events = await host.stream('ListResource', { ...request(null, 1n, false), typeName: 'toy_other' });
    expect(events).toMatchObject([
      { diagnostic: [{ summary: 'This provider has no resource "toy_other"' }] },
    ]);
  });

  test('streams thousands of objects', async () => {
    const events = await list('endless', 5_000n);
    expect([events.length, events.at(-1)?.displayName]).toEqual([5_000, 'thing 4999']);
  });

  test('stops when Terraform cancels the call, without an error', async () => {
    expect(await host.stream('ListResource', request('endless', 1_000_000n, false), 10)).toHaveLength(10);
    await eventually('the list ends', () => host.log.includes('the list ends'));
    expect(await host.call('GetMetadata')).toMatchObject({ diagnostics: [] });
    expect(host.log).not.toContain('unexpected error');
  });
});

describe('the provider keeps running after a malformed request', () => {
  const garbage = Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff]);

  test('bytes that are not a message are rejected', async () => {
    const call = host.raw('PlanResourceChange', garbage);
    await expect(call).rejects.toMatchObject({ code: expect.any(Number) as number });
    expect(await host.call('GetMetadata')).toMatchObject({ diagnostics: [] });
  });

  test.each<[string, { msgpack: Uint8Array } | undefined]>([
    ['no value', undefined],
    ['bytes that are not msgpack', { msgpack: garbage }],
    ['a value of another type', packed('x')],
    ['an array shorter than its header says', { msgpack: Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]) }],
    ['very deep nesting', { msgpack: Buffer.alloc(100_000, 0x91) }],
  ])('%s is an error', async (_, currentState) => {
    expect(summaries(await host.call('ReadResource', { typeName, currentState }))).toEqual([
      'error: Unexpected error in ReadResource',
    ]);
    expect(await host.call('GetMetadata')).toMatchObject({ diagnostics: [] });
  });

  test('an unknown resource type is a diagnostic; an unknown RPC is unimplemented', async () => {
    expect(
      summaries(await host.call('ReadResource', { typeName: 'toy_other', currentState: thing(null) })),
    ).toEqual(['error: This provider has no resource "toy_other"']);
    const definition = { ...providerCall('GetMetadata'), path: '/tfplugin6.Provider/OpenEphemeralResource' };
    await expect(host.send(definition, {})).rejects.toMatchObject({ code: 12 });
  });
});

describe('shutdown', () => {
  test('StopProvider interrupts a running create, whose state is returned', async () => {
    const running = apply({ name: 'slow' });
    await eventually('create runs', () => host.log.includes('"tf_rpc":"ApplyResourceChange"'));
    await host.call('StopProvider');
    const stopped = await running;
    expect([summaries(stopped), plainOf(stopped.newState)]).toEqual([
      ['error: Interrupted'],
      expect.objectContaining({ name: 'slow', note: 'made slow' }),
    ]);
  });

  test('StopProvider interrupts a running read, which is not reported as a bug', async () => {
    const running = host.call('ReadResource', { typeName, currentState: thing({ name: 'slow' }) });
    await eventually('read runs', () => host.log.includes('"tf_rpc":"ReadResource"'));
    await host.call('StopProvider');
    expect((await running).diagnostics).toMatchObject([
      { summary: 'Interrupted', detail: 'Terraform requested a stop.' },
    ]);
    expect(host.log).not.toContain('unexpected error');
  });

  test('Shutdown responds, then the process exits and removes its socket', async () => {
    const socket = host.handshake[3] ?? '';
    await host.shutdown();
    expect(await host.exited).toBe(0);
    expect(existsSync(dirname(socket))).toBe(false);
  });

  test('SIGINT is ignored; SIGTERM exits', async () => {
    process.kill(host.pid, 'SIGINT');
    expect(await host.call('GetMetadata')).toMatchObject({ diagnostics: [] });
    process.kill(host.pid, 'SIGTERM');
    expect(await host.exited).toBe(0);
  });
});

test('secrets are redacted from all log lines, including TRACE, and from diagnostics', async () => {
  const failed = await apply({ name: 'throws', secret: 'resource-secret' });
  await apply({ name: 'a', secret: 'resource-secret' });
  await eventually('the secret is logged', () => host.log.includes('(sensitive value)'));
  expect(host.log).toContain('password is (sensitive value)');
  expect(host.log + JSON.stringify(failed.diagnostics)).not.toMatch(/provider-password|resource-secret/);
  for (const line of host.log.trimEnd().split('\n')) {
    expect(JSON.parse(line)).toMatchObject({ '@level': expect.any(String) as string, '@module': 'toy' });
  }
});
