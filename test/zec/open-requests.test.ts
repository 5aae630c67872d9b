import { parseNicId } from '../../lib/zec';
import { OpenRequests } from '../../lib/zec/open-requests';
import type { SentTimes } from '../../lib/zec/open-requests';

const NIC = parseNicId('nic-1');
const OTHER = parseNicId('nic-2');

/** What all processes of a machine share: the time each vNIC's last request left. */
function machine() {
  let now = 0;
  const sentAt = new Map<string, number>();
  const times: SentTimes = {
    keep: (nicId) => void sentAt.set(nicId, now),
    remove: (nicId) => void sentAt.delete(nicId),
    age: (nicId) => {
      const at = sentAt.get(nicId);
      return at === undefined || now - at > 60_000 ? undefined : now - at;
    },
  };
  return { process: () => new OpenRequests(times), pass: (ms: number) => (now += ms), sentAt };
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

test('two that are settled leave nothing', () => {
  const { process, sentAt } = machine();
  const mine = process();
  const both = [mine.sent(NIC), mine.sent(NIC)];
  for (const each of both) each.settled();
  expect([mine.age(NIC), sentAt.size]).toEqual([undefined, 0]);
});

test('what is too old to matter is forgotten, so that the next one can be settled', () => {
  const { process, pass, sentAt } = machine();
  const mine = process();
  mine.sent(NIC).abandoned();
  pass(61_000);
  mine.sent(NIC).settled();
  expect([mine.age(NIC), sentAt.size]).toEqual([undefined, 0]);
});
