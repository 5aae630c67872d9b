import { setFlagsFromString } from 'node:v8';

/** The newest major version of Node whose V8 is known to have the flags; to another they would be lines of complaint. */
const NEWEST_KNOWN = 24;

/**
 * Keeps the heap small rather than collections few: a provider holds next to nothing for long, and its peak under
 * thousands of calls would else be what V8 lets pile up.
 *
 * To be called when all is loaded: Node's own modules come precompiled, for the flags it started with.
 */
export function keepHeapSmall(): void {
  if (Number(process.versions.node.split('.')[0]) > NEWEST_KNOWN) return;
  for (const flag of ['--semi-space-growth-factor=1', '--heap-growing-percent=10']) setFlagsFromString(flag);
}
