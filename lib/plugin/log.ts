export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Writes log lines that Terraform understands. Values of sensitive attributes are taken out of every text. */
export interface Logger {
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Whether lines of this level are written, to spare the work of making one that is not. */
  enabled(level: Level): boolean;
}

const RANKS: Readonly<Record<string, number>> = {
  trace: 0,
  json: 0,
  debug: 1,
  info: 2,
  warn: 3,
  error: 4,
  off: 5,
};
const MAX_TEXT = 8192;
const MAX_LINE = 32_768;
const HIDDEN = '(sensitive value)';
// Hiding every "a" because a password is "a" would hide nothing and spoil every line.
const MIN_SECRET = 3;

/** Takes known secrets out of texts. */
export class Secrets {
  private values: readonly string[] = [];

  public constructor(private readonly outer?: Secrets) {}

  public add(secrets: readonly string[]): void {
    const fit = secrets.filter((secret) => secret.length >= MIN_SECRET);
    // Longest first, so that a secret that contains another one goes as a whole.
    this.values = [...new Set([...this.values, ...fit])].sort((a, b) => b.length - a.length);
  }

  public readonly redact = (text: string): string => {
    const own = this.values.reduce((clean, secret) => clean.replaceAll(secret, HIDDEN), text);
    return this.outer === undefined ? own : this.outer.redact(own);
  };
}

/** Where log lines go, and from which level on. */
export interface LogSink {
  readonly write: (line: string) => void;
  readonly level: string | undefined;
  /** Names the provider in each line. */
  readonly module: string;
}

/** The level that the environment asks for. Errors are written even when it asks for nothing. */
export function levelFrom(env: NodeJS.ProcessEnv): string | undefined {
  return env.TF_LOG_PROVIDER ?? env.TF_LOG;
}

/** A logger for one purpose; `fields` are part of each of its lines. */
export function createLogger(sink: LogSink, secrets: Secrets, fields: LogFields = {}): Logger {
  const threshold = RANKS[(sink.level ?? '').toLowerCase()] ?? RANKS.error ?? 0;
  const enabled = (level: Level) => (RANKS[level] ?? 0) >= threshold;
  const write = (level: Level, message: string, more: LogFields | undefined) => {
    if (enabled(level)) sink.write(line(sink.module, level, message, { ...fields, ...more }, secrets));
  };
  return {
    trace: (message, more) => write('trace', message, more),
    debug: (message, more) => write('debug', message, more),
    info: (message, more) => write('info', message, more),
    warn: (message, more) => write('warn', message, more),
    error: (message, more) => write('error', message, more),
    enabled,
  };
}

function line(module: string, level: Level, message: string, fields: LogFields, secrets: Secrets): string {
  const clean = (text: string) => {
    const safe = secrets.redact(text);
    return safe.length > MAX_TEXT ? `${safe.slice(0, MAX_TEXT)}…` : safe;
  };
  const entry: Record<string, string | number | boolean> = {
    '@level': level,
    '@message': clean(message),
    '@module': module,
    // Terraform reads exactly six digits of a second.
    '@timestamp': new Date().toISOString().replace('Z', '000Z'),
  };
  let room = MAX_LINE - MAX_TEXT;
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || name.startsWith('@')) continue;
    const part = typeof value === 'string' ? clean(value) : value;
    room -= name.length + String(part).length;
    if (room < 0) break;
    entry[name] = part;
  }
  return `${JSON.stringify(entry)}\n`;
}
