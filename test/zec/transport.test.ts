import { createServer as createHttps } from 'node:https';
import { createServer as createTcp } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { createIdentity } from '../../lib/plugin/certificate';
import { MAX_CONNECTIONS, Transport, TransportError } from '../../lib/zec/transport';
import type { RawRequest } from '../../lib/zec/transport';
import { eventually } from '../support/processes';
import { respond, RawServer } from './raw-server';

const request = (more: Partial<RawRequest> = {}): RawRequest => ({
  path: '/',
  headers: { host: 'localhost' },
  body: '{}',
  timeoutMs: 5_000,
  ...more,
});

async function failureOf(work: Promise<unknown>): Promise<TransportError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TransportError);
  return error as TransportError;
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe('over plain connections', () => {
  let server: RawServer;
  let transport: Transport;
  beforeEach(async () => {
    server = new RawServer();
    await server.listen();
    transport = new Transport(`http://${server.domain}`);
  });
  afterEach(async () => {
    await transport.close();
    await server.close();
  });

  test('a request that times out while it waits for a connection was not sent', async () => {
    server.handle = () => undefined;
    const before = Array.from({ length: MAX_CONNECTIONS }, () => failureOf(transport.send(request())));
    await eventually('every connection is taken', () => server.received.length === MAX_CONNECTIONS);
    const queued = await failureOf(transport.send(request({ timeoutMs: 100 })));
    expect(queued).toMatchObject({ reason: 'timeout', sent: false });
    await transport.close();
    for (const each of await Promise.all(before))
      expect(each).toMatchObject({ reason: 'closed', sent: true });
    expect(server.received).toHaveLength(MAX_CONNECTIONS);
  });

  test('a request aborted while it waits is never sent, and those behind it are', async () => {
    const held: (() => void)[] = [];
    server.handle = (response) => held.push(() => respond(response, 200, {}));
    const first = Array.from({ length: MAX_CONNECTIONS }, () => transport.send(request()));
    const abort = new AbortController();
    const given = transport.send(request({ body: '"given up"', signal: abort.signal }));
    const behind = transport.send(request({ body: '"behind"' }));
    abort.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    await eventually('every connection is taken', () => held.length === MAX_CONNECTIONS);
    server.handle = (response) => respond(response, 200, {});
    for (const release of held) release();
    await Promise.all([...first, behind]);
    expect(server.received.map(({ body }) => body)).toContain('"behind"');
    expect(server.received.map(({ body }) => body)).not.toContain('"given up"');
  });

  test('a truncated response is a lost connection', async () => {
    server.handle = (response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{', () => response.socket?.destroy());
    };
    expect(await failureOf(transport.send(request()))).toMatchObject({ reason: 'connection', sent: true });
  });

  test('a response that is not HTTP is a lost connection', async () => {
    server.handle = (response) => response.socket?.end('SSH-2.0-OpenSSH\r\n');
    const error = await failureOf(transport.send(request()));
    expect(error).toMatchObject({ reason: 'connection', sent: true });
  });

  test('a protocol switch is a lost connection', async () => {
    server.handle = (response) =>
      response.socket?.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n');
    expect(await failureOf(transport.send(request()))).toMatchObject({ reason: 'connection', sent: true });
  });

  test('an informational response is ignored', async () => {
    server.handle = (response) => {
      response.writeProcessing();
      respond(response, 200, { a: 1 });
    };
    const { status, body } = await transport.send(request());
    expect([status, body.toString()]).toEqual([200, '{"a":1}']);
  });

  test('a connection with Connection: close is not reused', async () => {
    server.handle = (response) => respond(response, 200, {}, { connection: 'close' });
    await transport.send(request());
    await transport.send(request());
    expect(server.connections).toBe(2);
  });
});

describe('over TLS', () => {
  const identity = createIdentity();
  const keys = { key: identity.privateKeyPem, cert: identity.certificatePem };

  test.each([['by default'], ['with NODE_TLS_REJECT_UNAUTHORIZED=0']])(
    'a server with an untrusted certificate gets no request, %s',
    async (how) => {
      let requests = 0;
      const server = createHttps(keys, () => (requests += 1));
      const transport = new Transport(`https://localhost:${await listening(server)}`);
      const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      if (how !== 'by default') process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
      try {
        const error = await failureOf(transport.send(request()));
        expect(error).toMatchObject({ reason: 'connection', sent: false });
        expect(error.network).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
        expect(requests).toBe(0);
      } finally {
        if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
        else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
        await transport.close();
        server.close();
      }
    },
  );

  test('a host that never responds does not delay close', async () => {
    const server = createTcp();
    const transport = new Transport(`https://localhost:${await listening(server)}`);
    const connected = new Promise((resolve) => server.once('connection', resolve));
    const failed = failureOf(transport.send(request()));
    await connected;
    await transport.close();
    expect(await failed).toMatchObject({ reason: 'closed', sent: false });
    await new Promise((resolve) => server.close(resolve));
  });
});
