/** A path to an attribute in a configuration: names of attributes and blocks, and map keys. */
export type Path = readonly (string | { readonly key: string })[];

export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  /** One short sentence without a full stop. */
  readonly summary: string;
  /** The reason and the next step. */
  readonly detail?: string | undefined;
  /** The attribute concerned. Terraform then quotes its line of the configuration. */
  readonly path?: Path | undefined;
}

/** An error that a provider method throws to fail with this diagnostic. */
export class DiagnosticError extends Error {
  public override readonly name = 'DiagnosticError';
  public readonly detail: string | undefined;
  public readonly path: Path | undefined;

  public constructor(summary: string, options: { detail?: string; path?: Path; cause?: unknown } = {}) {
    super(summary, options.cause === undefined ? {} : { cause: options.cause });
    this.detail = options.detail;
    this.path = options.path;
  }
}

/** A value or a stored state that is not of the expected form. */
export class MalformedError extends Error {
  public constructor(message: string, cause?: unknown) {
    super(message, { cause });
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Collects the diagnostics of one RPC, which has failed if one of them is an error. */
export class Diagnostics {
  public readonly all: Diagnostic[] = [];

  public error(summary: string, detail?: string, path?: Path): void {
    this.all.push({ severity: 'error', summary, detail, path });
  }

  public warning(summary: string, detail?: string, path?: Path): void {
    this.all.push({ severity: 'warning', summary, detail, path });
  }
}
