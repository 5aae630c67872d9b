import type { Command } from './command';

/**
 * Every command, in the order of the help text. Each file is loaded only when its command runs or is described: the
 * start-up of `create` and `delete` is what a deploy waits for.
 */
const LOADERS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['create', async () => (await import('./commands/deploying.js')).createCommand],
  ['read', async () => (await import('./commands/deploying.js')).readCommand],
  ['delete', async () => (await import('./commands/deploying.js')).deleteCommand],
  ['review', async () => (await import('./commands/others.js')).reviewCommand],
  ['drift', async () => (await import('./commands/others.js')).driftCommand],
  ['status', async () => (await import('./commands/others.js')).statusCommand],
  ['doctor', async () => (await import('./commands/others.js')).doctorCommand],
  ['simulate', async () => (await import('./commands/others.js')).simulateCommand],
  ['completion', async () => (await import('./commands/others.js')).completionCommand],
  ['help', async () => (await import('./commands/others.js')).helpCommand],
  ['version', async () => (await import('./commands/others.js')).versionCommand],
]);

export const COMMAND_NAMES: readonly string[] = [...LOADERS.keys()];

/** The command of this name; `undefined` if there is none. */
export async function loadCommand(name: string): Promise<Command | undefined> {
  return LOADERS.get(name)?.();
}

export async function loadAll(): Promise<readonly Command[]> {
  return Promise.all([...LOADERS.values()].map((load) => load()));
}
