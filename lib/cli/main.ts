import { errorJson, errorText, EXIT, exitCodeOf, UsageError, type ExitCode } from './errors';
import { Session } from './session';

async function main(argv: readonly string[]): Promise<ExitCode> {
  const [command, ...rest] = argv;
  const session = new Session();
  try {
    // Terraform passes everything in the environment: start faster by not loading the argument parser.
    if (command === 'converge' && rest.length === 0) {
      const { converge } = await import('./commands/converge.js');
      return await converge(session, {});
    }
    if (command === 'delete' && rest.length === 0) {
      const { remove } = await import('./commands/attachment.js');
      return await remove(session, {});
    }
    if (command === undefined) throw new UsageError('no command given');
    return await (await import('./program.js')).runCommandLine(argv, session);
  } catch (error) {
    if (wantsJson(rest)) session.out(`${JSON.stringify({ ok: false, error: errorJson(error) })}\n`);
    session.err(`${errorText(error)}\n`);
    if (error instanceof UsageError) session.err(`Run "zec-nic ${await usageCommand(command)}" for usage.\n`);
    return exitCodeOf(error);
  }
}

/** Whether the arguments contain `--json` or its long form. The parser may have rejected them. */
function wantsJson(args: readonly string[]): boolean {
  const isFormat = (each: string, index: number) => each === 'json' && args[index - 1] === '--format';
  return args.some((each, index) => ['--json', '--format=json'].includes(each) || isFormat(each, index));
}

async function usageCommand(command: string | undefined): Promise<string> {
  const { COMMANDS } = await import('./program.js');
  const isKnown = command !== 'help' && COMMANDS.some(({ name }) => name === command);
  return isKnown ? `${command ?? ''} --help` : 'help';
}

// The reader of an output may close it early, as "head" does. That is not an error: the command completes, and its exit
// code is the result.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') return;
  process.stderr.write(`error: cannot write to stdout: ${message}\n`);
  process.exit(EXIT.failed);
});
process.stderr.on('error', () => undefined);

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
