/** One step into a value: an attribute's or block's name, the index of a list element, or the key of a map element. */
type Step = string | number | { readonly key: string };

/** Where in a resource's or provider's configuration something is. */
export type Path = readonly Step[];

/** A path as a person would write it: `timeouts.create`, `disks[2].size`, `tags["a b"]`. */
export function pathText(path: Path): string {
  return path
    .map((step, i) => {
      if (typeof step === 'string') return i === 0 ? step : `.${step}`;
      return typeof step === 'number' ? `[${step}]` : `[${JSON.stringify(step.key)}]`;
    })
    .join('');
}

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
  public override readonly name = 'DiagnosticError';
  public readonly detail: string | undefined;
  public readonly path: Path | undefined;

  public constructor(summary: string, options: { detail?: string; path?: Path; cause?: unknown } = {}) {
    super(summary, options.cause === undefined ? {} : { cause: options.cause });
    this.detail = options.detail;
    this.path = options.path;
  }
}

/** A value that does not fit the schema. `message` continues the attribute's name: "is missing". */
export class ValueError extends Error {
  public override readonly name = 'ValueError';

  public constructor(
    message: string,
    public readonly path: Path,
  ) {
    super(message);
  }
}

/** Bytes that are not what the protocol says: the call is answered INVALID_ARGUMENT, and nothing else happens. */
export class MalformedError extends Error {
  public override readonly name = 'MalformedError';

  public constructor(message: string, cause?: unknown) {
    super(message, { cause });
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
