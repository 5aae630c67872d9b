import { decodeValue, encodeValue } from './codec';
import { DiagnosticError, Diagnostics, MalformedError, messageOf, pathText, ValueError } from './diagnostics';
import type { Diagnostic } from './diagnostics';
import { createLogger, Secrets } from './log';
import type { Logger, LogSink } from './log';
import { diagnosticToProto } from './protocol';
import type { ProviderMethod, Request, Response } from './protocol';
import type { Context } from './provider';
import { schemaType, secretsIn } from './schema';
import type { Schema } from './schema';
import { hasUnknown, isObject } from './values';
import type { ObjectValue, Value } from './values';

/** In characters. A gRPC status is sent in a header, whose size is limited. */
const MAX_STATUS = 1000;

/** An encoded value, as `tfplugin6.DynamicValue`. */
interface DynamicValue {
  readonly msgpack: Uint8Array;
}

/** A handler for each RPC of `tfplugin6.Provider`. It throws errors; the caller turns them into diagnostics. */
export type Handlers = {
  readonly [M in Exclude<ProviderMethod, 'stopProvider'>]: (
    request: Request<M>,
    rpc: RpcContext,
  ) => Response<M> | Promise<Response<M>>;
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

  /**
   * Decodes an object that matches a schema.
   * @param what the object's name in errors
   * @throws MalformedError when it is missing or does not match
   */
  public decode(schema: Schema, dynamic: DynamicValue | undefined, what: string): ObjectValue | null {
    if (dynamic === undefined || dynamic.msgpack.length === 0) throw new MalformedError(`${what} is missing`);
    const value = decodeValue(schemaType(schema), dynamic.msgpack);
    if (value !== null && !isObject(value)) throw new MalformedError(`${what} is not an object`);
    this.secrets.add(secretsIn(schema.attributes, value));
    return value;
  }

  /** Like `decode`, but null is malformed too. */
  public decodePresent(schema: Schema, dynamic: DynamicValue | undefined, what: string): ObjectValue {
    const value = this.decode(schema, dynamic, what);
    if (value === null) throw new MalformedError(`${what} is null`);
    return value;
  }

  /**
   * Encodes a state that a provider returned or that was stored.
   * @throws ValueError naming the attribute that does not match the schema or is unknown
   */
  public encodeState(schema: Schema, returned: unknown): DynamicValue {
    const state = returned as Value;
    if (!isObject(state)) throw new ValueError('is not an object', []);
    this.secrets.add(secretsIn(schema.attributes, state));
    const unknown = Object.keys(state).find((name) => hasUnknown(state[name] ?? null));
    if (unknown !== undefined) throw new ValueError('is unknown', [unknown]);
    return toDynamicValue(schema, state);
  }

  /** The message of an error for a gRPC status: truncated, redacted, and without unpaired surrogates. */
  public statusText(error: unknown): string {
    return Buffer.from(this.secrets.redact(messageOf(error)).slice(0, MAX_STATUS)).toString();
  }

  /** Adds an error diagnostic for a thrown value. Never throws. */
  public fail(error: unknown): void {
    if (error instanceof AggregateError && error.errors.length > 0) {
      for (const each of error.errors.slice(0, 20) as unknown[]) this.fail(each);
      return;
    }
    this.diagnostics.add({ severity: 'error', ...this.describe(error) });
  }

  /** The diagnostics as protocol messages. */
  public get reported(): readonly ReturnType<typeof diagnosticToProto>[] {
    return this.diagnostics.all.map((diagnostic) => diagnosticToProto(diagnostic, this.secrets.redact));
  }

  private describe(error: unknown): Omit<Diagnostic, 'severity'> {
    if (error instanceof DiagnosticError) {
      return { summary: error.message, detail: error.detail, path: error.path };
    }
    if (error instanceof ValueError) {
      return {
        summary: 'The provider returned a value that does not match its schema',
        detail: `${pathText(error.path) || 'The value'} ${error.message}. This is a bug in the provider.`,
        path: error.path,
      };
    }
    try {
      const known = this.host.describeError?.(error);
      if (known !== undefined) return known;
    } catch (second) {
      this.logUnexpected(second);
    }
    this.logUnexpected(error);
    return {
      summary: `Unexpected error in ${this.name}`,
      detail: `${messageOf(error)}\n\nThis is a bug in the provider. Run with TF_LOG=ERROR to see the stack trace in Terraform's log.`,
    };
  }

  private logUnexpected(error: unknown): void {
    const stack = error instanceof Error ? error.stack : undefined;
    this.log.error(`unexpected error: ${messageOf(error)}`, { stack });
  }
}

/**
 * Encodes an object that matches a schema.
 * @throws ValueError naming the attribute that does not match
 */
export function toDynamicValue(schema: Schema, value: ObjectValue | null): DynamicValue {
  return { msgpack: encodeValue(schemaType(schema), value) };
}
