import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import fc from 'fast-check';
import { EXAMPLE_WORLD, parseWorld } from '../../lib/simulator';
import { world as checks } from '../../lib/simulator/world';
import { scenarios } from '../property/scenario';
import { fleetWorld } from '../support/driven-provider';
import { instance, nic, world } from './worlds';

const root = join(__dirname, '../..');
const json = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8')) as unknown;
const published = json('schemas/world-1.json') as Node;
const validate = new Ajv({ allErrors: true }).compile(published);

interface Node {
  readonly type?: string;
  readonly $ref?: string;
  readonly items?: Node;
  readonly allOf?: readonly Node[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly definitions?: Readonly<Record<string, Node>>;
}

/** The members of each object, by path. Required members have an asterisk. */
type Members = Record<string, readonly string[]>;

function membersOfSchema(node: Node, path = '', members: Members = {}): Members {
  const target = node.$ref ?? node.allOf?.[0]?.$ref;
  const resolved = target === undefined ? node : published.definitions?.[target.split('/').at(-1) ?? ''];
  if (resolved === undefined) throw new Error(`there is no ${target ?? ''}`);
  if (resolved.items !== undefined) membersOfSchema(resolved.items, `${path}[]`, members);
  if (resolved.properties === undefined) return members;
  const required = resolved.required ?? [];
  members[path] = Object.keys(resolved.properties)
    .map((name) => (required.includes(name) ? `${name}*` : name))
    .sort();
  for (const [name, inner] of Object.entries(resolved.properties)) {
    membersOfSchema(inner, `${path}.${name}`, members);
  }
  return members;
}

interface Check {
  readonly type?: string;
  readonly wrapped?: Check;
  readonly pipe?: readonly Check[];
  readonly item?: Check;
  readonly entries?: Readonly<Record<string, Check>>;
}

function membersOfChecks(check: Check, path = '', members: Members = {}): Members {
  if (check.wrapped !== undefined) return membersOfChecks(check.wrapped, path, members);
  for (const each of check.pipe ?? []) membersOfChecks(each, path, members);
  if (check.item !== undefined) membersOfChecks(check.item, `${path}[]`, members);
  if (check.entries === undefined || members[path] !== undefined) return members;
  members[path] = Object.entries(check.entries)
    .map(([name, inner]) => (inner.type === 'optional' ? name : `${name}*`))
    .sort();
  for (const [name, inner] of Object.entries(check.entries))
    membersOfChecks(inner, `${path}.${name}`, members);
  return members;
}

test('the JSON schema and the validator have the same members and the same required members', () => {
  const members = membersOfSchema(published);
  expect(Object.keys(members)).toHaveLength(7);
  expect(members['.nics[]']).toContain('nicId*');
  expect(membersOfChecks(checks as Check)).toEqual(members);
});

test('the world file documentation names every member', () => {
  const page = readFileSync(join(root, 'docs/reference/world.md'), 'utf8');
  const names = Object.entries(membersOfSchema(published)).flatMap(([path, all]) => (path === '' ? [] : all));
  for (const name of names) expect(page).toMatch(new RegExp(`[\`"]${name.replace('*', '')}[\`"]`));
});

test('the defaults in the schema are those of the validator', () => {
  const named = Object.entries(published.definitions?.settings?.properties ?? {}).map(([name, setting]) => [
    name,
    (setting as { default?: unknown }).default,
  ]);
  expect(Object.fromEntries(named)).toEqual(parseWorld({}).settings);
});

test.each<[string, unknown]>([
  ['an empty world', {}],
  ['the example world', EXAMPLE_WORLD],
  ['the quickstart’s', json('examples/quickstart/world.json')],
  ['the fleet’s', json('examples/fleet/world.json')],
  ['that of the tests', world()],
  ['a large one', fleetWorld(20, true)],
  ['a status of a newer API', { nics: [nic('nic-1', { status: 'FUTURE_MOOD' })] }],
  ['a range of lags', { settings: { describeLagMs: [0, 5] } }],
  ['a token alone', { credentials: [{ token: 'x' }] }],
  ['every setting as it is read back', { settings: parseWorld({}).settings }],
])('both accept %s', (_, value) => {
  expect(() => parseWorld(value)).not.toThrow();
  validate(JSON.parse(JSON.stringify(value)));
  expect(validate.errors).toBeNull();
});

test('both accept the random worlds of the property tests', () => {
  for (const { world: random } of fc.sample(scenarios, { numRuns: 50, seed: 1 })) {
    expect(() => parseWorld(random)).not.toThrow();
    validate(JSON.parse(JSON.stringify(random)));
    expect(validate.errors).toBeNull();
  }
});

const settings = (more: object) => ({ settings: more });
test.each<[string, unknown]>([
  ['a list', []],
  ['text', 'world'],
  ['an unknown part', { instance: [] }],
  ['a list that is an object', { nics: {} }],
  ['an unknown member', { nics: [{ ...nic('nic-1'), colour: 'red' }] }],
  ['a missing member', { instances: [{ instanceId: 'ins-1', status: 'RUNNING' }] }],
  ['an ID with a space', { nics: [nic('nic 1')] }],
  ['an ID that begins with a dash', { nics: [nic('-nic')] }],
  ['an ID that is too long', { nics: [nic('n'.repeat(129))] }],
  ['a status with a typing error', { nics: [nic('nic-1', { status: 'AVALABLE' })] }],
  ['an instance’s status of a vNIC', { nics: [nic('nic-1', { status: 'RUNNING' })] }],
  ['a vNIC type that is none', { nics: [{ ...nic('nic-1'), nicType: 'primary' }] }],
  ['a region in place of a zone', { instances: [instance('ins-1', { zoneId: 'asia-east-1' })] }],
  ['a zone in place of a region', { nics: [nic('nic-1', { regionId: 'asia-east-1a' })] }],
  ['an empty name', { instances: [instance('ins-1', { instanceName: '' })] }],
  ['a null', { nics: [{ ...nic('nic-1'), name: null }] }],
  ['21 tags', { nics: [nic('nic-1', { tags: Array(21).fill({ key: 'a', value: 'b' }) as [] })] }],
  ['a tag without a value', { nics: [{ ...nic('nic-1'), tags: [{ key: 'a' }] }] }],
  ['a flag that is text', { instances: [{ ...instance('ins-1'), enableAgent: 'false' }] }],
  ['an address that is no text', { nics: [{ ...nic('nic-1'), publicIpList: [1] }] }],
  ['a password without its ID', { credentials: [{ accessKeyPassword: 'x' }] }],
  ['an ID without its password', { credentials: [{ accessKeyId: 'x' }] }],
  ['a token and a password without its ID', { credentials: [{ token: 'x', accessKeyPassword: 'x' }] }],
  ['a secret with a space', { credentials: [{ token: 'a b' }] }],
  ['one time in place of two', settings({ attachMs: [1] })],
  ['three times', settings({ detachMs: [1, 2, 3] })],
  ['a negative time', settings({ instanceMs: [-1, 2] })],
  ['a lag that is too long', settings({ describeLagMs: 600_001 })],
  ['half a millisecond', settings({ latencyMs: 0.5 })],
  ['a limit of nine vNICs', settings({ maxNicsPerInstance: 9 })],
  ['a limit of no vNIC', settings({ maxNicsPerInstance: 0 })],
  ['another code of a full instance', settings({ fullInstanceCode: 'FULL' })],
  ['another code of a free vNIC', settings({ freeNicDetachCode: 'INVALID_NIC_ATTACHED' })],
  ['another way to release', settings({ releasedNics: 'KEEP' })],
  ['a Retry-After in seconds', settings({ retryAfter: 5 })],
])('both reject %s', (_, value) => {
  expect(() => parseWorld(value)).toThrow(/is not valid/);
  expect(validate(value)).toBe(false);
});
