import type { Command } from './command';

const deploying = () => import('./commands/deploying.js');
const others = () => import('./commands/others.js');

/**
 * Every command, in the order of the help text. They are loaded when one of them runs or is described, in parts:
 * the start-up of `create` and `delete` is what a deploy waits for.
 */
const LOADERS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['create', async () => (await deploying()).createCommand],
  ['converge', async () => (await deploying()).convergeCommand],
  ['read', async () => (await deploying()).readCommand],
  ['delete', async () => (await deploying()).deleteCommand],
  ['review', async () => (await others()).reviewCommand],
  ['drift', async () => (await others()).driftCommand],
  ['status', async () => (await others()).statusCommand],
  ['doctor', async () => (await others()).doctorCommand],
  ['simulate', async () => (await others()).simulateCommand],
  ['completion', async () => (await others()).completionCommand],
  ['help', async () => (await others()).helpCommand],
  ['version', async () => (await others()).versionCommand],
]);

export const COMMAND_NAMES: readonly string[] = [...LOADERS.keys()];

/** The command of this name; `undefined` if there is none. */
export async function loadCommand(name: string): Promise<Command | undefined> {
  return LOADERS.get(name)?.();
}

export async function loadAll(): Promise<readonly Command[]> {
  return Promise.all([...LOADERS.values()].map((load) => load()));
}
