import { homedir } from 'node:os';
import { OperationError } from '../handler';
import { ZecError } from '../zec/errors';
import { redactor } from '../zec/redact';
import { resolveSettings } from '../zec/settings';
import { parseCommand, UsageError } from './arguments';
import type { Command } from './arguments';
import { EXIT, exitCodeOf } from './exit';
import type { ExitCode } from './exit';
import { helpText } from './help';
import { runOperation } from './operations';
import type { Streams } from './output';

async function main(argv: readonly string[]): Promise<ExitCode> {
  const plain: Streams = {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  };
  let streams = plain;
  let json = false;
  try {
    const command = parseCommand(argv, process.env);
    switch (command.name) {
      case 'help':
        plain.out(helpText(command.of));
        return EXIT.done;
      case 'version':
        plain.out(`${process.env.ZEC_PACKAGE_VERSION ?? 'unbuilt'}\n`);
        return EXIT.done;
      case 'never-attached':
        plain.out(`nothing to detach, since create refuses such an id: ${command.why}\n`);
        return EXIT.done;
      case 'simulate':
        return await simulate(command, plain);
      case 'create':
      case 'read':
      case 'delete': {
        json = command.json;
        const settings = resolveSettings({
          env: process.env,
          get homeDir() {
            return homedir();
          },
          warn: (text) => plain.err(`warning: ${text}\n`),
        });
        streams = redacted(plain, redactor(settings));
        return await runOperation(command, settings, streams, interruption());
      }
    }
  } catch (error) {
    if (json) streams.out(`${JSON.stringify({ ok: false, error: errorForMachines(error) })}\n`);
    streams.err(`${errorForPeople(error)}\n`);
    return exitCodeOf(error);
  }
}

async function simulate(
  command: Extract<Command, { name: 'simulate' }>,
  streams: Streams,
): Promise<ExitCode> {
  // Loaded only here: the handler's start-up is what users wait for.
  const { runSimulator } = await import('./simulate.js');
  return runSimulator(command, streams, interruption());
}

function redacted({ out, err }: Streams, redact: (text: string) => string): Streams {
  return { out: (text) => out(redact(text)), err: (text) => err(redact(text)) };
}

/** Aborts on the first SIGINT or SIGTERM; a second one ends the process at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT.interrupted);
      controller.abort(new Error(`received ${name}`));
    });
  }
  return controller.signal;
}

function errorForPeople(error: unknown): string {
  if (error instanceof UsageError) return `error: ${error.message}\nRun "zec-nic help" for the usage.`;
  if (error instanceof ZecError) {
    return [
      `error: ${error.message}`,
      ...(error.advice === undefined ? [] : [`  What to do: ${error.advice}`]),
    ].join('\n');
  }
  return `error: ${error instanceof Error ? error.message : String(error)}`;
}

function errorForMachines(error: unknown): Record<string, unknown> {
  if (error instanceof OperationError) {
    const { reason, goal, target, advice, leftBehind, observed, requestIds, cause } = error.details;
    return {
      reason,
      goal,
      ...target,
      message: error.headline,
      advice,
      leftBehind,
      observed,
      requestIds,
      code: cause?.code ?? null,
      requestId: cause?.requestId ?? null,
    };
  }
  if (error instanceof ZecError) {
    const { message, advice, code, requestId } = error;
    return {
      reason: 'api',
      message,
      advice: advice ?? null,
      code: code ?? null,
      requestId: requestId ?? null,
    };
  }
  return { reason: 'usage', message: error instanceof Error ? error.message : String(error) };
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = EXIT.failed;
  },
);
