import { parseInstanceId, parseNicId } from '../../lib/zec';
import { InFlightMemory, RETENTION_MS } from '../../lib/zec/in-flight';
import { FakeClock } from '../support/fake-clock';

const NIC = parseNicId('nic-1');
const OTHER = parseNicId('nic-2');
const instanceId = parseInstanceId('ins-1');

const clock = () => {
  const fake = new FakeClock();
  return { now: () => fake.now(), pass: (ms: number) => fake.run(fake.sleep(ms)) };
};

test('a request has an age, and is listed for its vNIC only', async () => {
  const time = clock();
  const store = new InFlightMemory(time);
  store.add(NIC, { goal: 'attach', instanceId });
  await time.pass(1_500);
  store.add(NIC, { goal: 'detach', instanceId });
  expect(store.requests(NIC)).toEqual([
    { goal: 'attach', instanceId, ageMs: 1_500, settled: false },
    { goal: 'detach', instanceId, ageMs: 0, settled: false },
  ]);
  expect(store.requests(OTHER)).toEqual([]);
});

test('a settled request stays, and a refused one is removed', () => {
  const store = new InFlightMemory(clock());
  const [first, second] = [1, 2].map(() => store.add(NIC, { goal: 'detach', instanceId }));
  first?.('settled');
  expect(store.requests(NIC).map(({ settled }) => settled)).toEqual([true, false]);
  second?.('refused');
  expect(store.requests(NIC).map(({ settled }) => settled)).toEqual([true]);
  first?.('refused');
  expect(store.requests(NIC)).toEqual([]);
});

test('a request is removed once no read can be older than it', async () => {
  const time = clock();
  const store = new InFlightMemory(time);
  store.add(NIC, { goal: 'attach', instanceId });
  await time.pass(RETENTION_MS - 1);
  expect(store.requests(NIC)).toHaveLength(1);
  await time.pass(1);
  expect(store.requests(NIC)).toEqual([]);
});
