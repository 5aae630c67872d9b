import { parseArgs } from 'node:util';
import { oneLine } from '../zec/errors';
import { quote } from '../zec/ids';
import type { Command, Invocation } from './command';
import { COMMON, flagName } from './options';
import type { Option, Options } from './options';
import { UsageError } from './usage-error';

type Environment = Readonly<Record<string, string | undefined>>;

/** What follows the name of a command, read. */
export type Parsed =
  | { readonly help: true }
  | {
      readonly help: false;
      readonly invocation: Invocation<Options, Options>;
      readonly json: boolean;
      readonly noColor: boolean;
    };

/**
 * Reads what follows a command's name, as its definition says. Values that are not given come from the environment,
 * which is how the local-exec runner passes them, else from the defaults.
 * @throws UsageError
 */
export function parseInvocation(command: Command, argv: readonly string[], env: Environment): Parsed {
  const options: Options = { ...command.options, ...COMMON };
  const { values, positionals } = split(command, options, argv);
  if (values.help === true) return { help: true };
  const args = Object.entries(command.args ?? {});
  const extra = positionals[args.length];
  if (extra !== undefined) throw new UsageError(`${command.name} takes no further argument ${quote(extra)}`);
  const given = new Set<string>();
  const read = ([key, option]: [string, Option], value: string | boolean | undefined, label: string) => {
    if (value !== undefined) given.add(key);
    return [key, valueOf(command, option, value, label, env)] as const;
  };
  const invocation = {
    options: Object.fromEntries(
      Object.entries(command.options).map((entry) =>
        read(entry, values[flagName(entry[0]).slice(2)], flagName(entry[0])),
      ),
    ),
    args: Object.fromEntries(
      args.map((entry, index) => read(entry, positionals[index], entry[1].value ?? entry[0])),
    ),
    given,
  };
  return {
    help: false,
    invocation,
    json: invocation.options.json === true,
    noColor: values['no-color'] === true,
  };
}

interface Split {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
}

function split(command: Command, options: Options, argv: readonly string[]): Split {
  // As Terraform calls it: nothing to parse, and so no parser to load.
  if (argv.length === 0) return { values: {}, positionals: [] };
  const config = Object.entries(options).map(([key, { value, short }]) => [
    flagName(key).slice(2),
    { type: value === undefined ? 'boolean' : 'string', ...(short === undefined ? {} : { short }) } as const,
  ]);
  try {
    return parseArgs({
      args: withImplied(argv, options),
      options: Object.fromEntries(config) as Record<string, { type: 'string' | 'boolean' }>,
      strict: true,
      allowPositionals: command.args !== undefined,
    });
  } catch (error) {
    // The parser's first sentence names the argument; the rest is advice about positional arguments.
    const [first = ''] = (error as Error).message.split(/\. |\n/);
    throw new UsageError(oneLine(first).slice(0, 200), { cause: error });
  }
}

/** Gives an option that may stand alone its value where it does. */
function withImplied(argv: readonly string[], options: Options): string[] {
  const implied = new Map(
    Object.entries(options).flatMap(([key, option]) =>
      option.implied === undefined ? [] : [[flagName(key), option.implied] as const],
    ),
  );
  return argv.map((word, index) => {
    const value = implied.get(word);
    const next = argv[index + 1];
    return value === undefined || (next !== undefined && !next.startsWith('-')) ? word : `${word}=${value}`;
  });
}

function valueOf(
  command: Command,
  option: Option,
  value: string | boolean | undefined,
  label: string,
  env: Environment,
): unknown {
  if (option.value === undefined) return value === true;
  const found = value ?? (option.env === undefined ? undefined : env[option.env]);
  if (typeof found === 'string' && found !== '') return option.parse(found);
  if (option.required === true) throw missing(command, option, label);
  return option.default === undefined ? undefined : option.parse(option.default);
}

function missing(command: Command, option: Option, label: string): UsageError {
  if (option.env !== undefined) {
    return new UsageError(`${label} is missing, and ${option.env} is not set`);
  }
  const shown = label.startsWith('--') ? `${label} ${option.value ?? ''}` : label;
  return new UsageError(`${command.name} needs ${shown}: ${option.help}`);
}
