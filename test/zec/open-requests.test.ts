import { parseNicId } from '../../lib/zec';
import { OpenRequests } from '../../lib/zec/open-requests';
import type { SentTimes } from '../../lib/zec/open-requests';

const NIC = parseNicId('nic-1');
const OTHER = parseNicId('nic-2');

/** What all processes of a machine share: the time each vNIC's last request left. */
function machine() {
  let now = 0;
  const kept = new Map<string, { readonly at: number; readonly by: string }>();
  const times: SentTimes = {
    keep: (nicId, by) => void kept.set(nicId, { at: now, by }),
    remove: (nicId, by) => {
      if (kept.get(nicId)?.by === by) kept.delete(nicId);
    },
    age: (nicId) => {
      const at = kept.get(nicId)?.at;
      return at === undefined || now - at > 60_000 ? undefined : now - at;
    },
  };
  return { process: () => new OpenRequests(times), pass: (ms: number) => (now += ms), kept };
}

test('nothing was sent', () => {
  expect(machine().process().age(NIC)).toBeUndefined();
});

test('what another process sent is open until somebody settles it, and of one vNIC only', () => {
  const { process, pass } = machine();
  const request = process().sent(NIC);
  pass(1_500);
  expect(process().age(NIC)).toBe(1_500);
  expect(process().age(OTHER)).toBeUndefined();
  request.settled();
  expect(process().age(NIC)).toBeUndefined();
});

test('a process knows its own, as long as their operations go on', () => {
  const { process, pass } = machine();
  const mine = process();
  const request = mine.sent(NIC);
  pass(100);
  expect(mine.age(NIC)).toBeUndefined();
  request.abandoned();
  expect(mine.age(NIC)).toBe(100);
  expect(process().age(NIC)).toBe(100);
});

test('one that is settled does not settle another of the same process', () => {
  const { process, pass } = machine();
  const mine = process();
  const [first, second] = [mine.sent(NIC), mine.sent(NIC)];
  pass(100);
  second.settled();
  expect(mine.age(NIC)).toBeUndefined();
  expect(process().age(NIC)).toBe(100);
  first.abandoned();
  expect(mine.age(NIC)).toBe(100);
});

test('nor one that was abandoned before', () => {
  const { process, pass } = machine();
  const mine = process();
  mine.sent(NIC).abandoned();
  const second = mine.sent(NIC);
  pass(100);
  expect(mine.age(NIC)).toBe(100);
  second.settled();
  expect(process().age(NIC)).toBe(100);
});

test('nor one of a process before', () => {
  const { process, pass } = machine();
  process().sent(NIC);
  pass(100);
  const second = process().sent(NIC);
  second.settled();
  expect(process().age(NIC)).toBe(0);
});

test('nor one that another process sent since', () => {
  const { process, pass } = machine();
  const first = process().sent(NIC);
  process().sent(NIC);
  pass(100);
  first.settled();
  expect(process().age(NIC)).toBe(100);
});

test.each([
  ['one after the other', [0, 1]],
  ['the later one first', [1, 0]],
])('two that are settled, %s, leave nothing', (_, order) => {
  const { process, kept } = machine();
  const mine = process();
  const both = [mine.sent(NIC), mine.sent(NIC)];
  for (const index of order) both[index]?.settled();
  expect([mine.age(NIC), kept.size]).toEqual([undefined, 0]);
});

test('what is too old to matter is forgotten, so that the next one can be settled', () => {
  const { process, pass, kept } = machine();
  const mine = process();
  mine.sent(NIC).abandoned();
  pass(61_000);
  mine.sent(NIC).settled();
  expect([mine.age(NIC), kept.size]).toEqual([undefined, 0]);
});
