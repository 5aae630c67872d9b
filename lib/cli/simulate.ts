import { readFile, stat } from 'node:fs/promises';
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
    const { size } = await stat(path);
    if (size > MAX_WORLD_BYTES) throw new Error('it is larger than 64 MiB');
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (error) {
    throw new UsageError(
      `the world file ${JSON.stringify(path)} can't be read: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}
