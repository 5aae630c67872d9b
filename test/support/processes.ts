import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export interface Finished {
  /** The exit code, or the name of the signal that terminated the process. */
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams, in order of arrival. */
  readonly output: string;
}

export interface Started {
  readonly pid: number;
  readonly finished: Promise<Finished>;
  /** The output so far. */
  readonly output: () => string;
  kill(signal: NodeJS.Signals): void;
}

export interface StartOptions {
  readonly cwd?: string;
  /** The whole environment, apart from PATH, HOME and TMPDIR, which are passed on. */
  readonly env?: Readonly<Record<string, string>>;
  /** Four minutes by default; 0 for a process that runs until it is killed. */
  readonly endsAfterMs?: number;
}

const LONGEST_MS = 240_000;

export function start(
  command: string,
  args: readonly string[],
  { cwd, env = {}, endsAfterMs = LONGEST_MS }: StartOptions = {},
): Started {
  const { PATH, HOME, TMPDIR } = process.env;
  const inherited = Object.entries({ PATH, HOME, TMPDIR }).filter(([, value]) => value !== undefined);
  const child = spawn(command, args, {
    cwd,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: endsAfterMs,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    output += text;
  });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code: code ?? signal ?? 'unknown', stdout, stderr, output });
    });
  });
  return {
    pid: child.pid ?? -1,
    finished,
    output: () => output,
    kill: (signal) => child.kill(signal),
  };
}

export function run(command: string, args: readonly string[], options: StartOptions = {}): Promise<Finished> {
  return start(command, args, options).finished;
}

interface ProcessRow {
  readonly pid: number;
  readonly args: string;
}

/** All descendants of `pid`, with their arguments. */
export function descendants(pid: number): readonly ProcessRow[] {
  return existsSync('/proc/thread-self/children') ? descendantsByProc(pid) : descendantsByPs(pid);
}

/** A hundredth of the CPU time of `ps`, which matters to tests that call it ten times a second. */
function descendantsByProc(pid: number): readonly ProcessRow[] {
  const read = <T>(whatever: () => T, gone: T): T => {
    try {
      return whatever();
    } catch {
      return gone;
    }
  };
  const threads = read(() => readdirSync(`/proc/${pid}/task`), []);
  return threads
    .flatMap(
      (thread) =>
        read(() => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8'), '').match(/\d+/g) ?? [],
    )
    .map(Number)
    .flatMap((child) => {
      const args = read(() => readFileSync(`/proc/${child}/cmdline`, 'utf8'), '')
        .replaceAll('\0', ' ')
        .trim();
      return [{ pid: child, args }, ...descendantsByProc(child)];
    });
}

function descendantsByPs(pid: number): readonly ProcessRow[] {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,ppid=,args='], {
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  });
  const rows = stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line);
    return match === null ? [] : [{ pid: Number(match[1]), parent: Number(match[2]), args: match[3] ?? '' }];
  });
  const found = new Set([pid]);
  // Parents are usually listed before their children, except when PIDs wrap around: repeat until nothing is added.
  for (let size = 0; size !== found.size;) {
    size = found.size;
    for (const row of rows) if (found.has(row.parent)) found.add(row.pid);
  }
  return rows.filter((row) => row.pid !== pid && found.has(row.pid));
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until `holds` returns true. Fails with `what` after `ms`, by default 30 seconds. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  ms = 30_000,
): Promise<void> {
  const giveUpAt = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > giveUpAt) throw new Error(`timed out waiting for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
