/** One step of a path: an attribute or block name, a list index, or a map key. */
type Step = string | number | { readonly key: string };

/** A path to an attribute in a configuration. */
export type Path = readonly Step[];

/** Formats a path as in HCL: `timeouts.create`, `disks[2].size`, `tags["a b"]`. */
export function pathText(path: Path): string {
  return path
    .map((step, i) => {
      if (typeof step === 'string') return i === 0 ? step : `.${step}`;
      return typeof step === 'number' ? `[${step}]` : `[${JSON.stringify(step.key)}]`;
    })
    .join('');
}

/** An error or a warning for the user. */
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

/** A value that does not match the schema. `message` follows the attribute's name, such as "is missing". */
export class ValueError extends Error {
  public constructor(
    message: string,
    public readonly path: Path,
  ) {
    super(message);
  }
}

/** A request that violates the protocol. The RPC fails with INVALID_ARGUMENT. */
export class MalformedError extends Error {
  public constructor(message: string, cause?: unknown) {
    super(message, { cause });
  }
}

/** The message of a thrown value. */
export function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'unknown error';
  }
}

/** Collects the diagnostics of one RPC. The RPC has failed if one of them is an error. */
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
