import { createServer as createListener } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { connect } from 'node:tls';
import { PROVIDER_ADDRESS } from '../../lib/contract';
import type { ProviderDefinition } from '../../lib/plugin';
import { createIdentity } from '../../lib/plugin/certificate';
import { Lifecycle } from '../../lib/plugin/lifecycle';
import { createServer } from '../../lib/plugin/server';
import { ProviderClient } from '../../lib/provider/client';
import { zecProvider } from '../../lib/provider/definition';
import { providerSettings } from '../../lib/provider/settings';
import { ZecClient } from '../../lib/zec/client';
import { systemClock } from '../../lib/zec/clock';
import type { Clock } from '../../lib/zec/clock';
import { InFlightMemory } from '../../lib/zec/in-flight';
import { nullResourceProvider } from './null-provider/provider';
import { vendorProvider } from './vendor-provider/provider';

type Environment = Readonly<Record<string, string>>;

/** Providers of one Terraform command, and the environment with which it finds them. */
interface Served {
  readonly env: Environment;
  readonly close: () => void;
}

/** How much faster the provider's time is: it waits seconds for reads to be consistent, which the simulator's always are. */
const SPEED = 5;

function fastClock(): Clock {
  const start = systemClock.now();
  const epoch = systemClock.wall();
  const now = () => (systemClock.now() - start) * SPEED;
  return {
    now,
    wall: () => Math.floor(epoch + now()),
    sleep: (ms, signal) => systemClock.sleep(ms / SPEED, signal),
  };
}

/**
 * The providers of a deployment in the process of the test. Terraform connects to them as to a provider in a debugger,
 * with the variable TF_REATTACH_PROVIDERS. Each connection gets a server and a client of its own, like each process that
 * Terraform starts, for a tenth of the processor time.
 */
export class InProcessProviders {
  private readonly clock = fastClock();
  /** Shared by all connections, like the files that processes share. */
  private readonly inFlight = new InFlightMemory(this.clock);

  /** Serves the providers to a Terraform command. @param env the environment of the command, with the provider's settings */
  public async serve(env: Environment): Promise<Served> {
    const { clock, inFlight } = this;
    const zec: typeof zecProvider = {
      ...zecProvider,
      configure: (config, context) =>
        new ProviderClient(providerSettings(config, env, context), clock, (settings) => ({
          api: new ZecClient(settings),
          inFlight,
        })),
    };
    const inRegistry = (name: string) => [`registry.terraform.io/${name}`, `registry.opentofu.org/${name}`];
    return serve([
      [[PROVIDER_ADDRESS], zec],
      [inRegistry('hashicorp/null'), nullResourceProvider],
      [inRegistry('zenlayer/zenlayercloud'), vendorProvider],
    ]);
  }
}

/** @param providers providers by their addresses */
async function serve(
  providers: readonly (readonly [readonly string[], ProviderDefinition])[],
): Promise<Served> {
  const sockets = new Set<Socket>();
  const listeners = await Promise.all(
    providers.map(async ([addresses, provider]) => {
      const listener = await listen((socket) => void connectTo(provider, socket, sockets));
      return { addresses, listener };
    }),
  );
  const entries = listeners.flatMap(({ addresses, listener }) => {
    const Addr = { Network: 'tcp', String: `127.0.0.1:${portOf(listener)}` };
    const reattach = { Protocol: 'grpc', ProtocolVersion: 6, Pid: process.pid, Test: true, Addr };
    return addresses.map((address) => [address, reattach] as const);
  });
  return {
    env: { TF_REATTACH_PROVIDERS: JSON.stringify(Object.fromEntries(entries)) },
    close: () => {
      for (const { listener } of listeners) listener.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Connects Terraform, which uses no TLS here, to a new server, which requires it. */
async function connectTo(
  provider: ProviderDefinition,
  terraform: Socket,
  sockets: Set<Socket>,
): Promise<void> {
  sockets.add(terraform);
  const identity = createIdentity();
  const host = createIdentity();
  const lifecycle = new Lifecycle(() => terraform.destroy());
  const server = createServer(provider, lifecycle, { identity, clientCertificate: host.certificatePem });
  const listener = await listen((socket) => {
    listener.close();
    server.injectConnection(socket);
  });
  const tls = connect({
    host: '127.0.0.1',
    port: portOf(listener),
    servername: 'localhost',
    ca: identity.certificatePem,
    cert: host.certificatePem,
    key: host.privateKeyPem,
    ALPNProtocols: ['h2'],
  });
  terraform
    .on('error', () => terraform.destroy())
    .on('close', () => {
      lifecycle.stop('Terraform has exited');
      tls.destroy();
    });
  tls.on('error', () => tls.destroy()).on('close', () => terraform.destroy());
  terraform.pipe(tls).pipe(terraform);
}

function listen(receive: (socket: Socket) => void): Promise<Server> {
  const server = createListener(receive);
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => resolve(server));
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
