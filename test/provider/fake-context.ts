import { Diagnostics } from '../../lib/plugin/diagnostics';
import type { Diagnostic } from '../../lib/plugin/diagnostics';
import { createLogger, Secrets } from '../../lib/plugin/log';
import type { ProviderClient } from '../../lib/provider/client';

/** Fakes for the parts of the client that a test needs. */
export type ClientParts = { readonly [Part in keyof ProviderClient]?: unknown };

/** Creates a resource context that records log lines and diagnostics. */
export function contextWith(parts: ClientParts, signal = new AbortController().signal) {
  const lines: string[] = [];
  const write = (line: string) => void lines.push((JSON.parse(line) as { '@message': string })['@message']);
  const diagnostics = new Diagnostics();
  return {
    context: {
      signal,
      log: createLogger({ write, level: 'info', module: 'test' }, new Secrets()),
      diagnostics,
      client: parts as unknown as ProviderClient,
      privateState: new Uint8Array() as Uint8Array,
    },
    lines,
    get diagnostics(): readonly Diagnostic[] {
      return diagnostics.all;
    },
  };
}
