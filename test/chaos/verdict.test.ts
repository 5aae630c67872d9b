import type { LoggedRequest, TruthEvent, WorldInput } from '../../lib/simulator';
import { parseWorld } from '../../lib/simulator';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';
import { instance, nic } from '../simulator/worlds';
import { violations } from './verdict';
import type { Aftermath } from './verdict';

const REQUEST_ID = 'T00000000-0000-4000-A000-000000000001';
const instances = [instance('ins-1'), instance('ins-2'), instance('ins-8')];
const used = (nicId: string, instanceId: string) => nic(nicId, { instanceId });

/** A correct world: `nic-1` is ours, `nic-2` is free, `nic-8` is attached by someone else. */
function after(more: Partial<Aftermath> = {}, nics?: WorldInput['nics']): Aftermath {
  return {
    world: parseWorld({
      instances,
      nics: nics ?? [used('nic-1', 'ins-1'), nic('nic-2'), used('nic-8', 'ins-8')],
    }),
    events: [],
    requests: [],
    declared: { 'nic-1': 'ins-1' },
    foreign: { 'nic-8': 'ins-8' },
    exitCode: 0,
    recorded: { 'nic-1': 'ins-1' },
    ...more,
  };
}

test('a correct world has no violations', () => {
  expect(violations(after())).toEqual([]);
});

test('what skipDestroy leaves is neither a leak nor a missing record', () => {
  expect(violations(after({ kept: { 'nic-1': 'ins-1' }, declared: {}, recorded: {} }))).toEqual([]);
});

describe('violations', () => {
  const touched: TruthEvent = {
    time: '2026-01-01T00:00:00.000Z',
    nicId: parseNicId('nic-8'),
    from: { status: 'USED', instanceId: parseInstanceId('ins-8') },
    to: { status: 'DETACHING', instanceId: parseInstanceId('ins-8') },
    by: { kind: 'request', action: 'DetachNetworkInterface', requestId: REQUEST_ID },
  };
  const asked: LoggedRequest = {
    time: touched.time,
    action: 'DetachNetworkInterface',
    parameters: { nicId: 'nic-8' },
    status: 400,
    code: 'INVALID_NIC_STATUS',
    requestId: REQUEST_ID,
  };
  const foreign = used('nic-8', 'ins-8');
  test.each<[string, Aftermath, RegExp]>([
    ['a leak', after({}, [used('nic-1', 'ins-1'), used('nic-2', 'ins-2'), foreign]), /nic-2 was leaked/],
    [
      'a leak on its way',
      after({}, [
        used('nic-1', 'ins-1'),
        nic('nic-2', { status: 'ATTACHING', instanceId: 'ins-2' }),
        foreign,
      ]),
      /nic-2 was leaked: it is ATTACHING ins-2/,
    ],
    ['a theft', after({}, [used('nic-1', 'ins-1'), nic('nic-2'), nic('nic-8')]), /nic-8 belongs to ins-8/],
    ['a theft that was undone', after({ events: [touched] }), /a request of ours made it DETACHING/],
    ['an attempted theft', after({ requests: [asked] }), /a detach of nic-8 was sent/],
    ['a lost attachment', after({}, [nic('nic-1'), nic('nic-2'), foreign]), /nic-1 should be USED by ins-1/],
    [
      'an attachment elsewhere',
      after({}, [used('nic-1', 'ins-2'), nic('nic-2'), foreign]),
      /nic-1 should be USED by ins-1, and is USED ins-2/,
    ],
    [
      'a detach in spite of skipDestroy',
      after({ kept: { 'nic-2': 'ins-2' } }),
      /nic-2 should be USED by ins-2, and is AVAILABLE/,
    ],
    [
      'a record of what skipDestroy leaves',
      after({ kept: { 'nic-1': 'ins-1' }, declared: {} }),
      /records nic-1 at ins-1, which is not declared/,
    ],
    ['a failure', after({ exitCode: 1 }), /ended with 1/],
    ['a record of nothing', after({ recorded: { 'nic-1': 'ins-1', 'nic-2': 'ins-2' } }), /records nic-2/],
    ['a tainted record', after({ recorded: { 'nic-1': 'ins-1 (tainted)' } }), /ins-1 \(tainted\)/],
    ['a missing record', after({ recorded: {} }), /does not record nic-1/],
  ])('%s', (_, aftermath, words) => {
    expect(violations(aftermath).join('\n')).toMatch(words);
  });
});
