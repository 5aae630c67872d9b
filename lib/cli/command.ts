import type { ZecSettings } from '../zec/settings';
import type { ExitCode } from './exit-codes';
import type { Options, Values } from './options';
import type { Streams } from './output';

/** What a command finds around it while it runs. */
export interface Session extends Streams {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeDir: string;
  /** Aborts on the first SIGINT, SIGTERM or SIGHUP; a second one ends the process at once. */
  readonly signal: AbortSignal;
  /** What stdout is now: a terminal changes its size. */
  readonly screen: Screen;
  /**
   * The settings, with a warning on stderr where one is due. From then on whatever is written is free of their secrets.
   * @throws SettingsError
   */
  settings(): ZecSettings;
  /** Keeps the secrets of these settings out of whatever is written from now on. */
  protect(settings: ZecSettings): void;
  /** Every command there is, in the order of the help text. */
  commands(): Promise<readonly Command[]>;
}

/** What stdout is. */
export interface Screen {
  readonly isTerminal: boolean;
  /** Characters in a line; `undefined` where lines may be of any length. */
  readonly columns: number | undefined;
  /** Lines of a terminal. */
  readonly rows: number;
  readonly color: boolean;
}

export interface Invocation<O extends Options, A extends Options> {
  readonly options: Values<O>;
  readonly args: Values<A>;
  /** The options that the command line itself gives, and not the environment or a default. */
  readonly given: ReadonlySet<string>;
}

export interface Example {
  readonly what: string;
  /** The command line. */
  readonly run: string;
}

/**
 * One command. Parsing, help, completion and the page in docs/commands all come from this definition. Its file is
 * loaded only when the command runs or is described, so that no command pays for another's start-up.
 */
export interface Command<O extends Options = Options, A extends Options = Options> {
  readonly name: string;
  /** What it does, in one line that follows its name. */
  readonly summary: string;
  /** Paragraphs. */
  readonly description: readonly string[];
  /** The values that stand without a name, in their order. */
  readonly args?: A;
  readonly options: O;
  readonly examples: readonly Example[];
  /** What its exit codes mean, apart from 2 and 130, which mean the same everywhere. */
  readonly exitCodes: Readonly<Partial<Record<ExitCode, string>>>;
  /** Whether it reads the settings, which its page then lists. */
  readonly usesSettings?: boolean;
  /** @throws UsageError, SettingsError, ZecError, OperationError */
  run(invocation: Invocation<O, A>, session: Session): Promise<ExitCode>;
}

/** Defines a command; `run` gets the values of its options with their types. */
export function command<const O extends Options, const A extends Options = Options>(
  definition: Command<O, A>,
): Command {
  return definition;
}
