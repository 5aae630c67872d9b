import { parseWorld } from '../../lib/simulator';
import { instance, nic, world } from './worlds';

test('omitted parts of a world have defaults', () => {
  expect(parseWorld({})).toEqual({
    instances: [],
    nics: [],
    credentials: [],
    settings: {
      attachMs: [300, 900],
      detachMs: [300, 900],
      instanceMs: [300, 900],
      describeLagMs: 0,
      latencyMs: 0,
      rateLimitPerSecond: 0,
      seed: 1,
      retryAfter: true,
      releasedNics: 'DELETE',
      maxNicsPerInstance: 8,
      fullInstanceCode: 'INVALID_INSTANCE_NIC_LIMIT',
      freeNicDetachCode: 'INVALID_NIC_STATUS',
    },
  });
});

const nine = Array.from({ length: 9 }, (_, index) => nic(`nic-${index}`, { instanceId: 'ins-1' }));
test.each<[string, unknown, RegExp]>([
  ['no object', [], /\(root\): must be an object/],
  ['an unknown key', { instance: [] }, /instance: unknown key/],
  [
    'a typing error in a status',
    { nics: [nic('nic-1', { status: 'AVALABLE' })] },
    /nics\[0\]\.status of "nic-1": must be/,
  ],
  ['an ID no API would give', { nics: [nic('nic 1')] }, /nics\[0\]\.nicId/],
  ['an ID used twice', { nics: [nic('nic-1'), nic('nic-1')] }, /nics\[1\]\.nicId: the same as nics\[0\]/],
  [
    'a holder that is not there',
    { nics: [nic('nic-1', { instanceId: 'ins-1' })] },
    /there is no instance "ins-1"/,
  ],
  [
    'a holder in another region',
    {
      instances: [instance('ins-1', { zoneId: 'europe-west-2a' })],
      nics: [nic('nic-1', { instanceId: 'ins-1' })],
    },
    /the instance is in europe-west-2a/,
  ],
  [
    'a free vNIC that is USED',
    { nics: [nic('nic-1', { status: 'USED' })] },
    /missing, but the status is USED/,
  ],
  [
    'nine vNICs on an instance',
    { instances: [instance('ins-1')], nics: nine },
    /holds 9 vNICs, but at most 8/,
  ],
  [
    'times the wrong way round',
    { settings: { attachMs: [2, 1] } },
    /settings\.attachMs: must be \[shortest, longest\]/,
  ],
  [
    'more vNICs than the world’s limit',
    { instances: [instance('ins-1')], nics: nine.slice(0, 4), settings: { maxNicsPerInstance: 3 } },
    /holds 4 vNICs, but at most 3/,
  ],
  ['a password without its ID', { credentials: [{ accessKeyPassword: 'x' }] }, /credentials\[0\]/],
  ['a key that reaches a prototype', JSON.parse('{"__proto__":{}}'), /unknown key/],
])('%s is rejected', (_, value, message) => {
  expect(() => parseWorld(value)).toThrow(message);
});

test('an error about a secret does not contain it', () => {
  const bad = world({ credentials: [{ accessKeyId: 'id', accessKeyPassword: 'hidden value' }] });
  expect(() => parseWorld(bad)).toThrow(/printable ASCII/);
  expect(() => parseWorld(bad)).not.toThrow(/hidden/);
});
