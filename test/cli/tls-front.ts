import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import type { Server } from 'node:tls';
import { createIdentity } from '../../lib/plugin/certificate';
import type { Identity } from '../../lib/plugin/certificate';

/** TLS before a server of plain HTTP on this machine, with a certificate for `localhost` that it signed itself. */
export class TlsFront {
  private constructor(
    private readonly server: Server,
    private readonly identity: Identity,
  ) {}

  /** @param issuedAt when the certificate was made; it is valid for a week from then */
  public static async before(endpoint: string, issuedAt?: Date): Promise<TlsFront> {
    const identity = createIdentity(issuedAt);
    const { certificatePem: cert, privateKeyPem: key } = identity;
    const port = Number(new URL(endpoint).port);
    const server = createServer({ cert, key }, (socket) => {
      const behind = connect(port, '127.0.0.1');
      behind.on('error', () => socket.destroy());
      socket.on('error', () => behind.destroy());
      socket.pipe(behind).pipe(socket);
    });
    server.on('tlsClientError', (_, socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new TlsFront(server, identity);
  }

  public get domain(): string {
    return `localhost:${(this.server.address() as AddressInfo).port}`;
  }

  /** The certificate in a file of this folder, for NODE_EXTRA_CA_CERTS. */
  public certificateFile(folder: string): string {
    const file = join(folder, 'ca.pem');
    writeFileSync(file, this.identity.certificatePem);
    return file;
  }

  public close(): void {
    this.server.close();
  }
}
