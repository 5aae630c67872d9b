import { createIdentity } from './certificate';
import { DeferredListener, HandshakeError, handshakeLine, hostCertificate, privateSocket } from './handshake';
import { Lifecycle } from './lifecycle';
import type { ProviderDefinition } from './provider';
import type { Schema } from './schema';

/**
 * Serves a provider to the Terraform that started this process, until Terraform says so or is gone.
 * Without Terraform it tells the person, and ends with exit code 1.
 *
 * The handshake needs a socket and a certificate only, so it comes first; while Terraform connects, the server and,
 * where `provider` is a function, the provider itself are loaded.
 */
export async function serve<S extends Schema, C>(
  provider: ProviderDefinition<S, C> | (() => Promise<ProviderDefinition<S, C>>),
): Promise<void> {
  try {
    await start(typeof provider === 'function' ? provider : () => Promise.resolve(provider));
  } catch (error) {
    if (!(error instanceof HandshakeError)) throw error;
    process.stderr.write(`${error.message}\n`);
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
  lifecycle.watchForTheEnd();
  process.stdout.write(handshakeLine(socket.path, identity.certificateDer));
  try {
    const [{ createServer }, provider] = await Promise.all([import('./server.js'), load()]);
    const server = createServer(provider, lifecycle, { identity, clientCertificate });
    listener.connect((connection) => server.injectConnection(connection));
  } catch (error) {
    // Exit rather than leave Terraform hanging.
    socket.remove();
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  }
}
