import { once } from 'node:events';
import { startSimulator } from '../../simulator';
import type { WorldInput } from '../../simulator';
import { EXIT, UsageError } from '../errors';
import type { ExitCode } from '../errors';
import { readInput } from '../input';
import type { Session } from '../session';

const MAX_WORLD_BYTES = 64 * 1024 * 1024;

interface SimulateOptions {
  /** Path of the world file. */
  readonly world: string;
  readonly port: number;
}

/** Serves a world until interrupted. */
export async function simulate(session: Session, { world, port }: SimulateOptions): Promise<ExitCode> {
  const { signal } = session;
  const name = `the world file ${JSON.stringify(world)}`;
  const bytes = await readInput(world, signal, MAX_WORLD_BYTES, name);
  const simulator = await startSimulator({ world: parsed(bytes.toString('utf8'), name) as WorldInput, port });
  session.out(`${JSON.stringify({ endpoint: simulator.endpoint })}\n`);
  if (!signal.aborted) await once(signal, 'abort');
  await simulator.close();
  return EXIT.done;
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // The message of the parser quotes the file, which may contain secrets: report the position only.
    const [position = ''] =
      / at position \d+( \(line \d+ column \d+\))?/.exec((error as Error).message) ?? [];
    throw new UsageError(`cannot read ${name}: it is not JSON${position}`, { cause: error });
  }
}
