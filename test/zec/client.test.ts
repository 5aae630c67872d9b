import { parseInstanceId, parseNicId, systemClock } from '../../lib/zec';
import { INITIAL_RATE, onThrottled } from '../../lib/zec/rate';
import type { RateStore } from '../../lib/zec/rate-limiter';
import { FakeClock } from '../support/fake-clock';
import { respond, failure, RawServer, success } from './raw-server';

const nicId = parseNicId('nic-1');
const instanceId = parseInstanceId('ins-1');

let server: RawServer;
beforeEach(async () => {
  server = new RawServer();
  await server.listen();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await server.close();
});

test('each method calls its action with unchanged parameters', async () => {
  const client = server.client();
  server.handle = (response, { request }) =>
    respond(
      response,
      200,
      success(String(request.headers['x-zc-action']).startsWith('Describe') ? { totalCount: 0 } : {}),
    );
  await client.attachNetworkInterface({ nicId, instanceId });
  await client.detachNetworkInterface({ nicId });
  await client.startInstances({ instanceIds: [instanceId] });
  await client.stopInstances({ instanceIds: [instanceId] });
  await client.describeNetworkInterfaces({ nicIds: [nicId], pageSize: 1 });
  await client.describeInstances({ instanceIds: [instanceId], pageSize: 2 });
  const seen = server.received.map(({ request, body }) => [
    request.headers['x-zc-action'],
    JSON.parse(body) as unknown,
  ]);
  expect(seen).toEqual([
    ['AttachNetworkInterface', { nicId, instanceId }],
    ['DetachNetworkInterface', { nicId }],
    ['StartInstances', { instanceIds: [instanceId] }],
    ['StopInstances', { instanceIds: [instanceId] }],
    ['DescribeNetworkInterfaces', { nicIds: [nicId], pageSize: 1 }],
    ['DescribeInstances', { instanceIds: [instanceId], pageSize: 2 }],
  ]);
});

test.each([
  [{}, []],
  [{ instanceIds: null }, []],
  [{ instanceIds: ['ins-1'] }, ['ins-1']],
])('a start and a stop with the response %j failed for %j', async (response, instanceIds) => {
  const client = server.client();
  server.handle = (to) => respond(to, 200, success(response));
  expect(await client.startInstances({ instanceIds: [instanceId] })).toMatchObject({ instanceIds });
  expect(await client.stopInstances({ instanceIds: [instanceId] })).toMatchObject({ instanceIds });
});

test('a start whose response names something else than instances may have been carried out', async () => {
  server.handle = (to) => respond(to, 200, success({ instanceIds: [7] }));
  const starting = server.client().startInstances({ instanceIds: [instanceId] });
  await expect(starting).rejects.toMatchObject({ kind: 'transient', outcome: 'unknown' });
  expect(server.received).toHaveLength(1);
});

describe('a read that fails', () => {
  const clock = () => new FakeClock();

  test('waits for the Retry-After, or for the random delay if that is longer', async () => {
    const waits: number[] = [];
    for (const seconds of ['1', '0']) {
      server.received.length = 0;
      server.handle = (response) =>
        server.received.length === 1
          ? respond(response, 503, failure('SERVICE_TEMPORARY_UNAVAILABLE'), { 'retry-after': seconds })
          : respond(response, 200, success({ totalCount: 0, dataSet: [] }));
      const time = clock();
      const client = server.client({ clock: time, random: () => 0.5 });
      await time.run(client.describeInstances({ pageSize: 1 }), { io: true });
      waits.push(time.now());
    }
    expect(waits).toEqual([1_000, 250]);
  });

  test('is not retried if its signal aborts between two attempts', async () => {
    const enough = new AbortController();
    server.handle = (response) => respond(response, 503, failure('SERVICE_TEMPORARY_UNAVAILABLE'));
    const sleeps = jest.spyOn(systemClock, 'sleep').mockImplementation((_, signal) => {
      expect(signal).toBe(enough.signal);
      enough.abort(new Error('enough'));
      return Promise.reject(enough.signal.reason as Error);
    });
    const describing = server.client().describeInstances({ pageSize: 1 }, { signal: enough.signal });
    await expect(describing).rejects.toThrow('enough');
    expect(sleeps).toHaveBeenCalledTimes(1);
    expect(server.received).toHaveLength(1);
  });
});

describe('the rate limiter', () => {
  const held: RateStore = {
    load: () => onThrottled(INITIAL_RATE, 0, 0, 0, 7_000),
    save: () => undefined,
    withLock: (work) => work(),
  };

  test('is used for requests and for waitForRead', async () => {
    const clock = new FakeClock();
    const client = server.client({ clock, rateStore: held });
    await clock.run(client.waitForRead());
    expect(clock.now()).toBe(7_000);
    const other = new FakeClock();
    await other.run(server.client({ clock: other, rateStore: held }).describeInstances({ pageSize: 1 }), {
      io: true,
    });
    expect(other.now()).toBe(7_000);
  });

  test('ends waitForRead with its signal, and does not send a mutating request after sendBefore', async () => {
    const clock = new FakeClock();
    const client = server.client({ clock, rateStore: held });
    const enough = new AbortController();
    const clear = client.waitForRead(enough.signal);
    enough.abort(new Error('enough'));
    await expect(clear).rejects.toThrow('enough');
    const onSend = jest.fn();
    const attach = client.attachNetworkInterface({ nicId, instanceId }, { sendBefore: 500, onSend });
    await expect(clock.run(attach)).rejects.toThrow(/no slot became available/);
    expect(clock.now()).toBe(500);
    expect(server.received).toEqual([]);
    expect(onSend).not.toHaveBeenCalled();
  });

  test('calls onSend when it sends a mutating request', async () => {
    const client = server.client();
    const receivedBefore: number[] = [];
    const onSend = () => void receivedBefore.push(server.received.length);
    await client.attachNetworkInterface({ nicId, instanceId }, { onSend });
    expect([receivedBefore, server.received.length]).toEqual([[0], 1]);
  });
});
