import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type {
  sendUnaryData,
  ServerUnaryCall,
  ServerWritableStream,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { Identity } from './certificate';
import { GRPCController, GRPCStdio } from './generated/goplugin_pb';
import { Provider } from './generated/tfplugin6_pb';
import { createHandlers } from './handlers';
import type { Lifecycle } from './lifecycle';
import { Secrets } from './log';
import { serviceDefinition } from './protocol';
import type { ProviderDefinition } from './provider';
import { RpcContext, type ServerContext } from './rpc-context';

// Exported here so that it is loaded with the server, after the handshake.
export { removeStaleSockets } from './stale-sockets';

const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** Time to flush the response to Shutdown. */
const SHUTDOWN_GRACE_MS = 1_000;

type Call = ServerUnaryCall<unknown, unknown>;
type Callback = sendUnaryData<unknown>;
type RpcHandler = (request: unknown, rpc: RpcContext) => object | Promise<object>;

/** Creates the gRPC server. It does not listen: connections are injected. */
export function createServer(
  provider: ProviderDefinition,
  lifecycle: Lifecycle,
  { identity, clientCertificate }: { readonly identity: Identity; readonly clientCertificate: string },
): { readonly injectConnection: (connection: Socket) => void } {
  const connections = new Set<Socket>();
  const streams = new Set<ServerWritableStream<unknown, unknown>>();
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
    'grpc.enable_channelz': 0,
  });
  server.addService(serviceDefinition(Provider), providerService(provider, lifecycle));
  server.addService(serviceDefinition(GRPCStdio), {
    // The plugin's standard output and error: a stream that stays open and empty.
    StreamStdio: (call: ServerWritableStream<unknown, unknown>) => {
      streams.add(call);
      call.on('close', () => streams.delete(call));
    },
  });
  server.addService(serviceDefinition(GRPCController), {
    Shutdown: (_: Call, callback: Callback) => {
      callback(null, {});
      // Flush the response before exiting.
      for (const stream of streams) stream.end();
      const exit = () => lifecycle.shutDown('Terraform requested shutdown');
      const timer = setTimeout(exit, SHUTDOWN_GRACE_MS);
      const done = () => {
        clearTimeout(timer);
        exit();
      };
      server.tryShutdown(() => {
        // Since Node 24 a session ends before its last bytes have left the socket.
        void Promise.all([...connections].map((connection) => once(connection, 'close'))).then(done, done);
      });
    },
  });
  const keys = [
    { private_key: Buffer.from(identity.privateKeyPem), cert_chain: Buffer.from(identity.certificatePem) },
  ];
  const injector = server.createConnectionInjector(
    ServerCredentials.createSsl(Buffer.from(clientCertificate), keys, true),
  );
  return {
    injectConnection: (connection) => {
      connections.add(connection);
      connection.once('close', () => connections.delete(connection));
      injector.injectConnection(connection);
    },
  };
}

/** Implements the service `tfplugin6.Provider`. */
function providerService(provider: ProviderDefinition, lifecycle: Lifecycle): UntypedServiceImplementation {
  const host: ServerContext = {
    sink: {
      write: (line) => process.stderr.write(line),
      level: process.env.TF_LOG_PROVIDER ?? process.env.TF_LOG,
      module: provider.name,
    },
    secrets: new Secrets(),
    describeError: provider.describeError?.bind(provider),
  };
  const handlers = createHandlers(provider, host.secrets);
  const methods: Record<string, (call: Call, callback: Callback) => void> = {
    StopProvider: (_, callback) => {
      lifecycle.stop('Terraform requested a stop');
      callback(null, {});
    },
  };
  for (const { name, localName } of Provider.methods) {
    if (localName === 'stopProvider') continue;
    const handler = handlers[localName as keyof typeof handlers] as RpcHandler;
    methods[name] = (call, callback) =>
      void lifecycle.track(async () => {
        const cancelled = new AbortController();
        call.on('cancelled', () => cancelled.abort(new Error('the host cancelled the call')));
        const { typeName } = call.request as { readonly typeName?: string };
        const signal = AbortSignal.any([lifecycle.signal, cancelled.signal]);
        const rpc = new RpcContext(host, name, signal, typeName);
        callback(null, await respond(() => handler(call.request, rpc), rpc));
      });
  }
  return methods;
}

/** Responds to an RPC. An error of the provider becomes a diagnostic, so that the connection stays open. */
async function respond(handle: () => object | Promise<object>, rpc: RpcContext): Promise<object> {
  rpc.log.trace('received request');
  let response: object = {};
  try {
    response = await handle();
  } catch (error) {
    rpc.addError(error);
  }
  return { ...response, diagnostics: rpc.diagnosticMessages };
}
