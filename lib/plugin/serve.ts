import { Server, ServerCredentials, status } from '@grpc/grpc-js';
import type { sendUnaryData, ServerUnaryCall, UntypedServiceImplementation } from '@grpc/grpc-js';
import { createIdentity } from './certificate';
import { HandshakeError, handshakeLine, hostCertificate, privateSocket } from './handshake';
import { levelFrom, Secrets } from './log';
import { messageOf, Operation } from './operation';
import type { OperationHost } from './operation';
import type { ProviderDefinition } from './provider';
import { createHandlers } from './provider-service';
import type { Schema } from './schema';
import { MalformedError } from './wire/message';
import { PROVIDER_METHODS } from './wire/messages';
import type { ProviderMethod } from './wire/messages';
import { CONTROLLER_SERVICE, PROVIDER_SERVICE, STDIO_SERVICE } from './wire/service';

const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
const PARENT_CHECK_MS = 1_000;
/** How long running operations have to end after this process was told to. */
const LINGER_MS = 2_000;

type Unary = (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) => void;

/**
 * Serves a provider to the Terraform that started this process, until Terraform says so or is gone.
 * Without Terraform it tells the person, and ends with exit code 1.
 */
export async function serve<S extends Schema, C>(provider: ProviderDefinition<S, C>): Promise<void> {
  try {
    await new PluginProcess(provider).start();
  } catch (error) {
    if (!(error instanceof HandshakeError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

class PluginProcess {
  private readonly stopping = new AbortController();
  private readonly server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
  });
  private readonly host: OperationHost;
  private running = 0;
  private leave: () => void = () => undefined;

  public constructor(private readonly provider: ProviderDefinition) {
    this.host = {
      sink: {
        write: (line) => process.stderr.write(line),
        level: levelFrom(process.env),
        module: provider.name,
      },
      secrets: new Secrets(),
      describeError: provider.describeError?.bind(provider),
    };
  }

  public async start(): Promise<void> {
    const peer = hostCertificate(process.env);
    const identity = createIdentity();
    const socket = privateSocket();
    this.leave = () => {
      socket.remove();
      process.exit(0);
    };
    this.server.addService(PROVIDER_SERVICE, this.providerCalls());
    this.server.addService(CONTROLLER_SERVICE, { Shutdown: this.shutdown });
    // A stream that stays open and silent.
    this.server.addService(STDIO_SERVICE, { StreamStdio: () => undefined });
    const keys = [
      { private_key: Buffer.from(identity.privateKeyPem), cert_chain: Buffer.from(identity.certificatePem) },
    ];
    const credentials = ServerCredentials.createSsl(Buffer.from(peer), keys, true);
    await new Promise<void>((resolve, reject) => {
      this.server.bindAsync(`unix:${socket.path}`, credentials, (error) =>
        error === null ? resolve() : reject(error),
      );
    });
    this.watchForTheEnd();
    process.stdout.write(handshakeLine(socket.path, identity.certificateDer));
  }

  private providerCalls(): UntypedServiceImplementation {
    const handlers = createHandlers(this.provider, this.host.secrets);
    const calls: Record<string, Unary> = {
      StopProvider: (_, callback) => void this.stop().then((error) => callback(null, { error })),
    };
    for (const name of Object.keys(PROVIDER_METHODS) as ProviderMethod[]) {
      if (name === 'StopProvider') continue;
      const handler = handlers[name] as (request: unknown, operation: Operation) => Promise<object>;
      calls[name] = (call, callback) => void this.answer(name, handler, call, callback);
    }
    return calls;
  }

  /** One call: whatever the provider does, the host gets an answer and the connection stays. */
  private async answer(
    name: ProviderMethod,
    handler: (request: unknown, operation: Operation) => Promise<object>,
    call: ServerUnaryCall<unknown, unknown>,
    callback: sendUnaryData<unknown>,
  ): Promise<void> {
    const cancelled = new AbortController();
    call.on('cancelled', () => cancelled.abort(new Error('the host cancelled the call')));
    const { typeName } = call.request as { readonly typeName?: string };
    const signal = AbortSignal.any([this.stopping.signal, cancelled.signal]);
    const operation = new Operation(this.host, name, signal, { tf_resource_type: typeName });
    this.running += 1;
    try {
      operation.log.trace('called');
      const answer = await this.settled(handler, call.request, operation);
      callback(null, { ...answer, diagnostics: operation.wireDiagnostics });
    } catch (error) {
      operation.log.error(`refused: ${messageOf(error)}`);
      callback({ code: status.INVALID_ARGUMENT, details: operation.statusText(error) });
    } finally {
      this.running -= 1;
    }
  }

  /** @throws MalformedError only: that is the host's fault, and everything else is a diagnostic. */
  private async settled(
    handler: (request: unknown, operation: Operation) => Promise<object>,
    request: unknown,
    operation: Operation,
  ): Promise<object> {
    try {
      return await handler(request, operation);
    } catch (error) {
      if (error instanceof MalformedError) throw error;
      operation.fail(error);
      return {};
    }
  }

  private async stop(): Promise<string> {
    this.stopping.abort(new Error('Terraform asked to stop'));
    try {
      await this.provider.stop?.();
      return '';
    } catch (error) {
      return this.host.secrets.redact(messageOf(error));
    }
  }

  private readonly shutdown: Unary = (_, callback) => {
    callback(null, {});
    // The answer has to leave first.
    setTimeout(() => this.end('shut down'), 10);
  };

  private watchForTheEnd(): void {
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) this.end('Terraform is gone');
    }, PARENT_CHECK_MS).unref();
    // Ctrl-C reaches the whole process group; Terraform then tells its plugins what to do.
    process.on('SIGINT', () => undefined);
    process.on('SIGTERM', () => this.end('received SIGTERM'));
    process.on('SIGHUP', () => this.end('received SIGHUP'));
  }

  /** Stops what runs, and ends this process as soon as nothing does, or when that takes too long. */
  private end(reason: string): void {
    if (!this.stopping.signal.aborted) this.stopping.abort(new Error(reason));
    const giveUpAt = Date.now() + LINGER_MS;
    const check = () => {
      if (this.running === 0 || Date.now() >= giveUpAt) this.leave();
      else setTimeout(check, 20);
    };
    check();
  }
}
