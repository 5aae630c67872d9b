import { createProgram, parse } from '../../lib/cli/program';

/** A parsed command line. */
export interface CommandLine {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly args: readonly unknown[];
}

/** Parses a command line in this environment. The result is `undefined` if the parser prints a help text. */
export async function parsed(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandLine | undefined> {
  const before = process.env;
  process.env = { ...env };
  let result: CommandLine | undefined;
  const program = createProgram(
    ({ name }, options, args) => {
      result = { name, options, args };
      return Promise.resolve();
    },
    () => undefined,
  );
  try {
    await parse(program, argv);
  } finally {
    process.env = before;
  }
  return result;
}

/** The help text of a command, or of `zec-nic` itself. */
export async function helpText(...argv: readonly string[]): Promise<string> {
  let text = '';
  const program = createProgram(undefined, (part) => {
    text += part;
  });
  await parse(program, [...argv, '--help']);
  return text;
}
