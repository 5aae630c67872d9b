import { execFile } from 'node:child_process';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { promisify } from 'node:util';
import { quote } from '../zec/ids';
import { UsageError } from './errors';
import type { Session } from './session';

/** Size limit of a plan or state. The JSON of 10,000 resources is about a tenth of this. */
const MAX_BYTES = 256 * 1024 * 1024;
const MAX_ERROR_LENGTH = 2_000;

/** The name of an input in errors. */
export function inputName(path: string): string {
  return path === '-' ? 'stdin' : quote(path);
}

/**
 * Reads a file, or stdin for `-`. The limit is checked while reading, because devices and pipes report no size.
 * @throws UsageError, and the signal's reason
 */
export async function readInput(
  path: string,
  signal: AbortSignal,
  maxBytes = MAX_BYTES,
  name = inputName(path),
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    const stream = addAbortSignal(signal, path === '-' ? process.stdin : createReadStream(path));
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw new Error(`it is larger than ${maxBytes / 1024 / 1024} MiB`);
      chunks.push(chunk);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw new UsageError(`cannot read ${name}: ${(error as Error).message}`, { cause: error });
  }
  return Buffer.concat(chunks, size);
}

/** The Terraform program, selected as in the cdktf CLI. */
export function terraformProgram({ env }: Session): string {
  const program = env.TERRAFORM_BINARY_NAME ?? '';
  return program === '' ? 'terraform' : program;
}

/**
 * The directory of a stack. `stack` is a stack directory, or the name of a synthesized stack.
 * @throws UsageError
 */
export function stackDirectory(stack: string): string {
  const directories = [stack, join(stacksDirectory('.'), stack)];
  const found = directories.find((each) =>
    ['cdk.tf.json', 'cdk.tf', '.terraform', 'terraform.tfstate'].some((name) => existsSync(join(each, name))),
  );
  if (found !== undefined) return found;
  throw new UsageError(
    `stack ${quote(stack)} not found in ${directories.map((each) => quote(each)).join(' or ')}. ` +
      'Synthesize it first, or pass its directory.',
  );
}

/** The directory of the synthesized stacks of the app in `directory`. */
export function stacksDirectory(directory: string): string {
  const { output } = appSettings(directory);
  const path = typeof output === 'string' && output !== '' ? output : 'cdktf.out';
  return join(isAbsolute(path) ? path : join(directory, path), 'stacks');
}

/** The settings of the app in a directory, from the file of the cdktf or the cdktn CLI. */
export function appSettings(directory: string): Readonly<Record<string, unknown>> {
  const files = ['cdktf.json', 'cdktn.json'].map((name) => readJson(join(directory, name)));
  const settings = files.find((each) => typeof each === 'object' && each !== null) ?? {};
  return settings as Readonly<Record<string, unknown>>;
}

/** The content of a JSON file; `undefined` if it cannot be read. */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** The output of `terraform show -json` for the stack in `directory`. @throws UsageError, and the signal's reason */
export async function showState(session: Session, directory: string): Promise<Buffer> {
  const program = terraformProgram(session);
  try {
    const { stdout } = await promisify(execFile)(program, ['show', '-json'], {
      cwd: directory,
      env: session.env,
      encoding: 'buffer',
      maxBuffer: MAX_BYTES,
      signal: session.signal,
    });
    return stdout;
  } catch (error) {
    session.signal.throwIfAborted();
    const { stderr, code } = error as { readonly stderr?: Buffer; readonly code?: unknown };
    const reason =
      code === 'ENOENT'
        ? `${program} is not on the PATH`
        : (stderr?.toString('utf8').trim().slice(0, MAX_ERROR_LENGTH) ?? (error as Error).message);
    throw new UsageError(`"${program} show -json" failed in ${quote(directory)}: ${reason}`, {
      cause: error,
    });
  }
}
