import { Diagnostics } from '../../lib/plugin/diagnostics';
import type { Diagnostic } from '../../lib/plugin/diagnostics';
import { createLogger, Secrets } from '../../lib/plugin/log';
import type { ProviderClient } from '../../lib/provider/client';

/** Fakes for the parts of the client that a test needs. */
export type ClientParts = { readonly [Part in keyof ProviderClient]?: unknown };

type LogEntry = Readonly<Record<string, string | undefined>>;

/** Creates a resource context that records log lines and diagnostics. */
export function contextWith(parts: ClientParts, signal = new AbortController().signal) {
  const lines: string[] = [];
  const entries: LogEntry[] = [];
  const write = (line: string) => {
    const { '@level': level, '@message': message, ...more } = JSON.parse(line) as Record<string, string>;
    const fields = Object.fromEntries(Object.entries(more).filter(([name]) => !name.startsWith('@')));
    entries.push({ level, message, ...fields });
    if (level !== 'debug' && message !== undefined) lines.push(message);
  };
  const diagnostics = new Diagnostics();
  return {
    context: {
      signal,
      log: createLogger({ write, level: 'debug', module: 'test' }, new Secrets()),
      diagnostics,
      client: parts as unknown as ProviderClient,
      privateState: new Uint8Array() as Uint8Array,
    },
    lines,
    entries,
    get diagnostics(): readonly Diagnostic[] {
      return diagnostics.all;
    },
  };
}
