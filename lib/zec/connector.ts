import { createRequire } from 'node:module';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import type * as Tls from 'node:tls';
import type { buildConnector } from 'undici';

/**
 * Opens the pool's connections. Can close those that are not established yet: otherwise an unresponsive host would keep
 * the process alive.
 */
export class Connector {
  private readonly sockets = new Set<Socket>();
  private closed = false;
  /** The last TLS session, which further connections resume. */
  private session: Buffer | undefined;

  public readonly connect: buildConnector.connector = (target, callback) => {
    const socket = this.open(target);
    const ready = target.protocol === 'https:' ? 'secureConnect' : 'connect';
    const onError = (error: Error) => callback(error, null);
    this.sockets.add(socket);
    socket
      .setNoDelay(true)
      .setKeepAlive(true, 60_000)
      .once('close', () => this.sockets.delete(socket))
      .once('error', onError)
      .once(ready, () => {
        socket.off('error', onError);
        callback(null, socket);
      });
    if (this.closed) this.close();
  };

  /** Closes every connection, and prevents new ones. */
  public close(): void {
    this.closed = true;
    for (const socket of this.sockets) socket.destroy(new Error('the client was closed'));
  }

  private open({ protocol, hostname, port, servername }: buildConnector.Options): Socket {
    if (protocol !== 'https:') return connectTcp({ host: hostname, port: Number(port || 80) });
    // Loaded on demand: it takes 5 ms, which a plain connection does not need.
    const tls = createRequire(__filename)('node:tls') as typeof Tls;
    const socket = tls.connect({
      host: hostname,
      port: Number(port || 443),
      servername: servername ?? (isIP(hostname) === 0 ? hostname : ''),
      ALPNProtocols: ['http/1.1'],
      // Explicit, because NODE_TLS_REJECT_UNAUTHORIZED=0 changes the default.
      rejectUnauthorized: true,
      ...(this.session === undefined ? {} : { session: this.session }),
    });
    return socket.on('session', (session) => {
      this.session = session;
    });
  }
}
