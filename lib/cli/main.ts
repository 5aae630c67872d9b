import { errorForMachines, errorForPeople, EXIT, exitCodeOf, UsageError } from './errors';
import type { ExitCode } from './errors';
import { Session } from './session';

async function main(argv: readonly string[]): Promise<ExitCode> {
  const [word, ...rest] = argv;
  const session = new Session();
  try {
    // As Terraform calls them, with everything in the environment: there is nothing to parse, and a deploy waits.
    if (word === 'converge' && rest.length === 0) {
      const { converge } = await import('./commands/converge.js');
      return await converge(session, {});
    }
    if (word === 'delete' && rest.length === 0) {
      const { remove } = await import('./commands/attachment.js');
      return await remove(session, {});
    }
    if (word === undefined) throw new UsageError('no command given');
    return await (await import('./program.js')).runCommandLine(argv, session);
  } catch (error) {
    if (rest.includes('--json'))
      session.out(`${JSON.stringify({ ok: false, error: errorForMachines(error) })}\n`);
    session.err(`${errorForPeople(error)}\n`);
    if (error instanceof UsageError) session.err(`Run "zec-nic ${await helpOf(word)}" for the usage.\n`);
    return exitCodeOf(error);
  }
}

async function helpOf(word: string | undefined): Promise<string> {
  const { COMMANDS } = await import('./program.js');
  return COMMANDS.some(({ name }) => name === word) && word !== 'help' ? `${word ?? ''} --help` : 'help';
}

// Who reads stdout may stop reading, as "head" does: there is nobody left to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.failed);
});

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = EXIT.failed;
  },
);
