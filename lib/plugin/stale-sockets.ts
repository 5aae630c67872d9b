import { lstat, readdir, rmdir, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { SOCKET_FOLDER_PREFIX, SOCKET_NAME } from './handshake';

const MAX_FOLDERS = 100;
/** Minimum age of a removed folder, in milliseconds: the provider of a younger one may not be listening yet. */
const MIN_AGE_MS = 60_000;

/**
 * Removes the socket folders of killed providers of this user, next to the folder of `ownPath`: those that contain at
 * most a socket, on which no process listens. Never throws.
 */
export async function removeStaleSockets(ownPath: string): Promise<void> {
  const own = dirname(ownPath);
  const parent = dirname(own);
  const names = await readdir(parent).catch(() => []);
  const folders = names
    .filter((name) => name.startsWith(SOCKET_FOLDER_PREFIX))
    .map((name) => join(parent, name))
    .filter((folder) => folder !== own);
  for (const folder of folders.slice(0, MAX_FOLDERS)) await removeIfStale(folder).catch(() => undefined);
}

async function removeIfStale(folder: string): Promise<void> {
  const stat = await lstat(folder);
  if (!stat.isDirectory() || stat.uid !== process.getuid?.() || Date.now() - stat.mtimeMs < MIN_AGE_MS)
    return;
  const entries = await readdir(folder);
  if (entries.some((name) => name !== SOCKET_NAME)) return;
  const socket = join(folder, SOCKET_NAME);
  if (entries.length > 0) {
    if (!(await lstat(socket)).isSocket() || !(await isRefused(socket))) return;
    await unlink(socket);
  }
  await rmdir(folder);
}

/** Whether no process listens on a socket. */
function isRefused(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(path);
    const end = (refused: boolean) => {
      connection.destroy();
      resolve(refused);
    };
    connection.once('connect', () => end(false));
    connection.once('error', (error: NodeJS.ErrnoException) => end(error.code === 'ECONNREFUSED'));
  });
}
