import { credentialsOf } from './credentials';
import type { Credentials, FoundCredentials } from './credentials';
import { readCredentialsFile } from './credentials-file';
import type { ReadFile } from './credentials-file';
import { parseDomain, refusePlainHttp } from './domain';
import type { Scheme } from './domain';
import { MissingCredentialsError, SettingsError } from './settings-error';

export { MissingCredentialsError, SettingsError };

/** Where the API is, and how long it may take to answer. */
export interface ZecEndpoint {
  readonly scheme: Scheme;
  /** Host and optional port, exactly as the `Host` header carries it. */
  readonly domain: string;
  /** Longest time one request may take, in milliseconds: from connecting to the end of the answer. */
  readonly clientTimeoutMs: number;
  /** The source of each setting, for display: a variable, a file, or `default`. */
  readonly sources: Readonly<Record<'scheme' | 'domain' | 'clientTimeout', string>>;
}

/** What the client needs to call the API. */
export interface ZecSettings extends ZecEndpoint {
  readonly credentials: Credentials;
  readonly sources: Readonly<Record<'credentials' | keyof ZecEndpoint['sources'], string>>;
}

/** Environment variables, e.g. `process.env`. An empty variable counts as not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface ResolveOptions {
  readonly env: Environment;
  /** The home directory, which may hold `.zenlayer/credentials.json`. Read only when the environment holds no credentials. */
  readonly homeDir: string;
  /** Called with one sentence for each setting that works but should be changed. */
  readonly warn?: ((text: string) => void) | undefined;
  /** Reads a file; for tests. */
  readonly readFile?: ReadFile | undefined;
}

const DEFAULT_DOMAIN = 'console.zenlayer.com';
// The official Terraform provider's default is 600 s. A short timeout is better here: the handler gives up a request that
// hangs, reads the state again, and continues.
const DEFAULT_TIMEOUT_SECONDS = 30;
const MAX_TIMEOUT_SECONDS = 3600;

/**
 * Settings from the environment and the official CLI's files; for each, the first found wins:
 * 1. `ZENLAYERCLOUD_ACCESS_KEY_ID`, `…_ACCESS_KEY_PASSWORD`, `…_DOMAIN`, `…_SCHEME` (`HTTPS`, or `HTTP` to loopback) and
 *    `…_CLIENT_TIMEOUT` (whole seconds), the variables of the official Terraform provider;
 * 2. `ZENLAYER_ACCESS_KEY_ID` and `ZENLAYER_ACCESS_KEY_SECRET`, or `ZENLAYER_TOKEN`, those of the official CLI;
 * 3. `~/.zenlayer/credentials.json`: the profile `ZENLAYER_PROFILE`, else the CLI's current one, else `default`.
 *
 * An access key's halves are never taken from two places.
 * @throws SettingsError
 */
export function resolveSettings(options: ResolveOptions): ZecSettings {
  const endpoint = resolveEndpoint(options.env);
  const { credentials, source } = resolveCredentials(options);
  return { ...endpoint, credentials, sources: { ...endpoint.sources, credentials: source } };
}

/**
 * The part of the settings that is no secret: see {@link resolveSettings}.
 * @throws SettingsError
 */
export function resolveEndpoint(env: Environment): ZecEndpoint {
  const scheme = resolveScheme(env);
  const domain = resolveDomain(env, scheme.value);
  refusePlainHttp(scheme.value, domain.value);
  const timeout = resolveTimeout(env);
  return {
    scheme: scheme.value,
    domain: domain.value,
    clientTimeoutMs: timeout.value,
    sources: { scheme: scheme.source, domain: domain.source, clientTimeout: timeout.source },
  };
}

interface Sourced<T> {
  readonly value: T;
  readonly source: string;
}

function resolveCredentials(options: ResolveOptions): FoundCredentials {
  const { env, readFile, warn = () => undefined } = options;
  const field = (name: string) => ({ name, value: env[name] });
  const where = 'the environment';
  const places = [
    {
      where,
      id: field('ZENLAYERCLOUD_ACCESS_KEY_ID'),
      password: field('ZENLAYERCLOUD_ACCESS_KEY_PASSWORD'),
    },
    {
      where,
      id: field('ZENLAYER_ACCESS_KEY_ID'),
      password: field('ZENLAYER_ACCESS_KEY_SECRET'),
      token: field('ZENLAYER_TOKEN'),
    },
  ];
  for (const place of places) {
    const credentials = credentialsOf(place, warn);
    if (credentials === undefined) continue;
    const names = credentials.kind === 'token' ? [place.token?.name] : [place.id.name, place.password.name];
    return { credentials, source: names.join(' and ') };
  }
  const profile = setting(env, 'ZENLAYER_PROFILE');
  const found = readCredentialsFile({ homeDir: options.homeDir, readFile, warn, profile });
  if (found !== undefined) return found;
  throw new MissingCredentialsError(
    'No credentials found. Set ZENLAYERCLOUD_ACCESS_KEY_ID and ZENLAYERCLOUD_ACCESS_KEY_PASSWORD in the environment, ' +
      'or run "zeno configure", which writes ~/.zenlayer/credentials.json.',
  );
}

function resolveScheme(env: Environment): Sourced<Scheme> {
  const name = 'ZENLAYERCLOUD_SCHEME';
  const value = setting(env, name)?.toLowerCase();
  if (value === undefined) return { value: 'https', source: 'default' };
  if (value === 'https' || value === 'http') return { value, source: name };
  throw new SettingsError(`${name} is neither "HTTPS" nor "HTTP". Set it to "HTTPS", or unset it.`);
}

function resolveDomain(env: Environment, scheme: Scheme): Sourced<string> {
  const name = 'ZENLAYERCLOUD_DOMAIN';
  const value = setting(env, name);
  if (value === undefined) return { value: DEFAULT_DOMAIN, source: 'default' };
  return { value: parseDomain(name, value, scheme), source: name };
}

function resolveTimeout(env: Environment): Sourced<number> {
  const name = 'ZENLAYERCLOUD_CLIENT_TIMEOUT';
  const value = setting(env, name);
  if (value === undefined) return { value: DEFAULT_TIMEOUT_SECONDS * 1000, source: 'default' };
  const seconds = /^\d{1,9}$/.test(value) ? Number(value) : 0;
  if (seconds < 1 || seconds > MAX_TIMEOUT_SECONDS) {
    throw new SettingsError(
      `${name} is not a whole number of seconds from 1 to ${MAX_TIMEOUT_SECONDS}. Set it to one, or unset it for ` +
        `${DEFAULT_TIMEOUT_SECONDS} seconds.`,
    );
  }
  return { value: seconds * 1000, source: name };
}

function setting(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim() ?? '';
  return value === '' ? undefined : value;
}
