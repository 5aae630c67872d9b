import { Option, type Argument } from 'commander';
import { EXIT, type ExitCode } from './errors';
import type { Session } from './session';

/** The implementation of a command, called with its parsed options and arguments. */
export type CommandAction = (
  session: Session,
  options: never,
  ...args: never[]
) => ExitCode | Promise<ExitCode>;

/** One command: the source of its parser, help text and section of docs/commands.md. */
export interface CommandDefinition {
  readonly name: string;
  /** One line, in lower case and without a full stop. */
  readonly summary: string;
  /** Paragraphs of the help text, after the summary. */
  readonly description: readonly string[];
  readonly args?: readonly Argument[];
  readonly options?: readonly Option[];
  /** Command lines, keyed by a description. */
  readonly examples: Readonly<Record<string, string>>;
  /** Meaning of each exit code, except 2 and 130, which are common to all commands. */
  readonly exitCodes: Readonly<Partial<Record<ExitCode, string>>>;
  /** Listed apart in the help: normally called by Terraform only. */
  readonly forTerraform?: boolean;
  readonly hidden?: boolean;
  /** Imports the implementation on demand, so that a command does not load the code of others. */
  readonly load: () => CommandAction | Promise<CommandAction>;
}

export const JSON_FLAG = new Option('--json', 'print the result as one line of JSON');

const COMMON_EXIT_CODES = { [EXIT.usage]: 'invalid usage or settings', [EXIT.interrupted]: 'interrupted' };

/** The end of a command's help text: examples and exit codes. */
export function helpDetails({ examples, exitCodes }: CommandDefinition): string {
  const codes = Object.entries({ ...COMMON_EXIT_CODES, ...exitCodes });
  return [
    '\nExamples:',
    ...Object.entries(examples).map(([title, line]) => `  # ${title}\n  ${line}`),
    '\nExit codes:',
    ...codes.map(([code, meaning]) => `  ${code.padEnd(5)} ${meaning}`),
  ].join('\n');
}

/** A command as data, for `help --json`. */
export function definitionJson(definition: CommandDefinition): Record<string, unknown> {
  const { args = [], options = [], examples, exitCodes, name, summary, description } = definition;
  return {
    name,
    summary,
    description,
    arguments: args.map((each) => ({
      name: each.name(),
      help: each.description,
      value: each.name(),
      required: each.required,
    })),
    options: options.map((each) => ({
      name: each.long,
      help: each.description,
      value: /[<[](.*)[>\]]/.exec(each.flags)?.[1] ?? null,
      env: each.envVar ?? null,
      required: each.mandatory,
      default: each.defaultValueDescription ?? (each.defaultValue as unknown) ?? null,
      implied: each.presetArg ?? null,
    })),
    examples: Object.entries(examples).map(([what, run]) => ({ what, run })),
    exitCodes,
  };
}
