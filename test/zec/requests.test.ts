import { createHash, createHmac } from 'node:crypto';
import { parseInstanceId, parseNicId, Secret } from '../../lib/zec';
import { MAX_CONNECTIONS } from '../../lib/zec/transport';
import { FakeClock } from '../support/fake-clock';
import { respond, PASSWORD, RawServer, REQUEST_ID, success } from './raw-server';

const nicId = parseNicId('nic-1');
const instanceId = parseInstanceId('ins-1');

let server: RawServer;
beforeEach(async () => {
  server = new RawServer();
  await server.listen();
});
afterEach(() => server.close());

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test('a request on the wire has the documented form and a valid signature', async () => {
  const clock = new FakeClock();
  const client = server.client({ clock });
  server.handle = (response) => respond(response, 200, success({}));
  expect(await client.attachNetworkInterface({ nicId, instanceId })).toEqual({ requestId: REQUEST_ID });
  const [{ request, body } = { request: undefined, body: '' }] = server.received;
  expect([request?.method, request?.url, request?.httpVersion]).toEqual(['POST', '/api/v2/zec', '1.1']);
  expect(JSON.parse(body)).toEqual({ nicId: 'nic-1', instanceId: 'ins-1' });
  const headers = request?.headers ?? {};
  expect(headers).toMatchObject({
    host: server.domain,
    'content-type': 'application/json',
    'x-zc-action': 'AttachNetworkInterface',
    'x-zc-version': '2025-09-01',
    'x-zc-service': 'zec',
    'x-zc-timestamp': String(Date.UTC(2026, 0, 1) / 1000),
    'x-zc-signature-method': 'ZC2-HMAC-SHA256',
  });
  for (const name of ['x-zc-sdk-version', 'x-zc-sdk-lang', 'x-zc-request-client']) {
    expect(headers[name]).toMatch(/^[0-9a-zA-Z\-_ ,;.]{1,128}$/);
  }
  const canonical = `POST\n/\n\ncontent-type:application/json\nhost:${server.domain}\n\ncontent-type;host\n${sha256(body)}`;
  const toSign = `ZC2-HMAC-SHA256\n${String(headers['x-zc-timestamp'])}\n${sha256(canonical)}`;
  const expected = createHmac('sha256', PASSWORD).update(toSign).digest('hex');
  expect(headers.authorization).toBe(
    `ZC2-HMAC-SHA256 Credential=key-id, SignedHeaders=content-type;host, Signature=${expected}`,
  );
});

test('a token is sent without a signature', async () => {
  const client = server.client({
    settings: { credentials: { kind: 'token', token: new Secret('a-token') } },
  });
  await client.describeInstances({ pageSize: 1 });
  const headers = server.received[0]?.request.headers;
  expect(headers?.authorization).toBe('Bearer a-token');
  expect(headers).not.toHaveProperty('x-zc-signature-method');
});

test('connections are kept alive, up to the pool size', async () => {
  const clock = new FakeClock();
  const client = server.client({ clock });
  const ask = () => client.describeInstances({ pageSize: 1 });
  for (let round = 0; round < 20; round += 1) await clock.run(ask(), { io: true });
  expect(server.connections).toBeLessThanOrEqual(2);
  let open = 0;
  let most = 0;
  server.handle = (response) => {
    open += 1;
    most = Math.max(most, open);
    setImmediate(() => {
      open -= 1;
      respond(response, 200, success({ totalCount: 0, dataSet: [] }));
    });
  };
  await clock.run(Promise.all(Array.from({ length: 200 }, ask)), { io: true });
  expect(server.received).toHaveLength(220);
  expect(most).toBeGreaterThan(1);
  expect(server.connections).toBeLessThanOrEqual(MAX_CONNECTIONS);
});

describe('the attributes of a vNIC and an instance', () => {
  const nic = {
    nicId: 'nic-1',
    status: 'USED',
    nicType: 'Secondary',
    instanceId: 'ins-1',
    primaryIpv4: '10.0.0.1',
  };

  test('are read, null and "" are absent, and unknown ones are dropped', async () => {
    const page = { totalCount: 1, dataSet: [{ ...nic, name: null, vpcId: '', novelty: { a: 1 } }] };
    server.handle = (response) => respond(response, 200, success(page));
    const { dataSet } = await server.client().describeNetworkInterfaces({ pageSize: 1 });
    expect(JSON.parse(JSON.stringify(dataSet))).toEqual([nic]);
  });

  test('may have an unknown status; an instance without a list of vNICs has none', async () => {
    const page = { totalCount: 1, dataSet: [{ instanceId: 'ins-1', status: 'HIBERNATING', nics: null }] };
    server.handle = (response) => respond(response, 200, success(page));
    const { dataSet } = await server.client().describeInstances({ pageSize: 1 });
    expect(dataSet).toMatchObject([{ instanceId: 'ins-1', status: 'HIBERNATING', nics: [] }]);
  });
});
