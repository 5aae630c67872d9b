import { showDuration } from '../duration';
import type { ProgressEvent } from '../handler';

/** Where the command line writes. */
export interface Streams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** How long nothing may be said while an operation waits, in milliseconds. */
const QUIET_MS = 10_000;

/**
 * Turns progress events into lines for a person: one whenever something changes, and one every ten
 * seconds while nothing does.
 */
export function progressPrinter({ err }: Streams): (event: ProgressEvent) => void {
  let lastText = '';
  let lastAt = -QUIET_MS;
  const warned = new Set<string>();
  return (event) => {
    if (event.warning !== undefined && !warned.has(event.warning)) {
      warned.add(event.warning);
      err(`warning: ${event.warning}\n`);
    }
    const text = progressText(event);
    if (text === lastText && event.elapsedMs - lastAt < QUIET_MS) return;
    lastText = text;
    lastAt = event.elapsedMs;
    err(`${showDuration(event.elapsedMs).padStart(8)}  ${text}\n`);
  };
}

function progressText({ nicStatus, instanceStatus, message }: ProgressEvent): string {
  if (nicStatus === undefined) return message;
  return `vNIC ${nicStatus}, instance ${instanceStatus ?? 'missing'}: ${message}`;
}
