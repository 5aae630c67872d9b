import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import type { Server } from 'node:tls';
import { createIdentity } from '../../lib/plugin/certificate';
import type { Identity } from '../../lib/plugin/certificate';

/** A TLS proxy for a local HTTP server, with a self-signed certificate for `localhost`. */
export class TlsProxy {
  private constructor(
    private readonly server: Server,
    private readonly identity: Identity,
  ) {}

  /** @param issuedAt start of the validity of the certificate, which is one week */
  public static async start(endpoint: string, issuedAt?: Date): Promise<TlsProxy> {
    const identity = createIdentity(issuedAt);
    const { certificatePem: cert, privateKeyPem: key } = identity;
    const port = Number(new URL(endpoint).port);
    const server = createServer({ cert, key }, (socket) => {
      const upstream = connect(port, '127.0.0.1');
      upstream.on('error', () => socket.destroy());
      socket.on('error', () => upstream.destroy());
      socket.pipe(upstream).pipe(socket);
    });
    server.on('tlsClientError', (_, socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new TlsProxy(server, identity);
  }

  public get domain(): string {
    return `localhost:${(this.server.address() as AddressInfo).port}`;
  }

  /** Writes the certificate to a file in this directory, for NODE_EXTRA_CA_CERTS. */
  public certificateFile(directory: string): string {
    const file = join(directory, 'ca.pem');
    writeFileSync(file, this.identity.certificatePem);
    return file;
  }

  public close(): void {
    this.server.close();
  }
}
