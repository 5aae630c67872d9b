import type { Decision, Goal } from '../../lib/handler/decide';
import { earliestTrustedRead } from '../../lib/handler/stale-reads';
import { parseInstanceId } from '../../lib/zec';
import type { InFlightRequest } from '../../lib/zec';
import { TARGET } from './views';

const NOW = 100_000;
const DONE: Decision = { kind: 'done' };
const ACT: Decision = { kind: 'act' };
const HELD: Decision = { kind: 'fail', summary: '', advice: '', heldBy: 'ins-2' };

/** A request that was sent a second ago: `attach ins-2`, `detach ins-1 settled`. */
const request = (text: string, ageMs = 1_000): InFlightRequest => {
  const [goal, instance = ''] = text.split(' ');
  return {
    goal: goal === 'attach' ? 'attach' : 'detach',
    instanceId: parseInstanceId(instance),
    settled: text.endsWith('settled'),
    ageMs,
  };
};

test.each<[Goal, string, Decision, string, 'waits' | 'proceeds']>([
  ['attach', 'success', DONE, 'attach ins-1', 'proceeds'],
  ['attach', 'success', DONE, 'attach ins-1 settled', 'proceeds'],
  ['attach', 'success', DONE, 'attach ins-2', 'proceeds'],
  ['attach', 'success', DONE, 'detach ins-1', 'waits'],
  ['attach', 'success', DONE, 'detach ins-1 settled', 'waits'],
  ['attach', 'success', DONE, 'detach ins-2', 'waits'],
  ['attach', 'success', DONE, 'detach ins-2 settled', 'waits'],
  ['attach', 'request', ACT, 'detach ins-1', 'proceeds'],
  ['attach', 'request', ACT, 'attach ins-1', 'proceeds'],
  ['attach', 'request', ACT, 'attach ins-1 settled', 'waits'],
  ['attach', 'request', ACT, 'attach ins-2 settled', 'proceeds'],
  ['attach', 'request', ACT, 'attach ins-2', 'proceeds'],
  ['attach', 'failure because ins-2 holds the vNIC', HELD, 'detach ins-2', 'waits'],
  ['attach', 'failure because ins-2 holds the vNIC', HELD, 'detach ins-2 settled', 'waits'],
  ['attach', 'failure because ins-2 holds the vNIC', HELD, 'detach ins-1', 'proceeds'],
  ['attach', 'failure because ins-2 holds the vNIC', HELD, 'attach ins-2', 'proceeds'],
  ['detach', 'success', DONE, 'attach ins-1', 'waits'],
  ['detach', 'success', DONE, 'attach ins-1 settled', 'waits'],
  ['detach', 'success', DONE, 'attach ins-2', 'proceeds'],
  ['detach', 'success', DONE, 'detach ins-1', 'proceeds'],
  ['detach', 'success', DONE, 'detach ins-2', 'proceeds'],
  ['detach', 'request', ACT, 'attach ins-2', 'waits'],
  ['detach', 'request', ACT, 'attach ins-2 settled', 'waits'],
  ['detach', 'request', ACT, 'attach ins-1 settled', 'proceeds'],
  ['detach', 'request', ACT, 'detach ins-1', 'proceeds'],
])('to %s nic-1, ins-1: a %s after "%4$s" %5$s', (goal, _, decision, sent, then) => {
  const from = earliestTrustedRead(goal, TARGET, decision, [request(sent)], NOW);
  expect(from).toBe(then === 'waits' ? NOW - 1_000 + 5_000 : -Infinity);
});

test('the latest of several requests counts, and a decision to wait needs no fresh read', () => {
  const requests = [3_000, 1_000, 2_000].map((ageMs) => request('attach ins-1', ageMs));
  expect(earliestTrustedRead('detach', TARGET, DONE, requests, NOW)).toBe(NOW + 4_000);
  expect(earliestTrustedRead('detach', TARGET, { kind: 'wait', reason: '' }, requests, NOW)).toBe(-Infinity);
  expect(earliestTrustedRead('detach', TARGET, DONE, [], NOW)).toBe(-Infinity);
});

test('an attach that a later detach followed is not waited for', () => {
  const attach = request('attach ins-1 settled', 3_000);
  const from = (detachAgeMs: number) =>
    earliestTrustedRead('attach', TARGET, ACT, [attach, request('detach ins-1 settled', detachAgeMs)], NOW);
  expect([from(2_000), from(4_000)]).toEqual([-Infinity, NOW + 2_000]);
});

test('a success does not wait for a settled detach from another instance that an attach to the target came after', () => {
  const detach = request('detach ins-2 settled', 3_000);
  const from = (attach: string, ageMs: number) =>
    earliestTrustedRead('attach', TARGET, DONE, [detach, request(attach, ageMs)], NOW);
  expect(from('attach ins-1', 2_000)).toBe(-Infinity);
  expect(from('attach ins-1', 4_000)).toBe(NOW + 2_000);
  expect(from('attach ins-3', 2_000)).toBe(NOW + 2_000);
});
