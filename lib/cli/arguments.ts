import { parseArgs } from 'node:util';
import { DEFAULT_TIMEOUT_SECONDS, ENV, MAX_TIMEOUT_SECONDS } from '../contract';
import { DURATION_SHAPE, parseDuration } from '../duration';
import type { Target } from '../handler';
import { InvalidIdError, parseInstanceId, parseNicId, quote } from '../zec/ids';

/** The command line or the settings are wrong: exit code 2. */
export class UsageError extends Error {
  public constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UsageError';
  }
}

export type Operation = 'create' | 'read' | 'delete';

export type Command =
  | { readonly name: 'help'; readonly of: string | undefined }
  | { readonly name: 'version' }
  /** Terraform asks to delete what create can only have refused. */
  | { readonly name: 'never-attached'; readonly why: string }
  | {
      readonly name: Operation;
      readonly target: Target;
      readonly timeoutMs: number;
      readonly json: boolean;
    }
  | { readonly name: 'simulate'; readonly worldFile: string; readonly port: number };

type Environment = Readonly<Record<string, string | undefined>>;
type Values = Readonly<Record<string, string | boolean | undefined>>;

const OPERATIONS: readonly string[] = ['create', 'read', 'delete'] satisfies readonly Operation[];

/**
 * Reads a command line. Values that it does not give come from the environment, which is how the
 * local-exec runner passes them.
 * @throws UsageError
 */
export function parseCommand(argv: readonly string[], env: Environment): Command {
  const [name, ...rest] = argv;
  if (name === undefined) throw new UsageError('no command given');
  if (name === 'help' || name === '--help' || name === '-h') return { name: 'help', of: rest[0] };
  if (name === '--version' || name === '-v' || name === 'version') return { name: 'version' };
  if (isOperation(name)) return parseOperation(name, rest, env);
  if (name === 'simulate') return parseSimulate(rest);
  throw new UsageError(`unknown command ${quote(name)}`);
}

function parseOperation(name: Operation, argv: readonly string[], env: Environment): Command {
  const values = parse(argv, {
    'nic-id': { type: 'string' },
    'instance-id': { type: 'string' },
    timeout: { type: 'string' },
    json: { type: 'boolean' },
  });
  if (values.help === true) return { name: 'help', of: name };
  const nicId = needed(values['nic-id'], '--nic-id', env, ENV.nicId);
  const instanceId = needed(values['instance-id'], '--instance-id', env, ENV.instanceId);
  try {
    return {
      name,
      target: { nicId: parseNicId(nicId), instanceId: parseInstanceId(instanceId) },
      timeoutMs: parseTimeout(values.timeout ?? env[ENV.timeout]),
      json: values.json === true,
    };
  } catch (error) {
    if (!(error instanceof InvalidIdError)) throw error;
    // Else a stack that once declared a wrong id could never be destroyed.
    const fromRunner = values['nic-id'] === undefined && values['instance-id'] === undefined;
    if (name === 'delete' && fromRunner) return { name: 'never-attached', why: error.message };
    throw new UsageError(error.message, { cause: error });
  }
}

function parseSimulate(argv: readonly string[]): Command {
  const values = parse(argv, { world: { type: 'string' }, port: { type: 'string' } });
  if (values.help === true) return { name: 'help', of: 'simulate' };
  if (typeof values.world !== 'string' || values.world === '') {
    throw new UsageError('simulate needs --world FILE, the world to start from');
  }
  return { name: 'simulate', worldFile: values.world, port: parsePort(values.port) };
}

function parse(argv: readonly string[], options: Record<string, { type: 'string' | 'boolean' }>): Values {
  // As Terraform calls it: nothing to parse, and so no parser to load.
  if (argv.length === 0) return {};
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      strict: true,
      allowPositionals: false,
    });
    return values;
  } catch (error) {
    // The parser's first sentence names the argument; the rest is advice about positional arguments.
    const [first = ''] = (error as Error).message.split(/\. |\n/);
    throw new UsageError(first.slice(0, 200), { cause: error });
  }
}

function needed(
  value: string | boolean | undefined,
  flag: string,
  env: Environment,
  variable: string,
): string {
  const found = value ?? env[variable];
  if (typeof found !== 'string' || found === '') {
    throw new UsageError(`${flag} is missing, and ${variable} is not set`);
  }
  return found;
}

function parseTimeout(text: string | boolean | undefined): number {
  if (text === undefined || text === '') return DEFAULT_TIMEOUT_SECONDS * 1000;
  const ms = typeof text === 'string' ? parseDuration(text) : undefined;
  if (ms === undefined || ms <= 0 || ms > MAX_TIMEOUT_SECONDS * 1000) {
    throw new UsageError(
      `the timeout ${quote(String(text))} is not ${DURATION_SHAPE}, more than nothing and at most 24h`,
    );
  }
  return ms;
}

function parsePort(text: string | boolean | undefined): number {
  if (text === undefined) return 0;
  const port = typeof text === 'string' && /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535))
    throw new UsageError(`--port ${quote(String(text))} is not a number from 0 to 65535`);
  return port;
}

function isOperation(name: string): name is Operation {
  return OPERATIONS.includes(name);
}
