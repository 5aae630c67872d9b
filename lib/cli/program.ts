import { Argument, Command, CommanderError } from 'commander';
import { toSingleLine } from '../zec/errors';
import { definitionJson, helpDetails, JSON_FLAG, type CommandDefinition } from './definition';
import { DEFINITIONS } from './definitions';
import { EXIT, UsageError, type ExitCode } from './errors';
import type { Session } from './session';

const HELP_WIDTH = 110;
const VERSION = process.env.ZEC_PACKAGE_VERSION ?? 'unbuilt';

const ABOUT = `
Results go to stdout and progress to stderr. --json prints one line of JSON. IDs and the timeout may be set in
ZEC_NIC_ID, ZEC_INSTANCE_ID and ZEC_TIMEOUT instead.

Credentials, in order of precedence, and other settings:
  ZENLAYERCLOUD_ACCESS_KEY_ID, ZENLAYERCLOUD_ACCESS_KEY_PASSWORD   the access key
  ZENLAYER_TOKEN                                                   a bearer token
  ZENLAYER_ACCESS_KEY_ID, ZENLAYER_ACCESS_KEY_SECRET               the access key, with the names of the vendor’s CLI
  ZENLAYER_PROFILE                                                 a profile of ~/.zenlayer/credentials.json
  ZENLAYERCLOUD_DOMAIN, ZENLAYERCLOUD_SCHEME                       API endpoint (http for loopback only)
  ZENLAYER_ENDPOINT                                                the domain, with the name of the vendor’s CLI
  ZENLAYERCLOUD_CLIENT_TIMEOUT                                     timeout of one request, in seconds

Output is coloured on a terminal. NO_COLOR or --no-color disables colours. Without a terminal, FORCE_COLOR
enables colours and COLUMNS sets the width.

Exit codes:
  0     done
  1     failed
  2     invalid usage or settings
  3     not attached (status NIC_ID)
  4     timed out
  10    changes (review)
  11    risky changes (review)
  12    drifted (drift)
  130   interrupted`;

/** Commands that describe the CLI itself. */
const META_COMMANDS: readonly CommandDefinition[] = [
  {
    name: 'help',
    summary: 'show this help, or the help of a command',
    description: ['With --json, prints all commands, arguments, options and exit codes as data.'],
    args: [new Argument('[COMMAND]', 'the command to describe')],
    options: [JSON_FLAG],
    examples: { 'All commands': 'zec-nic help', 'One command': 'zec-nic help create' },
    exitCodes: { [EXIT.done]: 'printed' },
    load: () => help,
  },
  {
    name: 'version',
    summary: 'print the version of this package',
    description: [],
    options: [JSON_FLAG],
    examples: { 'The version': 'zec-nic version' },
    exitCodes: { [EXIT.done]: 'printed' },
    load:
      () =>
      (session: Session, { json }: { json?: boolean }) => {
        session.out(`${json === true ? JSON.stringify({ ok: true, version: VERSION }) : VERSION}\n`);
        return EXIT.done;
      },
  },
];

/** All commands, in the order of the help text. */
export const COMMANDS: readonly CommandDefinition[] = [
  ...DEFINITIONS.filter(({ forTerraform }) => forTerraform !== true),
  ...META_COMMANDS,
  ...DEFINITIONS.filter(({ forTerraform }) => forTerraform === true),
];

/** Parses a command line and runs its command. @throws UsageError, and the errors of the command */
export async function runCommandLine(argv: readonly string[], session: Session): Promise<ExitCode> {
  let exit: ExitCode = EXIT.done;
  const program = createProgram(async (definition, options, args) => {
    session.noColor = options.color === false;
    const run = await definition.load();
    exit = await run(session, options as never, ...(args as never[]));
  }, session.out);
  await parse(program, argv);
  return exit;
}

/** Called with the selected command and its parsed options and arguments. */
type RunCommand = (
  definition: CommandDefinition,
  options: Readonly<Record<string, unknown>>,
  args: readonly unknown[],
) => Promise<void>;

export function createProgram(
  action: RunCommand = () => Promise.resolve(),
  writeOut: (text: string) => void = (text) => process.stdout.write(text),
): Command {
  const program = new Command('zec-nic')
    .description('Attaches ZEC vNICs to instances, and waits until the vNIC and the instance both report it.')
    .usage('COMMAND [options]')
    .version(VERSION, '-v, --version', 'print the version of this package')
    .helpOption('-h, --help', 'show this help; after a command, its help')
    .addHelpText('after', ABOUT)
    .exitOverride()
    .configureOutput({
      getOutHelpWidth: () =>
        process.stdout.isTTY ? Math.min(HELP_WIDTH, process.stdout.columns) : HELP_WIDTH,
      writeOut,
      outputError: () => undefined,
    });
  for (const definition of COMMANDS) {
    const { name, summary, description, args = [], options = [], forTerraform, hidden } = definition;
    const sentence = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
    const command = program
      .command(name, { hidden: hidden === true })
      .helpGroup(forTerraform === true ? 'Commands that Terraform calls:' : 'Commands:')
      .summary(summary)
      .description([sentence, ...description].join('\n\n'))
      .helpOption('-h, --help', 'show this help')
      .addHelpText('after', helpDetails(definition))
      .action((...values: unknown[]) =>
        action(definition, values.at(-2) as Readonly<Record<string, unknown>>, values.slice(0, -2)),
      );
    for (const argument of args) command.addArgument(argument);
    for (const option of options) command.addOption(option);
    command.option('--no-color', 'disable colours, as NO_COLOR does');
  }
  return program;
}

/**
 * Parses a command line and calls the action of the program.
 * @throws UsageError, and the errors of the action
 */
export async function parse(program: Command, argv: readonly string[]): Promise<void> {
  const [first = ''] = argv;
  // Parse an unknown command without its options: with --help, the parser would print the general help.
  const isKnown = first.startsWith('-') || COMMANDS.some(({ name }) => name === first);
  try {
    await program.parseAsync(isKnown ? argv : [first], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === EXIT.done) return;
    throw new UsageError(toSingleLine(error.message.replace(/^error: /, '')), { cause: error });
  }
}

async function help(session: Session, { json }: { json?: boolean }, name?: string): Promise<ExitCode> {
  if (json !== true) return runCommandLine(name === undefined ? ['--help'] : [name, '--help'], session);
  const commands = COMMANDS.filter((each) => name === undefined || each.name === name);
  // Throws a UsageError that suggests a similar command.
  if (commands.length === 0) await parse(createProgram(), [name ?? '']);
  session.out(`${JSON.stringify({ ok: true, commands: commands.map(definitionJson) })}\n`);
  return EXIT.done;
}
