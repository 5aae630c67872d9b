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
type StreamingCall = ServerWritableStream<unknown, object>;
type Callback = sendUnaryData<unknown>;
type RpcHandler = (request: unknown, rpc: RpcContext) => object | Promise<object>;
type StreamingHandler = (request: unknown, rpc: RpcContext) => AsyncIterable<object>;

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
  const methods: UntypedServiceImplementation = {
    StopProvider: (_: Call, callback: Callback) => {
      lifecycle.stop('Terraform requested a stop');
      callback(null, {});
    },
  };
  const contextOf = (name: string, call: Call | StreamingCall) => {
    const cancelled = new AbortController();
    call.on('cancelled', () => cancelled.abort(new Error('the host cancelled the call')));
    const { typeName } = call.request as { readonly typeName?: string };
    const rpc = new RpcContext(host, name, AbortSignal.any([lifecycle.signal, cancelled.signal]), typeName);
    rpc.log.trace('received request');
    return rpc;
  };
  for (const { name, localName, methodKind } of Provider.methods) {
    if (localName === 'stopProvider') continue;
    const handler = handlers[localName as keyof typeof handlers] as unknown;
    methods[name] =
      methodKind === 'unary'
        ? (call: Call, callback: Callback) =>
            void lifecycle.track(async () => {
              const rpc = contextOf(name, call);
              callback(null, await respond(() => (handler as RpcHandler)(call.request, rpc), rpc));
            })
        : (call: StreamingCall) =>
            void lifecycle.track(() => {
              const rpc = contextOf(name, call);
              return stream(call, (handler as StreamingHandler)(call.request, rpc), rpc);
            });
  }
  return methods;
}

/** Responds to an RPC. An error of the provider becomes a diagnostic, so that the connection stays open. */
async function respond(handle: () => object | Promise<object>, rpc: RpcContext): Promise<object> {
  let response: object = {};
  try {
    response = await handle();
  } catch (error) {
    rpc.addError(error);
  }
  return { ...response, diagnostics: rpc.diagnosticMessages };
}

/** Sends the events of a streaming RPC as fast as the host reads them. The last event has the diagnostics. */
async function stream(call: StreamingCall, events: AsyncIterable<object>, rpc: RpcContext): Promise<void> {
  try {
    for await (const event of events) {
      if (!call.write(event)) await once(call, 'drain', { signal: rpc.signal });
    }
  } catch (error) {
    // Terraform cancels the call once it has enough objects.
    if (call.cancelled) return;
    rpc.addError(error);
  }
  const diagnostic = rpc.diagnosticMessages;
  if (diagnostic.length > 0) call.write({ diagnostic });
  call.end();
}
