import { driftOf, driftText, reviewOf, reviewText } from '../../lib/review';
import { Inventory } from '../../lib/review/inventory';
import { readPlan, readState } from '../../lib/terraform';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';

const PROVIDER = 'cdktf.internal/zenlayer/zec';
const ids = (name: string) => ({ nic_id: `nic-${name}`, instance_id: `ins-${name}` });

/** The API shows `nic-here` on `ins-here`, and nothing of the other account. */
function inventory(): Inventory {
  const nic = { nicId: parseNicId('nic-here'), instanceId: parseInstanceId('ins-here'), status: 'USED' };
  const instance = { instanceId: nic.instanceId, status: 'RUNNING', nics: [nic] };
  return new Inventory(new Map([[nic.nicId, nic]]), new Map([[instance.instanceId, instance]]));
}

/** A review of the change of an attachment whose provider has these settings. */
function reviewed(
  change: object,
  settings: object,
  more: { readonly key?: string; readonly removed?: boolean } = {},
) {
  const { key = 'zec.other', removed = false } = more;
  const identity = { mode: 'managed', type: 'zec_nic_attachment', name: 'x' };
  const provider_config = {
    zec: { full_name: PROVIDER },
    [key]: { full_name: PROVIDER, expressions: settings },
    aws: {
      full_name: 'registry.terraform.io/hashicorp/aws',
      expressions: { token: { constant_value: 'x' } },
    },
  };
  const resources = removed ? [] : [{ ...identity, provider_config_key: key }];
  const json = {
    format_version: '1.2',
    resource_changes: [{ ...identity, address: 'zec_nic_attachment.x', provider_name: PROVIDER, change }],
    configuration: { provider_config, root_module: { resources } },
  };
  return reviewOf(readPlan(Buffer.from(JSON.stringify(json))), inventory());
}

function review(...args: Parameters<typeof reviewed>) {
  const { verdict, changes } = reviewed(...args);
  return changes.map(({ kind, nic, risks }) => [verdict, kind, nic.status, ...risks.map(({ code }) => code)]);
}

const create = { actions: ['create'], before: null, after: ids('there') };
const destroy = { actions: ['delete'], before: ids('there'), after: null };
const keep = { actions: ['no-op'], before: ids('there'), after: ids('there') };
const key = { access_key_id: { constant_value: 'key' }, access_key_password: { references: ['var.x'] } };

describe('an attachment of another account, which the API does not show, is not checked', () => {
  test.each([
    ['create', create, ['changes', 'attach', undefined, 'provider-settings']],
    ['destroy', destroy, ['risky', 'detach', undefined, 'may-interrupt', 'provider-settings']],
    ['keep', keep, ['none', 'keep', undefined, 'provider-settings']],
  ])('%s', (_, change, expected) => expect(review(change, key)).toEqual([expected]));

  test.each<[object]>([
    [{ token: { references: ['var.token'] } }],
    [{ domain: { constant_value: 'zec.example.com' } }],
    [{ scheme: { constant_value: 'HTTP' } }],
  ])('with the settings %j', (settings) => {
    expect(review(create, settings)).toEqual([['changes', 'attach', undefined, 'provider-settings']]);
  });

  test('of a default provider, and of a resource that is no longer configured', () => {
    expect(review(create, key, { key: 'zec' })[0]).toContain('provider-settings');
    expect(review(destroy, key, { removed: true })[0]).toContain('provider-settings');
  });
});

test.each<[object]>([
  [{}],
  [{ domain: { constant_value: '' } }],
  [{ client_timeout: { constant_value: 9 } }],
])('a vNIC that does not exist is an error with the account of the environment: %j', (settings) => {
  expect(review(create, settings)).toEqual([['risky', 'attach', 'missing', 'nic-missing']]);
});

test('an attachment that the API shows is checked', () => {
  const move = { actions: ['create'], before: null, after: { ...ids('here'), instance_id: 'ins-gone' } };
  expect(review(move, key)).toEqual([['risky', 'attach', 'USED', 'nic-held']]);
});

test('an unchanged attachment with a note is listed, and not counted as another one', () => {
  const text = reviewText(reviewed(keep, key), (_, plain) => plain);
  expect(text.split('\n').filter((line) => line.startsWith('= keep'))).toEqual([
    '= keep     nic-there at ins-there',
  ]);
});

/** The drift of attachments in the state. */
function drift(...values: readonly object[]) {
  const resources = values.map((each, index) => ({
    address: `zec_nic_attachment.x[${index}]`,
    mode: 'managed',
    type: 'zec_nic_attachment',
    name: 'x',
    index,
    provider_name: PROVIDER,
    values: each,
  }));
  const json = { format_version: '1.0', values: { root_module: { resources } } };
  const state = readState(Buffer.from(JSON.stringify(json)));
  return driftOf(state.attachments, inventory(), [], { terraform: ['terraform'], zecNic: ['zec-nic'] });
}

test('drift does not claim that an attachment of which nothing is found no longer exists', () => {
  const { attachments } = drift(ids('there'), ids('here'));
  expect(attachments.map((each) => [each.state, each.text])).toEqual([
    ['nic-gone', 'Neither vNIC nic-there nor instance ins-there was found.'],
    ['in-sync', 'vNIC nic-here is attached to instance ins-here.'],
  ]);
  expect(attachments[0]?.repair?.text).toMatch(
    /^If they belong to another account, check with its credentials\./,
  );
});

test.each([
  [[ids('here')], 'In sync'],
  [[ids('here'), ids('there')], 'Drift: 1 of 2 attachments'],
  [[ids('here'), {}], 'Not checked: 1 of 2 attachments'],
  [[ids('there'), {}, {}], 'Drift: 1 of 3 attachments'],
])('the first line about %j is %s', (values, line) => {
  expect(driftText(drift(...values), (_, text) => text).split('\n')[0]).toBe(line);
});
