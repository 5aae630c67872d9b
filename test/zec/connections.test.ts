import { getEventListeners } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import tls from 'node:tls';
import { createIdentity } from '../../lib/plugin/certificate';
import { ZecClient } from '../../lib/zec';
import { MAX_RESPONSE_BYTES, Transport, TransportError } from '../../lib/zec/transport';
import { settings, success } from './raw-server';

const post = (transport: Transport, more: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
  transport.send({ path: '/p', headers: { host: 'h' }, body: 'b', timeoutMs: 10_000, ...more });

/** The reason with which a promise rejects. */
const reasonOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (reason: unknown) => reason as TransportError,
  );

describe('a transport', () => {
  let server: Server;
  let sockets: Socket[];
  let transport: Transport;
  let onData: (socket: Socket) => void;
  beforeEach(async () => {
    sockets = [];
    onData = () => undefined;
    server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined).on('data', () => onData(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    transport = new Transport(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  afterEach(async () => {
    await transport.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  const whole = (body: string | Buffer, status = '200 OK') =>
    Buffer.concat([
      Buffer.from(`HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\n\r\n`),
      Buffer.from(body),
    ]);

  test('reads a response in pieces, after an informational response', async () => {
    onData = (socket) => {
      socket.write('HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n');
      socket.write('HTTP/1.1 404 No\r\ncontent-length: 6\r\nx-a: b\r\n\r\nabc');
      setTimeout(() => socket.write('def'), 20);
    };
    const { status, headers, body } = await post(transport);
    expect([status, headers['x-a'], headers.link, body.toString()]).toEqual([404, 'b', undefined, 'abcdef']);
  });

  test('accepts a response of the maximum size, and rejects a larger one', async () => {
    onData = (socket) => socket.write(whole(Buffer.alloc(MAX_RESPONSE_BYTES)));
    expect((await post(transport)).body).toHaveLength(MAX_RESPONSE_BYTES);
    onData = (socket) => socket.write(whole(Buffer.alloc(MAX_RESPONSE_BYTES + 1)));
    expect(await reasonOf(post(transport))).toMatchObject({ reason: 'too-large', sent: true });
  });

  test('sends nothing once closed, and can be closed twice', async () => {
    onData = (socket) => socket.write(whole('x'));
    await transport.close();
    await transport.close();
    const reason = await reasonOf(post(transport));
    expect(reason).toBeInstanceOf(TransportError);
    expect(reason).toMatchObject({ reason: 'closed', sent: false, name: 'TransportError' });
    expect(sockets).toHaveLength(0);
  });

  test('reports on close that a request in flight was sent', async () => {
    onData = () => void transport.close();
    expect(await reasonOf(post(transport))).toMatchObject({ reason: 'closed', sent: true });
  });

  test('discards the connection of an aborted request', async () => {
    let responds = false;
    onData = (socket) => responds && socket.write(whole('fresh'));
    expect(await reasonOf(post(transport, { timeoutMs: 50 }))).toMatchObject({
      reason: 'timeout',
      sent: true,
    });
    responds = true;
    expect((await post(transport)).body.toString()).toBe('fresh');
    expect(sockets.length).toBeGreaterThan(1);
  });

  test('leaves no listener on the signal, however the request ends', async () => {
    onData = (socket) => socket.write(whole('x'));
    const { signal } = new AbortController();
    await post(transport, { signal });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    onData = () => undefined;
    await reasonOf(post(transport, { signal, timeoutMs: 50 }));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('rejects with the signal’s reason, before and after the request is sent', async () => {
    const reason = new Error('enough');
    expect(await reasonOf(post(transport, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(sockets).toHaveLength(0);
    const controller = new AbortController();
    onData = () => controller.abort(reason);
    expect(await reasonOf(post(transport, { signal: controller.signal }))).toBe(reason);
  });

  test('never sends a request that was aborted while it waited for a connection', async () => {
    const seen: string[] = [];
    onData = () => undefined;
    server.on('connection', (socket: Socket) => socket.on('data', (chunk) => seen.push(chunk.toString())));
    const busy = Array.from({ length: 16 }, () => reasonOf(post(transport)));
    const controller = new AbortController();
    const queued = reasonOf(
      transport.send({
        path: '/queued',
        headers: { host: 'h' },
        body: '',
        timeoutMs: 10_000,
        signal: controller.signal,
      }),
    );
    const late = reasonOf(
      transport.send({ path: '/late', headers: { host: 'h' }, body: '', timeoutMs: 100 }),
    );
    controller.abort(new Error('enough'));
    expect((await queued)?.message).toBe('enough');
    expect(await late).toMatchObject({ reason: 'timeout', sent: false });
    await transport.close();
    await Promise.all(busy);
    expect(seen.join()).not.toMatch(/queued|late/);
  });

  test('rejects with the network error', async () => {
    onData = (socket) => socket.resetAndDestroy();
    const reason = await reasonOf(post(transport));
    expect(reason).toMatchObject({ reason: 'connection', sent: true });
    expect(reason?.network?.message).toMatch(/ECONNRESET|other side closed|socket/);
  });
});

test('aborts a pending connection on close', async () => {
  // A server that accepts the connection but never responds to the TLS handshake.
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const transport = new Transport(`https://127.0.0.1:${port}`);
  const open = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const request = reasonOf(post(transport));
  const socket = await open;
  const gone = new Promise((resolve) =>
    socket
      .once('close', resolve)
      .on('error', () => undefined)
      .resume(),
  );
  await transport.close();
  expect(await request).toMatchObject({ reason: 'closed', sent: false });
  await gone;
  await new Promise((resolve) => server.close(resolve));
});

describe('TLS', () => {
  const identity = createIdentity();
  const reused: boolean[] = [];
  const server = createHttpsServer(
    { key: identity.privateKeyPem, cert: identity.certificatePem },
    (request, response) => {
      const { socket } = request;
      if (socket instanceof tls.TLSSocket) reused.push(socket.isSessionReused());
      request.resume().on('end', () => {
        response.setHeader('connection', 'close');
        response.end(JSON.stringify(success({ totalCount: 0, dataSet: [] })));
      });
    },
  );
  let domain: string;
  let client: ZecClient;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    domain = `localhost:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    client = new ZecClient({ ...settings(domain), scheme: 'https' }, { random: () => 0 });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await client.close();
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  /** Trusts the server’s certificate, like NODE_EXTRA_CA_CERTS for a whole process. */
  const trust = () => {
    const connect = tls.connect as (options: tls.ConnectionOptions) => tls.TLSSocket;
    return jest
      .spyOn(tls, 'connect')
      .mockImplementation(((options: tls.ConnectionOptions) =>
        connect({ ...options, ca: identity.certificatePem })) as typeof tls.connect);
  };

  test('a server with an untrusted certificate is refused, even with NODE_TLS_REJECT_UNAUTHORIZED=0', async () => {
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      await expect(client.describeInstances({ pageSize: 1 })).rejects.toMatchObject({
        kind: 'terminal',
        outcome: 'not-applied',
        advice: expect.stringContaining('NODE_EXTRA_CA_CERTS') as string,
      });
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
    expect(reused).toEqual([]);
  });

  test('a trusted server gets its name as SNI, and its session is resumed', async () => {
    const connect = trust();
    for (let round = 0; round < 3; round += 1) await client.describeInstances({ pageSize: 1 });
    expect(reused[0]).toBe(false);
    expect(reused.slice(1)).toContain(true);
    const [options] = connect.mock.calls[0] as unknown as [tls.ConnectionOptions];
    expect(options).toMatchObject({
      servername: 'localhost',
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: true,
    });
  });

  test('an IP address is not sent as SNI', async () => {
    const connect = trust();
    const byAddress = new ZecClient({
      ...settings(domain.replace('localhost', '127.0.0.1')),
      scheme: 'https',
    });
    await byAddress.describeInstances({ pageSize: 1 }).catch(() => undefined);
    const [options] = connect.mock.calls[0] as unknown as [tls.ConnectionOptions];
    expect(options.servername).toBe('');
    await byAddress.close();
  });
});
