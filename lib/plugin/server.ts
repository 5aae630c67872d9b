import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import type {
  ConnectionInjector,
  sendUnaryData,
  ServerUnaryCall,
  ServerWritableStream,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { Identity } from './certificate';
import { MalformedError, messageOf } from './diagnostics';
import { GRPCController, GRPCStdio } from './generated/goplugin_pb';
import { Provider } from './generated/tfplugin6_pb';
import type { Lifecycle } from './lifecycle';
import { levelFrom, Secrets } from './log';
import { Operation } from './operation';
import type { OperationHost } from './operation';
import { serviceDefinition } from './protocol';
import type { ProviderDefinition } from './provider';
import { createHandlers } from './provider-service';

const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** How long the answer to Shutdown has to reach Terraform. */
const SHUTDOWN_GRACE_MS = 1_000;

type Unary = (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) => void;
type Handler = (request: unknown, operation: Operation) => object | Promise<object>;

/** The server of everything that Terraform calls. It listens to nothing: it is given its connections. */
export function createServer(
  provider: ProviderDefinition,
  lifecycle: Lifecycle,
  { identity, clientCertificate }: { readonly identity: Identity; readonly clientCertificate: string },
): Pick<ConnectionInjector, 'injectConnection'> {
  const calls = new Calls(provider, lifecycle, (done) => server.tryShutdown(done));
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
    'grpc.enable_channelz': 0,
  });
  server.addService(serviceDefinition(Provider), calls.provider());
  server.addService(serviceDefinition(GRPCController), { Shutdown: calls.shutdown });
  server.addService(serviceDefinition(GRPCStdio), { StreamStdio: calls.stdio });
  const keys = [
    { private_key: Buffer.from(identity.privateKeyPem), cert_chain: Buffer.from(identity.certificatePem) },
  ];
  return server.createConnectionInjector(
    ServerCredentials.createSsl(Buffer.from(clientCertificate), keys, true),
  );
}

class Calls {
  private readonly host: OperationHost;
  private readonly openStreams = new Set<ServerWritableStream<unknown, unknown>>();

  /** @param close takes no more calls, and tells when those under way and their connections have ended */
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
    const calls: Record<string, Unary> = {
      StopProvider: (_, callback) => void this.stop().then((Error) => callback(null, { Error })),
    };
    for (const { name, localName } of Provider.methods) {
      if (localName === 'stopProvider') continue;
      const handler = handlers[localName as keyof typeof handlers] as Handler;
      calls[name] = (call, callback) =>
        void this.lifecycle.track(() => this.answer(name, handler, call, callback));
    }
    return calls;
  }

  /** A stream that stays open and silent. */
  public readonly stdio = (call: ServerWritableStream<unknown, unknown>): void => {
    this.openStreams.add(call);
    call.on('close', () => this.openStreams.delete(call));
  };

  public readonly shutdown: Unary = (_, callback) => {
    callback(null, {});
    // Flush the response before exiting.
    for (const stream of this.openStreams) stream.end();
    const leave = () => this.lifecycle.end('shut down');
    const timer = setTimeout(leave, SHUTDOWN_GRACE_MS);
    this.close(() => {
      clearTimeout(timer);
      leave();
    });
  };

  /** One call: whatever the provider does, the host gets an answer and the connection stays. */
  private async answer(
    name: string,
    handler: Handler,
    call: ServerUnaryCall<unknown, unknown>,
    callback: sendUnaryData<unknown>,
  ): Promise<void> {
    const cancelled = new AbortController();
    call.on('cancelled', () => cancelled.abort(new Error('the host cancelled the call')));
    const { typeName } = call.request as { readonly typeName?: string };
    const signal = AbortSignal.any([this.lifecycle.signal, cancelled.signal]);
    const operation = new Operation(this.host, name, signal, typeName);
    operation.log.trace('called');
    let answer: object = {};
    try {
      answer = await handler(call.request, operation);
    } catch (error) {
      if (error instanceof MalformedError) {
        operation.log.error(`refused: ${messageOf(error)}`);
        callback({ code: status.INVALID_ARGUMENT, details: operation.statusText(error) });
        return;
      }
      operation.fail(error);
    }
    callback(null, { ...answer, diagnostics: operation.reported });
  }

  private async stop(): Promise<string> {
    this.lifecycle.stop('Terraform asked to stop');
    try {
      await this.definition.stop?.();
      return '';
    } catch (error) {
      return this.host.secrets.redact(messageOf(error));
    }
  }
}
