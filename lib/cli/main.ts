import { quote } from '../zec/ids';
import { leaveWasmUnoptimised } from '../zec/wasm';
import { closest } from './closest';
import { exitCodeOf } from './exit';
import { EXIT } from './exit-codes';
import type { ExitCode } from './exit-codes';
import type { Streams } from './output';
import { parseInvocation } from './parse';
import { ProcessSession } from './session';
import { errorForMachines, errorForPeople } from './shown-errors';
import { COMMAND_NAMES, loadAll, loadCommand } from './table';
import { UsageError } from './usage-error';

const ALIASES = new Map([
  ['--help', 'help'],
  ['-h', 'help'],
  ['--version', 'version'],
  ['-v', 'version'],
]);

async function main([word, ...rest]: readonly string[]): Promise<ExitCode> {
  let streams: Streams = {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  };
  let json = false;
  try {
    if (word === undefined) throw new UsageError('no command given');
    const command = await loadCommand(ALIASES.get(word) ?? word);
    if (command === undefined) throw unknownCommand(word);
    const parsed = parseInvocation(command, rest, process.env);
    leaveWasmUnoptimised();
    if (parsed.help) {
      const { helpText } = await import('./help.js');
      streams.out(helpText(command));
      return EXIT.done;
    }
    json = parsed.json;
    const session = new ProcessSession(loadAll, parsed);
    streams = session;
    return await command.run(parsed.invocation, session);
  } catch (error) {
    if (json) streams.out(`${JSON.stringify({ ok: false, error: errorForMachines(error) })}\n`);
    streams.err(`${errorForPeople(error)}\n`);
    return exitCodeOf(error);
  }
}

function unknownCommand(word: string): UsageError {
  const meant = closest(word, COMMAND_NAMES);
  return new UsageError(
    `unknown command ${quote(word)}${meant === undefined ? '' : `; did you mean "${meant}"?`}`,
  );
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
