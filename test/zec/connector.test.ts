import net, { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import tls from 'node:tls';
import { Connector } from '../../lib/zec/connector';

let server: Server;
let port: string;
let connector: Connector;
const accepted: Socket[] = [];
beforeEach(async () => {
  server = createServer((socket) => void accepted.push(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = String((server.address() as AddressInfo).port);
  connector = new Connector();
});
afterEach(async () => {
  jest.restoreAllMocks();
  connector.close();
  for (const socket of accepted.splice(0)) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

type Target = Parameters<Connector['connect']>[0];
/** Handles errors of the socket like the pool. */
const open = (target: Partial<Target>) =>
  new Promise<Socket>((resolve, reject) =>
    connector.connect({ protocol: 'http:', hostname: '127.0.0.1', port, ...target }, (error, socket) => {
      if (error !== null) {
        reject(error);
        return;
      }
      handlers = socket.listenerCount('error');
      resolve(socket.on('error', () => undefined));
    }),
  );
/** The number of error handlers of the last socket when it was passed on. */
let handlers: number;

describe('the address of a connection', () => {
  /** Redirects every connection to the server of this test. */
  const redirected = () => {
    const connect = net.connect.bind(net);
    return [
      jest.spyOn(net, 'connect').mockImplementation(() => connect(Number(port))),
      jest
        .spyOn(tls, 'connect')
        .mockImplementation((() => connect(Number(port))) as unknown as typeof tls.connect),
    ] as const;
  };

  test.each([
    ['', 80],
    ['8080', 8_080],
  ])('without TLS, the port %j is %i', async (given, expected) => {
    const [tcp, secure] = redirected();
    await open({ hostname: 'api.example', port: given });
    expect(tcp).toHaveBeenCalledWith({ host: 'api.example', port: expected });
    expect(secure).not.toHaveBeenCalled();
  });

  test.each([
    ['', 443, 'api.example', {}, 'api.example'],
    ['8443', 8_443, 'api.example', { servername: 'other.example' }, 'other.example'],
    ['', 443, '10.0.0.1', {}, ''],
    ['', 443, '::1', {}, ''],
  ])(
    'with TLS, the port %j is %i, and the host %s with %j has the SNI %j',
    (given, expected, hostname, asked, name) => {
      const [tcp, secure] = redirected();
      void open({ protocol: 'https:', hostname, port: given, ...asked }).catch(() => undefined);
      expect(tcp).not.toHaveBeenCalled();
      expect(secure.mock.calls).toEqual([
        [
          {
            host: hostname,
            port: expected,
            servername: name,
            ALPNProtocols: ['http/1.1'],
            rejectUnauthorized: true,
          },
        ],
      ]);
    },
  );
});

describe('connections', () => {
  test('send without delay, and use keep-alive', async () => {
    const delay = jest.spyOn(net.Socket.prototype, 'setNoDelay');
    const alive = jest.spyOn(net.Socket.prototype, 'setKeepAlive');
    await open({});
    expect(delay).toHaveBeenCalledWith(true);
    expect(alive).toHaveBeenCalledWith(true, 60_000);
  });

  test('have no error handler of the connector once open', async () => {
    await open({});
    expect(handlers).toBe(0);
  });

  test('report why they fail', async () => {
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const gone = String((free.address() as AddressInfo).port);
    await new Promise((resolve) => free.close(resolve));
    await expect(open({ port: gone })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('end when the connector closes, and none opens afterwards', async () => {
    const socket = await open({});
    const error = new Promise((resolve) => socket.once('error', resolve));
    connector.close();
    expect(await error).toEqual(new Error('the client was closed'));
    expect(socket.destroyed).toBe(true);
    await expect(open({})).rejects.toThrow('the client was closed');
  });

  test('are released when they end', async () => {
    const socket = await open({});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.destroy();
    await closed;
    const destroy = jest.spyOn(socket, 'destroy');
    connector.close();
    expect(destroy).not.toHaveBeenCalled();
  });
});
