import { decodeValue, encodeValue } from './codec';
import { DiagnosticError, Diagnostics, MalformedError, messageOf, type Diagnostic } from './diagnostics';
import { createLogger, Secrets, type Logger, type LogSink } from './log';
import {
  diagnosticToProto,
  type ListEvent,
  type ProviderMethod,
  type Request,
  type Response,
} from './protocol';
import type { Context } from './provider';
import { schemaType, secretsIn, type Schema } from './schema';
import { isObject, type ObjectValue } from './values';

/** An encoded value, as `tfplugin6.DynamicValue`. */
export interface DynamicValue {
  readonly msgpack: Uint8Array;
}

/** A handler for each RPC of `tfplugin6.Provider`. It throws errors; the caller turns them into diagnostics. */
export type RpcHandlers = {
  readonly [M in Exclude<ProviderMethod, 'stopProvider' | 'listResource'>]: (
    request: Request<M>,
    rpc: RpcContext,
  ) => Response<M> | Promise<Response<M>>;
} & {
  readonly listResource: (request: Request<'listResource'>, rpc: RpcContext) => AsyncIterable<ListEvent>;
};

/** What all RPCs of a process share. */
export interface ServerContext {
  readonly sink: LogSink;
  /** Secrets of the provider configuration. */
  readonly secrets: Secrets;
  readonly describeError: ((error: unknown) => Omit<Diagnostic, 'severity'> | undefined) | undefined;
}

/**
 * The context of one RPC: logger and diagnostics, decoding and encoding of values, conversion of errors. Secrets in the
 * values that it decoded or encoded are redacted from its log lines and diagnostics.
 */
export class RpcContext implements Context {
  public readonly diagnostics = new Diagnostics();
  public readonly log: Logger;
  private readonly secrets: Secrets;

  public constructor(
    private readonly host: ServerContext,
    private readonly name: string,
    public readonly signal: AbortSignal,
    resourceType?: string,
  ) {
    this.secrets = new Secrets(host.secrets);
    this.log = createLogger(host.sink, this.secrets, { tf_rpc: name, tf_resource_type: resourceType });
  }

  /** The context of a provider method: this one, without the RPC, and `more`. */
  public with<T>(more: T): Context & T {
    const { signal, log, diagnostics } = this;
    return { signal, log, diagnostics, ...more };
  }

  /** Decodes an object that matches a schema. @throws MalformedError when it does not match */
  public decode(schema: Schema, dynamic: DynamicValue | undefined): ObjectValue | null {
    const value = decodeValue(schemaType(schema), dynamic?.msgpack ?? new Uint8Array());
    if (value !== null && !isObject(value)) throw new MalformedError('a value is not an object');
    this.secrets.add(secretsIn(schema.attributes, value));
    return value;
  }

  /** Like `decode`, but null is malformed too. */
  public decodeRequired(schema: Schema, dynamic: DynamicValue | undefined): ObjectValue {
    const value = this.decode(schema, dynamic);
    if (value === null) throw new MalformedError('a value is null');
    return value;
  }

  /** Encodes an object that a provider returned, whose type is that of the schema. */
  public encode(schema: Schema, returned: unknown): DynamicValue {
    const value = returned as ObjectValue | null;
    this.secrets.add(secretsIn(schema.attributes, value));
    return { msgpack: encodeValue(value) };
  }

  /** Adds an error diagnostic for a thrown value. */
  public addError(error: unknown): void {
    this.diagnostics.all.push({ severity: 'error', ...this.describe(error) });
  }

  public get diagnosticMessages(): readonly ReturnType<typeof diagnosticToProto>[] {
    return this.diagnostics.all.map((diagnostic) => diagnosticToProto(diagnostic, this.secrets.redact));
  }

  private describe(error: unknown): Omit<Diagnostic, 'severity'> {
    if (error instanceof DiagnosticError) {
      return { summary: error.message, detail: error.detail, path: error.path };
    }
    const known = this.host.describeError?.(error);
    if (known !== undefined) return known;
    const { signal } = this;
    const isReason = (thrown: unknown) => signal.aborted && thrown === signal.reason;
    if (isReason(error) || (error instanceof Error && isReason(error.cause))) {
      return { summary: 'Interrupted', detail: `${messageOf(signal.reason)}.` };
    }
    const stack = error instanceof Error ? error.stack : undefined;
    this.log.error(`unexpected error: ${messageOf(error)}`, { stack });
    return {
      summary: `Unexpected error in ${this.name}`,
      detail: `${messageOf(error)}\n\nThis is a bug in the provider. Run with TF_LOG=ERROR to see the stack trace in Terraform's log.`,
    };
  }
}
