import { Diagnostics, DiagnosticError, toWire, ValueError } from './diagnostics';
import type { Diagnostic } from './diagnostics';
import { createLogger, Secrets } from './log';
import type { Logger, LogFields, LogSink } from './log';
import type { Context } from './provider';
import type { WireDiagnostic } from './wire/messages';

/** A status travels in a header, and headers are small. */
const MAX_STATUS = 1000;

type Describe = (error: unknown) => Omit<Diagnostic, 'severity'> | undefined;

/** What all operations of a process share. */
export interface OperationHost {
  readonly sink: LogSink;
  /** Secrets of the provider's own settings. */
  readonly secrets: Secrets;
  readonly describeError: Describe | undefined;
}

/** One RPC being served: what a provider's method is given, and how its errors are told to Terraform. */
export class Operation implements Context {
  public readonly diagnostics = new Diagnostics();
  public readonly log: Logger;
  private readonly secrets: Secrets;

  public constructor(
    private readonly host: OperationHost,
    private readonly name: string,
    public readonly signal: AbortSignal,
    fields: LogFields = {},
  ) {
    this.secrets = new Secrets(host.secrets);
    this.log = createLogger(host.sink, this.secrets, { tf_rpc: name, ...fields });
  }

  /** Keeps texts out of this operation's log lines and diagnostics. */
  public hide(secrets: readonly string[]): void {
    this.secrets.add(secrets);
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

  public get wireDiagnostics(): readonly Partial<WireDiagnostic>[] {
    return this.diagnostics.all.map((diagnostic) => toWire(diagnostic, this.secrets.redact));
  }

  private describe(error: unknown): Omit<Diagnostic, 'severity'> {
    if (error instanceof DiagnosticError) {
      return { summary: error.message, detail: error.detail, path: error.path };
    }
    if (error instanceof ValueError) {
      const detail = `${error.where} ${error.message}. This is a bug of the provider.`;
      return {
        summary: 'The provider returned a value that does not fit its schema',
        detail,
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
    this.log.error(`unexpected error: ${messageOf(error)}`, {
      stack: error instanceof Error ? error.stack : undefined,
    });
  }
}

/** Whatever was thrown, as text. */
export function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'an error that has no text';
  }
}
