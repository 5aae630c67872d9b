import { Argument, Command, CommanderError } from 'commander';
import { oneLine } from '../zec/errors';
import { completionScript, SHELLS } from './completion';
import { detailsOf, forMachines, JSON_FLAG } from './definition';
import type { Definition } from './definition';
import { DEFINITIONS } from './definitions';
import { EXIT, UsageError } from './errors';
import type { ExitCode } from './errors';
import type { Session } from './session';

const HELP_WIDTH = 110;

const ABOUT = `
Results go to stdout, progress to stderr; --json gives one line of JSON. IDs and timeout may come from
ZEC_NIC_ID, ZEC_INSTANCE_ID and ZEC_TIMEOUT instead.

Settings, the first found wins:
  ZENLAYERCLOUD_ACCESS_KEY_ID, ZENLAYERCLOUD_ACCESS_KEY_PASSWORD   the access key
  ZENLAYER_ACCESS_KEY_ID, ZENLAYER_ACCESS_KEY_SECRET               the same, as the vendor’s CLI names it
  ZENLAYER_TOKEN                                                   a bearer token
  ZENLAYER_PROFILE                                                 a profile of ~/.zenlayer/credentials.json
  ZENLAYERCLOUD_DOMAIN, ZENLAYERCLOUD_SCHEME                       another endpoint (http only for loopback)
  ZENLAYERCLOUD_CLIENT_TIMEOUT                                     seconds for one request

Colours show on a terminal; NO_COLOR or --no-color turns them off, FORCE_COLOR turns them on elsewhere, and
COLUMNS gives a width where there is no terminal.

Exit codes:
  0     done
  1     failed
  2     wrong usage or settings
  3     not attached (status NIC_ID)
  4     timed out
  10    changes (review)
  11    risky changes (review)
  12    drifted (drift)
  130   interrupted`;

/** The commands that tell about the others. */
const ABOUT_COMMANDS: readonly Definition[] = [
  {
    name: 'completion',
    summary: 'print a script that lets your shell complete commands and options',
    description: ['Load the script in the start-up file of your shell.'],
    args: [new Argument('<SHELL>', 'the shell').choices(SHELLS)],
    examples: {
      'In ~/.bashrc': 'source <(zec-nic completion bash)',
      'In ~/.zshrc, after compinit': 'source <(zec-nic completion zsh)',
      'In ~/.config/fish/config.fish': 'zec-nic completion fish | source',
    },
    exitCodes: { [EXIT.done]: 'printed' },
    load: () =>
      Promise.resolve((session: Session, _: unknown, shell: (typeof SHELLS)[number]) => {
        session.out(completionScript(shell, createProgram()));
        return Promise.resolve(EXIT.done);
      }),
  },
  {
    name: 'help',
    summary: 'show this, or how one command works',
    description: ['With --json it tells of the commands as data, for tools that want to know what there is.'],
    args: [new Argument('[COMMAND]', 'the command to describe')],
    options: [JSON_FLAG],
    examples: { 'All commands': 'zec-nic help', 'One of them': 'zec-nic help create' },
    exitCodes: { [EXIT.done]: 'shown' },
    load: () => Promise.resolve(help),
  },
  {
    name: 'version',
    summary: 'print the version of this package',
    description: [],
    options: [JSON_FLAG],
    examples: { 'The version alone': 'zec-nic version' },
    exitCodes: { [EXIT.done]: 'shown' },
    load: () =>
      Promise.resolve((session: Session, { json }: { readonly json?: boolean }) => {
        session.out(
          json === true ? `${JSON.stringify({ ok: true, version: version() })}\n` : `${version()}\n`,
        );
        return Promise.resolve(EXIT.done);
      }),
  },
];

/** Every command there is, in the order of the help. */
export const COMMANDS: readonly Definition[] = [
  ...DEFINITIONS.filter(({ forTerraform }) => forTerraform !== true),
  ...ABOUT_COMMANDS,
  ...DEFINITIONS.filter(({ forTerraform }) => forTerraform === true),
];

/**
 * Runs a command line.
 * @throws UsageError; what the command throws
 */
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

/** Called with the command that a command line names, and the values of its options and arguments. */
type Action = (
  definition: Definition,
  options: Readonly<Record<string, unknown>>,
  args: readonly unknown[],
) => Promise<void>;

/** The parser of all command lines. */
export function createProgram(
  action: Action = () => Promise.resolve(),
  writeOut: (text: string) => void = (text) => process.stdout.write(text),
): Command {
  const program = new Command('zec-nic')
    .description('Attaches ZEC vNICs to instances, and waits until both agree.')
    .usage('COMMAND [options]')
    .version(version(), '-v, --version', 'print the version of this package')
    .helpOption('-h, --help', 'show this; after a command, how it works')
    .addHelpText('after', ABOUT)
    .exitOverride()
    .configureOutput({
      getOutHelpWidth: () =>
        process.stdout.isTTY ? Math.min(HELP_WIDTH, process.stdout.columns) : HELP_WIDTH,
      writeOut,
      outputError: () => undefined,
    });
  for (const definition of COMMANDS) {
    const command = program
      .command(definition.name, { hidden: definition.hidden === true })
      .helpGroup(definition.forTerraform === true ? 'Commands that Terraform calls:' : 'Commands:')
      .summary(definition.summary)
      .description([sentence(definition.summary), ...definition.description].join('\n\n'))
      .helpOption('-h, --help', 'show this')
      .addHelpText('after', detailsOf(definition))
      .action((...values: unknown[]) => {
        const options = values.at(-2) as Readonly<Record<string, unknown>>;
        return action(definition, options, values.slice(0, -2));
      });
    for (const argument of definition.args ?? []) command.addArgument(argument);
    for (const option of definition.options ?? []) command.addOption(option);
    command.option('--no-color', 'no colours, as with NO_COLOR in the environment');
  }
  return program;
}

/**
 * Reads a command line, and calls the program's action.
 * @throws UsageError; what the action throws
 */
export async function parse(program: Command, argv: readonly string[]): Promise<void> {
  const [word = ''] = argv;
  // Else the parser would answer an unknown command's --help with the general help.
  const isKnown = word.startsWith('-') || COMMANDS.some(({ name }) => name === word);
  try {
    await program.parseAsync(isKnown ? argv : [word], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== EXIT.done) throw asUsage(error);
  }
}

function asUsage(error: CommanderError): UsageError {
  return new UsageError(oneLine(error.message.replace(/^error: /, '')), { cause: error });
}

async function help(
  session: Session,
  { json }: { readonly json?: boolean },
  name?: string,
): Promise<ExitCode> {
  if (json === true) {
    const known = COMMANDS.filter((each) => name === undefined || each.name === name);
    // Which tells what was meant.
    if (known.length === 0) await parse(createProgram(), [name ?? '']);
    session.out(`${JSON.stringify({ ok: true, commands: known.map(forMachines) })}\n`);
    return EXIT.done;
  }
  return runCommandLine(name === undefined ? ['--help'] : [name, '--help'], session);
}

function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}

function version(): string {
  return process.env.ZEC_PACKAGE_VERSION ?? 'unbuilt';
}
