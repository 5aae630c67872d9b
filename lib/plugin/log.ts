const LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;
type Level = (typeof LEVELS)[number];
type LogFields = Readonly<Record<string, string | undefined>>;

/** Writes log lines in Terraform's JSON format. Values of sensitive attributes are redacted. */
export type Logger = Readonly<Record<Level, (message: string, fields?: LogFields) => void>>;

const MAX_TEXT = 8192;
const REDACTED = '(sensitive value)';
// Redacting a very short secret, such as "a", would make every line unreadable.
const MIN_SECRET = 3;

export class Secrets {
  private values: readonly string[] = [];

  public constructor(private readonly parent?: Secrets) {}

  public add(secrets: readonly string[]): void {
    const usable = secrets.filter((secret) => secret.length >= MIN_SECRET);
    // Longest first, so that a secret that contains another one is redacted as a whole.
    this.values = [...new Set([...this.values, ...usable])].sort((a, b) => b.length - a.length);
  }

  public readonly redact = (text: string): string => {
    const own = this.values.reduce((clean, secret) => clean.replaceAll(secret, REDACTED), text);
    return this.parent === undefined ? own : this.parent.redact(own);
  };
}

export interface LogSink {
  readonly write: (line: string) => void;
  /** Errors are written even if it is not set. */
  readonly level: string | undefined;
  /** The provider's name in each line. */
  readonly module: string;
}

/** Creates a logger that adds `fields` to each line. */
export function createLogger(sink: LogSink, secrets: Secrets, fields: LogFields = {}): Logger {
  const name = (sink.level ?? '').toLowerCase();
  // JSON is TRACE in another format. Without a known level, only errors are written.
  const known = [...LEVELS, 'off'].indexOf(name === 'json' ? 'trace' : name);
  const threshold = known === -1 ? LEVELS.indexOf('error') : known;
  const write = (level: Level) => (message: string, more?: LogFields) => {
    if (LEVELS.indexOf(level) < threshold) return;
    sink.write(toLine(sink.module, level, message, { ...fields, ...more }, secrets));
  };
  return Object.fromEntries(LEVELS.map((level) => [level, write(level)])) as Logger;
}

function toLine(module: string, level: Level, message: string, fields: LogFields, secrets: Secrets): string {
  const clean = (text: string) => {
    const safe = secrets.redact(text);
    return safe.length > MAX_TEXT ? `${safe.slice(0, MAX_TEXT)}…` : safe;
  };
  const texts = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, clean(value)] as const],
  );
  const entry = {
    '@level': level,
    '@message': clean(message),
    '@module': module,
    // Terraform expects exactly six fractional digits.
    '@timestamp': new Date().toISOString().replace('Z', '000Z'),
    ...Object.fromEntries(texts),
  };
  return `${JSON.stringify(entry)}\n`;
}
