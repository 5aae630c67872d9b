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
import { levelFrom, Secrets } from './log';
import { serviceDefinition } from './protocol';
import type { ProviderDefinition } from './provider';
import { RpcContext } from './rpc-context';
import type { ServerContext } from './rpc-context';

const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** Time to flush the response to Shutdown. */
const SHUTDOWN_GRACE_MS = 1_000;

type Unary = (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) => void;
type Handler = (request: unknown, rpc: RpcContext) => object | Promise<object>;

/** Creates the gRPC server. It does not listen: connections are injected. */
export function createServer(
  provider: ProviderDefinition,
  lifecycle: Lifecycle,
  { identity, clientCertificate }: { readonly identity: Identity; readonly clientCertificate: string },
): { readonly injectConnection: (connection: Socket) => void } {
  const connections = new Set<Socket>();
  const services = new Services(provider, lifecycle, (done) =>
    server.tryShutdown(() => {
      // Since Node 24 a session ends before its last bytes have left the socket.
      void Promise.all([...connections].map((connection) => once(connection, 'close'))).then(done, done);
    }),
  );
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
    'grpc.enable_channelz': 0,
  });
  server.addService(serviceDefinition(Provider), services.provider());
  server.addService(serviceDefinition(GRPCController), { Shutdown: services.shutdown });
  server.addService(serviceDefinition(GRPCStdio), { StreamStdio: services.stdio });
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

/** Implements the gRPC services that Terraform calls. */
class Services {
  private readonly host: ServerContext;
  private readonly openStreams = new Set<ServerWritableStream<unknown, unknown>>();

  /** @param close stops accepting RPCs, and calls `done` when running RPCs and their connections have ended */
  public constructor(
    private readonly definition: ProviderDefinition,
    private readonly lifecycle: Lifecycle,
    private readonly close: (done: () => void) => void,
  ) {
    this.host = {
      sink: {
        write: (line) => process.stderr.write(line),
        level: levelFrom(process.env),
        module: definition.name,
      },
      secrets: new Secrets(),
      describeError: definition.describeError?.bind(definition),
    };
  }

  public provider(): UntypedServiceImplementation {
    const handlers = createHandlers(this.definition, this.host.secrets);
    const methods: Record<string, Unary> = {
      StopProvider: (_, callback) => {
        this.lifecycle.stop('Terraform requested a stop');
        callback(null, {});
      },
    };
    for (const { name, localName } of Provider.methods) {
      if (localName === 'stopProvider') continue;
      const handler = handlers[localName as keyof typeof handlers] as Handler;
      methods[name] = (call, callback) =>
        void this.lifecycle.track(() => this.respond(name, handler, call, callback));
    }
    return methods;
  }

  /** The plugin's standard output and error: a stream that stays open and empty. */
  public readonly stdio = (call: ServerWritableStream<unknown, unknown>): void => {
    this.openStreams.add(call);
    call.on('close', () => this.openStreams.delete(call));
  };

  public readonly shutdown: Unary = (_, callback) => {
    callback(null, {});
    // Flush the response before exiting.
    for (const stream of this.openStreams) stream.end();
    const exit = () => this.lifecycle.shutDown('Terraform requested shutdown');
    const timer = setTimeout(exit, SHUTDOWN_GRACE_MS);
    this.close(() => {
      clearTimeout(timer);
      exit();
    });
  };

  /** Serves one RPC. It always responds, whatever the provider throws, and keeps the connection open. */
  private async respond(
    name: string,
    handler: Handler,
    call: ServerUnaryCall<unknown, unknown>,
    callback: sendUnaryData<unknown>,
  ): Promise<void> {
    const cancelled = new AbortController();
    call.on('cancelled', () => cancelled.abort(new Error('the host cancelled the call')));
    const { typeName } = call.request as { readonly typeName?: string };
    const signal = AbortSignal.any([this.lifecycle.signal, cancelled.signal]);
    const rpc = new RpcContext(this.host, name, signal, typeName);
    rpc.log.trace('received request');
    let response: object = {};
    try {
      response = await handler(call.request, rpc);
    } catch (error) {
      rpc.fail(error);
    }
    callback(null, { ...response, diagnostics: rpc.reported });
  }
}
