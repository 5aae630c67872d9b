import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createIdentity } from '../../plugin/certificate';
import { EXAMPLE_WORLD, InvalidInputError, parseWorld, startSimulator } from '../../simulator';
import type { WorldInput } from '../../simulator';
import { EXIT, orUsageError, UsageError, type ExitCode } from '../errors';
import { readInput } from '../input';
import type { Session } from '../session';

const MAX_WORLD_BYTES = 64 * 1024 * 1024;

interface SimulateOptions {
  /** Path of the world file; the example by default. */
  readonly world?: string;
  readonly example?: boolean;
  readonly port: number;
  /** Path of the file that gets the certificate of HTTPS. */
  readonly tls?: string;
}

/** Serves a world until interrupted. */
export async function simulate(
  session: Session,
  { world: path, example, port, tls }: SimulateOptions,
): Promise<ExitCode> {
  if (example === true) {
    session.out(`${JSON.stringify(EXAMPLE_WORLD, null, 2)}\n`);
    return EXIT.done;
  }
  const { signal } = session;
  const world = path === undefined ? EXAMPLE_WORLD : await readWorld(path, signal);
  const simulator = await startSimulator({ world, port, tls: tls === undefined ? undefined : identity(tls) });
  session.exitWithReader();
  session.out(`${JSON.stringify({ endpoint: simulator.endpoint, ...(tls && { certificate: tls }) })}\n`);
  if (!signal.aborted) await once(signal, 'abort');
  await simulator.close();
  return EXIT.done;
}

async function readWorld(path: string, signal: AbortSignal): Promise<WorldInput> {
  const name = `the world file ${JSON.stringify(path)}`;
  const bytes = await readInput(path, signal, MAX_WORLD_BYTES, name);
  try {
    const world = JSON.parse(bytes.toString('utf8')) as WorldInput;
    parseWorld(world);
    return world;
  } catch (error) {
    if (error instanceof InvalidInputError) {
      throw new UsageError(`${name} is not valid:${error.details}`, { cause: error });
    }
    if (!(error instanceof SyntaxError)) throw error;
    // The message of the parser quotes the file, which may contain secrets: report the position only.
    const [position = ''] = / at position \d+( \(line \d+ column \d+\))?/.exec(error.message) ?? [];
    throw new UsageError(`cannot read ${name}: it is not JSON${position}`, { cause: error });
  }
}

/** A new key and certificate for `localhost`. The key stays in memory. */
function identity(certificateFile: string): { readonly keyPem: string; readonly certificatePem: string } {
  const { privateKeyPem: keyPem, certificatePem } = createIdentity();
  const write = () => writeFileSync(certificateFile, certificatePem);
  orUsageError(Error, write, 'cannot write the certificate: ');
  return { keyPem, certificatePem };
}
