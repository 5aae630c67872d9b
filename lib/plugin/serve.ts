import { createIdentity } from './certificate';
import { DeferredListener, HandshakeError, handshakeLine, hostCertificate, privateSocket } from './handshake';
import { Lifecycle } from './lifecycle';
import type { ProviderDefinition } from './provider';
import type { Schema } from './schema';

/**
 * Serves a provider to the Terraform process that started this one, until Terraform shuts it down or exits.
 * If Terraform did not start this process, prints an error and sets exit code 1.
 *
 * The handshake needs only a socket and a certificate, so it is sent first. The server and the provider load while
 * Terraform connects.
 */
export async function serve<S extends Schema, C>(
  load: () => Promise<ProviderDefinition<S, C>>,
): Promise<void> {
  try {
    await start(load);
  } catch (error) {
    if (!(error instanceof HandshakeError)) {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      // Rather than leave Terraform hanging.
      process.exit(1);
    }
    // Terraform shows the first line of stdout if it is no handshake, and nothing of stderr.
    const stream = error.startedByTerraform ? process.stdout : process.stderr;
    stream.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

async function start(load: () => Promise<ProviderDefinition>): Promise<void> {
  const clientCertificate = hostCertificate(process.env);
  const identity = createIdentity();
  const socket = privateSocket();
  const lifecycle = new Lifecycle(() => {
    socket.remove();
    process.exit(0);
  });
  const listener = new DeferredListener();
  await listener.listen(socket.path);
  lifecycle.watchParentAndSignals();
  process.stdout.write(handshakeLine(socket.path, identity.certificateDer));
  try {
    const [{ createServer, removeStaleSockets }, provider] = await Promise.all([
      import('./server.js'),
      load(),
    ]);
    const server = createServer(provider, lifecycle, { identity, clientCertificate });
    listener.connect((connection) => server.injectConnection(connection));
    void removeStaleSockets(socket.path);
  } catch (error) {
    socket.remove();
    throw error;
  }
}
