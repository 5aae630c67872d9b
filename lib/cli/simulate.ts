import { createReadStream } from 'node:fs';
import { startSimulator } from '../simulator';
import type { WorldInput } from '../simulator';
import { EXIT } from './exit-codes';
import type { ExitCode } from './exit-codes';
import type { Streams } from './output';
import { UsageError } from './usage-error';

const MAX_WORLD_BYTES = 64 * 1024 * 1024;

/** Serves a world until `signal` aborts, which is how it is meant to end. */
export async function runSimulator(
  { worldFile, port }: { readonly worldFile: string; readonly port: number },
  streams: Streams,
  signal: AbortSignal,
): Promise<ExitCode> {
  const world = (await readWorld(worldFile)) as WorldInput;
  const simulator = await startSimulator({ world, port });
  streams.out(`${JSON.stringify({ endpoint: simulator.endpoint })}\n`);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await simulator.close();
  return EXIT.done;
}

async function readWorld(path: string): Promise<unknown> {
  try {
    return parsed(await readBounded(path));
  } catch (error) {
    throw new UsageError(
      `the world file ${JSON.stringify(path)} can't be read: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}

/** A device or a pipe tells no size before it is read. */
async function readBounded(path: string): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_WORLD_BYTES) throw new Error('it is larger than 64 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // The parser also shows a part of the file, which may be a secret: only the place is passed on.
    const [place = 'it'] = /at position \d+( \(line \d+ column \d+\))?/.exec((error as Error).message) ?? [];
    throw new Error(place === 'it' ? 'it is not JSON' : `it is not JSON ${place}`, { cause: error });
  }
}
