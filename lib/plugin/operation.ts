import { decodeValue, encodeValue } from './codec';
import { DiagnosticError, Diagnostics, MalformedError, messageOf, pathText, ValueError } from './diagnostics';
import type { Diagnostic } from './diagnostics';
import { createLogger, Secrets } from './log';
import type { Logger, LogSink } from './log';
import { diagnosticToProto } from './protocol';
import type { Context } from './provider';
import { schemaType, secretsIn } from './schema';
import type { Schema } from './schema';
import { hasUnknown, isObject } from './values';
import type { ObjectValue, Value } from './values';

/** A status travels in a header, and headers are small. */
const MAX_STATUS = 1000;

/** A value as it travels. */
interface Packed {
  readonly msgpack: Uint8Array;
}

/** What all operations of a process share. */
export interface OperationHost {
  readonly sink: LogSink;
  /** Secrets of the provider's own settings. */
  readonly secrets: Secrets;
  readonly describeError: ((error: unknown) => Omit<Diagnostic, 'severity'> | undefined) | undefined;
}

/**
 * One RPC being served: what a provider's method is given, how values are read and written, and how errors are told to
 * Terraform. Secrets among the values that it read or wrote are kept out of its log lines and diagnostics.
 */
export class Operation implements Context {
  public readonly diagnostics = new Diagnostics();
  public readonly log: Logger;
  private readonly secrets: Secrets;

  public constructor(
    private readonly host: OperationHost,
    private readonly name: string,
    public readonly signal: AbortSignal,
    resourceType?: string,
  ) {
    this.secrets = new Secrets(host.secrets);
    this.log = createLogger(host.sink, this.secrets, { tf_rpc: name, tf_resource_type: resourceType });
  }

  /**
   * Reads an object that a schema describes.
   *
   * @param what names it in errors
   * @throws MalformedError when there is no such object
   */
  public decode(schema: Schema, packed: Packed | undefined, what: string): ObjectValue | null {
    if (packed === undefined || packed.msgpack.length === 0) throw new MalformedError(`${what} is missing`);
    const value = decodeValue(schemaType(schema), packed.msgpack);
    if (value !== null && !isObject(value)) throw new MalformedError(`${what} is not an object`);
    this.secrets.add(secretsIn(schema, value));
    return value;
  }

  /** Like `decode`, where null will not do. */
  public decodePresent(schema: Schema, packed: Packed | undefined, what: string): ObjectValue {
    const value = this.decode(schema, packed, what);
    if (value === null) throw new MalformedError(`${what} is null`);
    return value;
  }

  /**
   * Writes a state that a provider returned, or that was stored.
   *
   * @throws ValueError naming the attribute that does not fit, or is unknown.
   */
  public encodeState(schema: Schema, returned: unknown): Packed {
    const state = returned as Value;
    if (!isObject(state)) throw new ValueError('is not an object', []);
    this.secrets.add(secretsIn(schema, state));
    const unknown = Object.keys(state).find((name) => hasUnknown(state[name] ?? null));
    if (unknown !== undefined) throw new ValueError('is unknown', [unknown]);
    return pack(schema, state);
  }

  /** What was thrown, fit for a gRPC status: short, without secrets, and without halves of characters. */
  public statusText(error: unknown): string {
    return Buffer.from(this.secrets.redact(messageOf(error)).slice(0, MAX_STATUS)).toString();
  }

  /** Adds what was thrown as an error diagnostic. Never throws. */
  public fail(error: unknown): void {
    if (error instanceof AggregateError && error.errors.length > 0) {
      for (const part of error.errors.slice(0, 20) as unknown[]) this.fail(part);
      return;
    }
    this.diagnostics.add({ severity: 'error', ...this.describe(error) });
  }

  /** The diagnostics as they are sent. */
  public get reported(): readonly ReturnType<typeof diagnosticToProto>[] {
    return this.diagnostics.all.map((diagnostic) => diagnosticToProto(diagnostic, this.secrets.redact));
  }

  private describe(error: unknown): Omit<Diagnostic, 'severity'> {
    if (error instanceof DiagnosticError) {
      return { summary: error.message, detail: error.detail, path: error.path };
    }
    if (error instanceof ValueError) {
      return {
        summary: 'The provider returned a value that does not fit its schema',
        detail: `${pathText(error.path) || 'The value'} ${error.message}. This is a bug of the provider.`,
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
      detail: `${messageOf(error)}\n\nThis is a bug of the provider. With TF_LOG=ERROR, Terraform's log shows where it happened.`,
    };
  }

  private logUnexpected(error: unknown): void {
    const stack = error instanceof Error ? error.stack : undefined;
    this.log.error(`unexpected error: ${messageOf(error)}`, { stack });
  }
}

/**
 * Writes an object that a schema describes.
 *
 * @throws ValueError naming the attribute that does not fit.
 */
export function pack(schema: Schema, value: ObjectValue | null): Packed {
  return { msgpack: encodeValue(schemaType(schema), value) };
}
