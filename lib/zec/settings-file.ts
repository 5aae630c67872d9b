import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { SettingsError } from './errors';

/** The content of a settings file. */
export interface FileContent {
  readonly bytes: Uint8Array;
  /** The file's mode bits, where the system has them. */
  readonly mode?: number | undefined;
}

/** Maximum size of a settings file, in bytes. */
export const MAX_FILE_BYTES = 65_536;

/** Reads a file, or returns `undefined` if it does not exist. May stop one byte after {@link MAX_FILE_BYTES}. */
export type ReadFile = (path: string) => FileContent | undefined;

export interface SettingsFileOptions {
  /** The directory that contains `.zenlayer`. Default: the user's home directory. */
  readonly homeDir?: string | undefined;
  /** Reads a file; for tests. */
  readonly readFile?: ReadFile | undefined;
}

export const displayPath = (name: string) => `~/.zenlayer/${name}`;

/** The user's home directory; '' if the system does not know the user. */
export function homeDirectory(): string {
  try {
    return homedir();
  } catch {
    return '';
  }
}

/**
 * Reads a file of the vendor's CLI in `~/.zenlayer`; `undefined` if it does not exist.
 * @throws SettingsError if it cannot be read
 */
export function readCliFile(name: string, options: SettingsFileOptions): FileContent | undefined {
  const { homeDir = homeDirectory(), readFile = readWholeFile } = options;
  // Without a home directory the path would be relative to the working directory.
  if (homeDir === '') return undefined;
  let content: FileContent | undefined;
  try {
    content = readFile(join(homeDir, '.zenlayer', name));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new SettingsError(
      `${displayPath(name)} cannot be read (${code}). Make it a file that you can read, or remove it.`,
    );
  }
  if (content !== undefined && content.bytes.length > MAX_FILE_BYTES) {
    throw malformed(name, `it is larger than ${MAX_FILE_BYTES / 1024} KiB`);
  }
  return content;
}

/** @throws SettingsError if the content is not a JSON object */
export function parseCliFile(name: string, { bytes }: FileContent): Record<string, unknown> {
  let value: unknown;
  try {
    // The decoder drops a byte order mark, which some editors on Windows write.
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // The parser's message would show a part of the content.
    throw malformed(name, 'it is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed(name, 'it is not a JSON object');
  }
  return value as Record<string, unknown>;
}

export function malformed(name: string, reason: string): SettingsError {
  return new SettingsError(
    `${displayPath(name)} is invalid: ${reason}. Run "zeno configure" to recreate it, or remove it.`,
  );
}

/** The default {@link ReadFile}. Opens without blocking: a FIFO planted there would block forever. */
export function readWholeFile(path: string): FileContent | undefined {
  let file: number;
  try {
    // Windows has no O_NONBLOCK: it is undefined there, and counts as 0.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw Object.assign(new Error('not a file'), { code: 'not a regular file' });
    const buffer = Buffer.alloc(MAX_FILE_BYTES + 1);
    let length = 0;
    for (let read = 1; read > 0 && length < buffer.length; length += read)
      read = readSync(file, buffer, length, buffer.length - length, null);
    // Windows has no such mode bits; Node's values there are meaningless.
    const mode = process.platform === 'win32' ? undefined : stat.mode;
    return { bytes: buffer.subarray(0, length), mode };
  } finally {
    closeSync(file);
  }
}
