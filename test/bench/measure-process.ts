import { spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Resolves when the measured event of a process has happened. The process is then killed. */
export type Until = (child: ChildProcess) => Promise<void>;

const LONGEST_MS = 600_000;

/** Resolves when the process exits. */
export const exit: Until = (child) =>
  new Promise((resolve, reject) => {
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${child.spawnargs.join(' ')} exited with ${code ?? 'a signal'}`));
    });
  });

/** Resolves on the first output of the process. */
export const firstOutput: Until = (child) =>
  new Promise((resolve, reject) => {
    child.stdout?.once('data', () => resolve());
    child.once('close', () => reject(new Error(`${child.spawnargs.join(' ')} ended and said nothing`)));
  });

/** The output of a process. */
export async function output(command: Command): Promise<string> {
  const child = start(command.command, command.args, command);
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (part: string) => (text += part));
  await exit(child);
  return text;
}

/** Milliseconds from the start of a process to `until`. */
export async function wall(command: Command, until: Until): Promise<number> {
  const startedAt = performance.now();
  const child = start(command.command, command.args, command);
  const ended = new Promise((resolve) => child.once('close', resolve));
  try {
    await until(child);
    return performance.now() - startedAt;
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

/**
 * The user and system CPU time, in milliseconds, of a process and the children that it waited for, up to `until`. Measured
 * with bash, because Node does not report it for children.
 */
export async function cpu(command: Command, until: Until): Promise<number> {
  // SIGUSR2 ends the measured process but not the shell, which still reports the times.
  const script = 'trap : USR2; TIMEFORMAT="cpu %U %S"; { time "$@" 2>&3; } 3>&2';
  const child = start('bash', ['-c', script, 'bash', command.command, ...command.args], {
    ...command,
    detached: true,
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  let failure: Error | undefined;
  await until(child).catch((error: unknown) => (failure = error as Error));
  if (child.exitCode === null) signalGroup(child, 'SIGUSR2');
  await ended;
  signalGroup(child, 'SIGKILL');
  if (failure !== undefined) throw new Error(`${failure.message}: ${stderr}`);
  const [, user, system] = /^cpu ([\d.]+) ([\d.]+)$/m.exec(stderr) ?? [];
  return (Number(user) + Number(system)) * 1000;
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It has already exited.
  }
}

function start(
  command: string,
  args: readonly string[],
  { env, cwd, detached }: Pick<SpawnOptions, 'env' | 'cwd' | 'detached'>,
): ChildProcess {
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn(command, args, {
    cwd,
    detached,
    env: { PATH, HOME, TMPDIR, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
  });
  // Discard unread output: a full pipe would block the process. A reader attaches before the next event loop turn.
  child.stdout.resume();
  child.stderr.resume();
  return child;
}
