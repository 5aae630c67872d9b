import { Option } from 'commander';
import type { Argument } from 'commander';
import { EXIT } from './errors';
import type { ExitCode } from './errors';
import type { Session } from './session';

/** What a command does, with the values of its options and arguments. */
export type Run = (session: Session, options: never, ...args: never[]) => Promise<ExitCode>;

/** One command. Its parser, its help, its completion and its part of docs/commands.md all come from this. */
export interface Definition {
  readonly name: string;
  /** What it does, in one line that follows its name. */
  readonly summary: string;
  /** Paragraphs. */
  readonly description: readonly string[];
  readonly args?: readonly Argument[];
  readonly options?: readonly Option[];
  /** Command lines by what they do. */
  readonly examples: Readonly<Record<string, string>>;
  /** What its exit codes mean, apart from 2 and 130, which mean the same everywhere. */
  readonly exitCodes: Readonly<Partial<Record<ExitCode, string>>>;
  /** Only Terraform calls it, as a rule. */
  readonly forTerraform?: boolean;
  readonly hidden?: boolean;
  /** Loads what it does: no command pays for the start-up of another. */
  readonly load: () => Promise<Run>;
}

/** Of almost every command. */
export const JSON_FLAG = new Option('--json', 'print the result as one line of JSON');

const COMMON_EXIT_CODES = { [EXIT.usage]: 'wrong usage or settings', [EXIT.interrupted]: 'interrupted' };

/** What stands at the end of a command's help: examples and exit codes. */
export function detailsOf({ examples, exitCodes }: Definition): string {
  const codes = Object.entries({ ...COMMON_EXIT_CODES, ...exitCodes });
  return [
    '\nExamples:',
    ...Object.entries(examples).map(([what, line]) => `  # ${what}\n  ${line}`),
    '\nExit codes:',
    ...codes.map(([code, meaning]) => `  ${code.padEnd(5)} ${meaning}`),
  ].join('\n');
}

/** A command as data, for tools that want to know what there is. */
export function forMachines(definition: Definition): Record<string, unknown> {
  const { args = [], options = [], examples, exitCodes, name, summary, description } = definition;
  return {
    name,
    summary,
    description,
    arguments: args.map((each) => ({
      name: each.name(),
      help: each.description,
      value: each.name(),
      env: null,
      short: null,
      required: each.required,
      default: null,
      implied: null,
    })),
    options: options.map((each) => ({
      name: each.long,
      help: each.description,
      value: /[<[](.*)[>\]]/.exec(each.flags)?.[1] ?? null,
      env: each.envVar ?? null,
      short: each.short ?? null,
      required: each.mandatory,
      default: each.defaultValueDescription ?? (each.defaultValue as unknown) ?? null,
      implied: each.presetArg ?? null,
    })),
    examples: Object.entries(examples).map(([what, run]) => ({ what, run })),
    exitCodes,
  };
}
