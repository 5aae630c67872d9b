import { Cloud, InvalidInputError } from '../../lib/simulator';
import type { FaultRuleInput } from '../../lib/simulator';
import { T0, world } from './worlds';

let time = T0;
function cloudWith(...rules: FaultRuleInput[]): Cloud {
  time = T0;
  const cloud = new Cloud({ world: world(), now: () => time });
  cloud.faults.set(rules);
  return cloud;
}
const attach = (cloud: Cloud) =>
  cloud.handle('AttachNetworkInterface', { nicId: 'nic-1', instanceId: 'ins-1' });
const nicNow = (cloud: Cloud) => cloud.world().nics[0]?.status;

test.each(['reset', 'hang'] as const)('%s neither carries out the request nor responds', (kind) => {
  const cloud = cloudWith({ kind, action: 'AttachNetworkInterface', afterMs: 5 });
  expect(attach(cloud)).toEqual({ kind, delayMs: 5 });
  expect(nicNow(cloud)).toBe('AVAILABLE');
  expect(cloud.requests()).toMatchObject([{ action: 'AttachNetworkInterface', status: null, fault: kind }]);
});

test('status fails with the given status and its code', () => {
  const cloud = cloudWith(
    { kind: 'status', times: 1 },
    { kind: 'status', status: 429, retryAfter: 7, times: 1 },
    { kind: 'status', status: 400, code: 'STRANGE', message: 'No.' },
  );
  expect(attach(cloud)).toMatchObject({ status: 503, body: { code: 'SERVICE_TEMPORARY_UNAVAILABLE' } });
  expect(attach(cloud)).toMatchObject({ status: 429, headers: { 'retry-after': '7' } });
  expect(attach(cloud)).toMatchObject({ status: 400, body: { code: 'STRANGE', message: 'No.' } });
  expect(nicNow(cloud)).toBe('AVAILABLE');
});

test.each([
  ['html', 'AVAILABLE'],
  ['challenge', 'AVAILABLE'],
  ['truncated', 'ATTACHING'],
  ['oversized', 'ATTACHING'],
  ['envelope', 'ATTACHING'],
] as const)('malformed/%s leaves the vNIC %s', (variant, status) => {
  const cloud = cloudWith({ kind: 'malformed', variant });
  expect(attach(cloud)).toMatchObject({ kind: 'malformed' });
  expect(nicNow(cloud)).toBe(status);
});

test('drop-after-apply carries out the request and sends no response', () => {
  const cloud = cloudWith({ kind: 'drop-after-apply' });
  expect(attach(cloud)).toEqual({ kind: 'drop-after-apply', delayMs: 0 });
  expect(nicNow(cloud)).toBe('ATTACHING');
  expect(cloud.requests()).toMatchObject([{ status: null, fault: 'drop-after-apply' }]);
});

test('fail-async makes an attach fall back to AVAILABLE and a detach to USED', () => {
  const cloud = cloudWith({ kind: 'fail-async', afterMs: 50 });
  expect(attach(cloud)).toMatchObject({ status: 200 });
  expect(nicNow(cloud)).toBe('ATTACHING');
  time += 50;
  expect(nicNow(cloud)).toBe('AVAILABLE');
  cloud.handle('DetachNetworkInterface', { nicId: 'nic-2' });
  expect(cloud.world().nics[1]).toMatchObject({ status: 'DETACHING' });
  time += 50;
  expect(cloud.world().nics[1]).toMatchObject({ status: 'USED', instanceId: 'ins-2' });
});

test('a rule applies to its action, the given number of times, with its probability, and counts', () => {
  const cloud = cloudWith(
    { kind: 'reset', action: 'DetachNetworkInterface' },
    { kind: 'hang', times: 2 },
    { kind: 'status', probability: 0.5 },
  );
  const kinds = Array.from({ length: 402 }, () => cloud.handle('DescribeInstances', {}));
  expect(kinds.slice(0, 2).map(({ kind }) => kind)).toEqual(['hang', 'hang']);
  const [reset, hang, status] = cloud.faults.list().map(({ hits }) => hits);
  expect([reset, hang]).toEqual([0, 2]);
  expect(status).toBeGreaterThan(150);
  expect(status).toBeLessThan(250);
});

test.each<[string, unknown, RegExp]>([
  ['no list', {}, /must be a list/],
  ['an unknown kind', [{ kind: 'explode' }], /\[0\]\.kind: must be "reset"/],
  ['an unknown key', [{ kind: 'reset', when: 1 }], /\[0\]\.when: unknown key/],
  ['fail-async of a describe', [{ kind: 'fail-async', action: 'DescribeInstances' }], /fail-async acts on/],
  ['a probability of 2', [{ kind: 'reset', probability: 2 }], /from 0 to 1/],
  ['a failure with status 200', [{ kind: 'status', status: 200 }], /from 400 to 599/],
  ['a variant of another kind', [{ kind: 'reset', variant: 'html' }], /belongs to the kind "malformed"/],
])('%s is rejected, and the rules do not change', (_, rules, message) => {
  const cloud = cloudWith({ kind: 'hang' });
  expect(() => cloud.faults.set(rules)).toThrow(InvalidInputError);
  expect(() => cloud.faults.set(rules)).toThrow(message);
  expect(cloud.faults.list()).toHaveLength(1);
});
