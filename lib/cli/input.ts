import { createReadStream } from 'node:fs';
import { quote } from '../zec/ids';
import { UsageError } from './usage-error';

/** The largest plan or state that is read. Terraform's JSON of 10,000 resources has about a tenth of this. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * All of a file, or of stdin for `-`.
 * @throws UsageError
 */
export async function readInput(path: string, signal: AbortSignal, maxBytes = MAX_BYTES): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  const name = path === '-' ? 'stdin' : quote(path);
  try {
    const stream = path === '-' ? process.stdin : createReadStream(path, { signal });
    for await (const chunk of stream) {
      const bytes = chunk as Buffer;
      size += bytes.length;
      if (size > maxBytes) throw new Error(`it is larger than ${maxBytes / 1024 / 1024} MiB`);
      chunks.push(bytes);
    }
  } catch (error) {
    throw new UsageError(`${name} can't be read: ${(error as Error).message}`, { cause: error });
  }
  return Buffer.concat(chunks, size);
}
