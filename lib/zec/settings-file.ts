import { constants, readSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { SettingsError } from './errors';
import { withFile } from './shared-files';

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
 * Reads a JSON object from a file of the vendor's CLI in `~/.zenlayer`; `undefined` if the file does not exist.
 * @throws SettingsError if it cannot be read or parsed
 */
export function readCliFile(name: string, options: SettingsFileOptions) {
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
  if (content === undefined) return undefined;
  const { bytes, mode } = content;
  if (bytes.length > MAX_FILE_BYTES) throw malformed(name, `it is larger than ${MAX_FILE_BYTES / 1024} KiB`);
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
  return { value: value as Record<string, unknown>, mode };
}

export function malformed(name: string, reason: string): SettingsError {
  return new SettingsError(
    `${displayPath(name)} is invalid: ${reason}. Run "zeno configure" to recreate it, or remove it.`,
  );
}

/** The default {@link ReadFile}. */
export function readWholeFile(path: string): FileContent | undefined {
  try {
    return withFile(path, constants.O_RDONLY, (file, { mode }) => {
      const buffer = Buffer.alloc(MAX_FILE_BYTES + 1);
      let length = 0;
      for (let read = 1; read > 0 && length < buffer.length; length += read)
        read = readSync(file, buffer, length, buffer.length - length, null);
      // Windows has no such mode bits; Node's values there are meaningless.
      const isWindows = process.platform === 'win32';
      return { bytes: buffer.subarray(0, length), mode: isWindows ? undefined : mode };
    });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR'].includes(code)) return undefined;
    throw error;
  }
}
