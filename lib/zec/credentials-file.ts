import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { credentialsOf } from './credentials';
import type { FoundCredentials } from './credentials';
import { quote } from './ids';
import { SettingsError } from './settings-error';

/** Largest settings file that is read, in bytes. */
export const MAX_FILE_BYTES = 65_536;

export interface FileContent {
  readonly bytes: Uint8Array;
  /** The file's mode bits, where the system has them. */
  readonly mode?: number | undefined;
}

/**
 * Reads a file: `undefined` if there is none. May give one byte more than {@link MAX_FILE_BYTES}, which tells that
 * the file is too large.
 */
export type ReadFile = (path: string) => FileContent | undefined;

export interface CredentialsFileOptions {
  readonly homeDir: string;
  /** The profile to use; by default the one that is current in `~/.zenlayer/config.json`, else `default`. */
  readonly profile?: string | undefined;
  readonly readFile?: ReadFile | undefined;
  readonly warn: (text: string) => void;
}

const CREDENTIALS = 'credentials.json';
const CONFIG = 'config.json';
const shown = (name: string) => `~/.zenlayer/${name}`;

// Both files as the official CLI, `zeno configure`, writes them: a profile's name leads to its credentials.
const ProfileSchema = v.object({
  access_key_id: v.nullish(v.string()),
  access_key_secret: v.nullish(v.string()),
  token: v.nullish(v.string()),
});
const ConfigSchema = v.object({ current_profile: v.nullish(v.string()) });

/**
 * The credentials that the official CLI keeps in `~/.zenlayer/credentials.json`; `undefined` if there is no such file
 * or its profile holds none.
 * @throws SettingsError if the file cannot be read or understood, or the profile that was asked for is not in it.
 */
export function readCredentialsFile(options: CredentialsFileOptions): FoundCredentials | undefined {
  const content = load(CREDENTIALS, options);
  if (content === undefined) {
    if (options.profile === undefined) return undefined;
    throw new SettingsError(
      `ZENLAYER_PROFILE asks for the profile ${quote(options.profile)}, but there is no ${shown(CREDENTIALS)}. ` +
        'Run "zeno configure" to create it, or unset ZENLAYER_PROFILE.',
    );
  }
  warnIfReadableByOthers(content, options.warn);
  const profiles = parseObject(CREDENTIALS, content.bytes);
  const name = options.profile ?? currentProfile(options);
  const where = `the profile ${quote(name)} of ${shown(CREDENTIALS)}`;
  if (!Object.hasOwn(profiles, name)) {
    if (options.profile === undefined) return undefined;
    throw new SettingsError(
      `ZENLAYER_PROFILE asks for a profile that ${shown(CREDENTIALS)} does not have: ${quote(name)}. ` +
        'Run "zeno configure" to create it, or set ZENLAYER_PROFILE to one that is there.',
    );
  }
  const profile = v.safeParse(ProfileSchema, profiles[name]);
  if (!profile.success) {
    throw malformed(CREDENTIALS, `the profile ${quote(name)} is not an object of strings`);
  }
  const { access_key_id: id, access_key_secret: secret, token } = profile.output;
  const credentials = credentialsOf(
    {
      where,
      id: { name: 'access_key_id', value: id ?? undefined },
      password: { name: 'access_key_secret', value: secret ?? undefined },
      token: { name: 'token', value: token ?? undefined },
    },
    options.warn,
  );
  return credentials && { credentials, source: `${shown(CREDENTIALS)} (profile ${quote(name)})` };
}

function currentProfile(options: CredentialsFileOptions): string {
  const content = load(CONFIG, options);
  if (content === undefined) return 'default';
  const config = v.safeParse(ConfigSchema, parseObject(CONFIG, content.bytes));
  if (!config.success) throw malformed(CONFIG, 'its current_profile is not a string');
  const name = config.output.current_profile ?? '';
  return name === '' ? 'default' : name;
}

function load(
  name: string,
  { homeDir, readFile = readWholeFile }: CredentialsFileOptions,
): FileContent | undefined {
  // Without a home directory the path would be relative to the working directory.
  if (homeDir === '') return undefined;
  let content: FileContent | undefined;
  try {
    content = readFile(join(homeDir, '.zenlayer', name));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new SettingsError(
      `${shown(name)} cannot be read (${code}). Make it a file that you may read, or remove it.`,
    );
  }
  if (content !== undefined && content.bytes.length > MAX_FILE_BYTES) {
    throw malformed(name, `it is larger than ${MAX_FILE_BYTES / 1024} KiB`);
  }
  return content;
}

function parseObject(name: string, bytes: Uint8Array): Record<string, unknown> {
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

function malformed(name: string, reason: string): SettingsError {
  return new SettingsError(
    `${shown(name)} is not usable: ${reason}. Run "zeno configure" to recreate it, or remove it.`,
  );
}

function warnIfReadableByOthers({ mode }: FileContent, warn: (text: string) => void): void {
  if (((mode ?? 0) & 0o077) === 0) return;
  warn(
    `${shown(CREDENTIALS)} can be read or changed by other users of this machine: run "chmod 600 ${shown(CREDENTIALS)}"`,
  );
}

/** The default {@link ReadFile}. Opens without blocking: a FIFO planted there would block forever. */
export function readWholeFile(path: string): FileContent | undefined {
  const file = openIfThere(path);
  if (file === undefined) return undefined;
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw Object.assign(new Error('not a file'), { code: 'not a regular file' });
    const buffer = Buffer.alloc(MAX_FILE_BYTES + 1);
    let length = 0;
    for (;;) {
      const read = readSync(file, buffer, length, buffer.length - length, null);
      length += read;
      if (read === 0 || length === buffer.length) break;
    }
    // Windows has no such mode bits; Node's values there are meaningless.
    const mode = process.platform === 'win32' ? undefined : stat.mode;
    return { bytes: buffer.subarray(0, length), mode };
  } finally {
    closeSync(file);
  }
}

function openIfThere(path: string): number | undefined {
  try {
    // Windows has no O_NONBLOCK: it is undefined there, and counts as 0.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
