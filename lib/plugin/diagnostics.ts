import { pathText } from './path';
import type { Path } from './path';
import type { WireDiagnostic, WirePath } from './wire/messages';

/** Something a person should know about an operation: an error, after which it has failed, or a warning. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** What went wrong, in one short sentence without a full stop. */
  readonly summary: string;
  /** Why, and what to do about it. */
  readonly detail?: string | undefined;
  /** The attribute it is about; Terraform then shows the line of the configuration. */
  readonly path?: Path | undefined;
}

/** Throw this from any method of a provider to fail with exactly this diagnostic. */
export class DiagnosticError extends Error {
  public readonly detail: string | undefined;
  public readonly path: Path | undefined;

  public constructor(summary: string, options: { detail?: string; path?: Path; cause?: unknown } = {}) {
    super(summary, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'DiagnosticError';
    this.detail = options.detail;
    this.path = options.path;
  }
}

/** A value that does not fit the schema. `message` continues the attribute's name: "is missing". */
export class ValueError extends Error {
  public constructor(
    message: string,
    public readonly path: Path,
  ) {
    super(message);
    this.name = 'ValueError';
  }

  public get where(): string {
    return this.path.length === 0 ? 'The value' : pathText(this.path);
  }
}

/** Collects the diagnostics of one operation. An operation with an error among them has failed. */
export class Diagnostics {
  private readonly list: Diagnostic[] = [];

  public get all(): readonly Diagnostic[] {
    return this.list;
  }

  public get failed(): boolean {
    return this.list.some((diagnostic) => diagnostic.severity === 'error');
  }

  public add(diagnostic: Diagnostic): void {
    this.list.push(diagnostic);
  }

  public error(summary: string, detail?: string, path?: Path): void {
    this.add({ severity: 'error', summary, detail, path });
  }

  public warning(summary: string, detail?: string, path?: Path): void {
    this.add({ severity: 'warning', summary, detail, path });
  }
}

const MAX_TEXT = 16_384;

/** A diagnostic as it goes over the wire; `redact` takes secrets out of its texts. */
export function toWire(diagnostic: Diagnostic, redact: (text: string) => string): Partial<WireDiagnostic> {
  const clean = (text: string) => redact(text).slice(0, MAX_TEXT);
  return {
    severity: diagnostic.severity === 'error' ? 1 : 2,
    summary: clean(diagnostic.summary),
    detail: clean(diagnostic.detail ?? ''),
    ...(diagnostic.path === undefined ? {} : { attribute: pathToWire(diagnostic.path) }),
  };
}

export function pathToWire(path: Path): WirePath {
  return {
    steps: path.map((step) => ({
      attributeName: typeof step === 'string' ? step : undefined,
      elementKeyInt: typeof step === 'number' ? step : undefined,
      elementKeyString: typeof step === 'object' ? step.key : undefined,
    })),
  };
}
