import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import type { Server } from 'node:tls';
import { createIdentity } from '../../lib/plugin/certificate';

/** A local TLS server with an untrusted certificate for `localhost`, which forwards to another server. */
export class TlsFront {
  public readonly certificatePem: string;
  /** The number of bytes received over TLS: zero as long as no client trusts the certificate. */
  public received = 0;
  public connections = 0;
  private readonly server: Server;

  public constructor(behind: string) {
    const { certificatePem, privateKeyPem } = createIdentity();
    this.certificatePem = certificatePem;
    const { port } = new URL(behind);
    this.server = createServer({ cert: certificatePem, key: privateKeyPem }, (socket) => {
      const inner = connect(Number(port), '127.0.0.1');
      socket.on('data', (bytes: Buffer) => {
        this.received += bytes.length;
      });
      socket.on('error', () => inner.destroy()).on('close', () => inner.destroy());
      inner.on('error', () => socket.destroy()).on('close', () => socket.destroy());
      socket.pipe(inner).pipe(socket);
    });
    this.server.on('connection', () => (this.connections += 1)).on('tlsClientError', () => undefined);
  }

  public async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  public environment(host = 'localhost'): Record<string, string> {
    const { port } = this.server.address() as AddressInfo;
    return { ZENLAYERCLOUD_DOMAIN: `${host}:${port}`, ZENLAYERCLOUD_SCHEME: 'https' };
  }

  public async close(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }
}
