import { execFile } from 'node:child_process';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { quote } from '../zec/ids';
import { UsageError } from './errors';
import type { Session } from './session';

/** The largest plan or state that is read. Terraform's JSON of 10,000 resources has about a tenth of this. */
const MAX_BYTES = 256 * 1024 * 1024;
const MAX_ERROR_LENGTH = 2_000;

/** What an input is called in errors. */
export function inputName(path: string): string {
  return path === '-' ? 'stdin' : quote(path);
}

/**
 * All of a file, or of stdin for `-`. A device or a pipe tells no size before it is read.
 * @throws UsageError
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
    const stream = path === '-' ? process.stdin : createReadStream(path, { signal });
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) throw new Error(`it is larger than ${maxBytes / 1024 / 1024} MiB`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw new UsageError(`${name} can't be read: ${(error as Error).message}`, { cause: error });
  }
  return Buffer.concat(chunks, size);
}

/** The program that runs stacks, named as the cdktf CLI names it. */
export function terraformProgram({ env }: Session): string {
  const named = env.TERRAFORM_BINARY_NAME ?? '';
  return named === '' ? 'terraform' : named;
}

/**
 * The folder of a stack: `stack` itself where it is a folder with one, else the folder that synth made for the stack
 * of this name.
 * @throws UsageError
 */
export function stackFolder(stack: string): string {
  const folders = [stack, join(outputFolder(), 'stacks', stack)];
  const found = folders.find((each) =>
    ['cdk.tf.json', '.terraform', 'terraform.tfstate'].some((name) => existsSync(join(each, name))),
  );
  if (found !== undefined) return found;
  throw new UsageError(
    `no stack ${quote(stack)}: neither ${folders.map((each) => quote(each)).join(' nor ')} is the folder of one. ` +
      'Synthesize it first, or give its folder.',
  );
}

function outputFolder(): string {
  try {
    const { output } = JSON.parse(readFileSync('cdktf.json', 'utf8')) as { readonly output?: unknown };
    if (typeof output === 'string' && output !== '') return output;
  } catch {
    // No cdktf.json, or none that says it.
  }
  return 'cdktf.out';
}

/**
 * What `terraform show -json` says of the state of the stack in `directory`.
 * @throws UsageError
 */
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
    const { stderr, code } = error as { readonly stderr?: Buffer; readonly code?: unknown };
    const why =
      code === 'ENOENT'
        ? `${program} is not on the PATH`
        : (stderr?.toString('utf8').trim().slice(0, MAX_ERROR_LENGTH) ?? (error as Error).message);
    throw new UsageError(`"${program} show -json" failed in ${quote(directory)}: ${why}`, { cause: error });
  }
}
