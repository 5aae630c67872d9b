import { setFlagsFromString } from 'node:v8';

/** The newest major version of Node whose V8 is known to have the flag; to another it would be a line of complaint. */
const NEWEST_KNOWN = 24;

/**
 * Leaves WebAssembly as it was first compiled. undici's parser is WebAssembly: once the first answer has come, V8
 * optimises it in the background. The process cannot end before that is done, which took a command that sends a dozen
 * requests as long as all the rest; and it took a provider 32 MiB.
 *
 * To be called when all is loaded: Node's own modules come precompiled, for the flags it started with.
 */
export function leaveWasmUnoptimised(): void {
  if (Number(process.versions.node.split('.')[0]) <= NEWEST_KNOWN) setFlagsFromString('--liftoff-only');
}
