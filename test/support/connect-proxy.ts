import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A local HTTP proxy that opens tunnels to this machine only. */
export class ConnectProxy {
  /** The host and port of each requested tunnel. */
  public readonly targets: string[] = [];
  public readonly authorizations: (string | undefined)[] = [];
  /** The status of the response to CONNECT. */
  public status = 200;
  private readonly server: Server = createServer();

  public static async start(): Promise<ConnectProxy> {
    const proxy = new ConnectProxy();
    proxy.server.on('connect', ({ url = '', headers }, socket) => {
      proxy.targets.push(url);
      proxy.authorizations.push(headers['proxy-authorization']);
      socket.on('error', () => socket.destroy());
      if (proxy.status !== 200) {
        socket.end(`HTTP/1.1 ${proxy.status} Refused\r\ncontent-length: 0\r\n\r\n`);
        return;
      }
      const upstream = connect(Number(url.split(':').at(-1)), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.pipe(upstream).pipe(socket);
      });
      upstream.on('error', () => socket.destroy());
      socket.on('close', () => upstream.destroy());
    });
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  public get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  public close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
