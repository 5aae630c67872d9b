import type { Credentials } from './credentials';
import { SettingsError } from './errors';
import { findCredentials, trimmed, type Environment, type ResolveOptions } from './find-credentials';
import { isLoopback, resolveProxy, type Proxy } from './proxy';

export { MissingCredentialsError, SettingsError } from './errors';
export type { Environment, ResolveOptions } from './find-credentials';

/** The protocol of API requests. `http` is allowed only for loopback addresses. */
export type Scheme = 'https' | 'http';

/** The API endpoint and the request timeout. */
export interface ZecEndpoint {
  readonly scheme: Scheme;
  /** Host and optional port, exactly as the `Host` header carries it. */
  readonly domain: string;
  /** Timeout of one request, in milliseconds: from connecting to the end of the response. */
  readonly clientTimeoutMs: number;
  /** The proxy for connections to `domain`; never for plain HTTP. */
  readonly proxy?: Proxy | undefined;
  /** The source of each setting, for display: a variable, a file, or `default`. */
  readonly sources: Readonly<Record<'scheme' | 'domain' | 'clientTimeout', string>>;
}

/** Everything that the client needs to call the API. */
export interface ZecSettings extends ZecEndpoint {
  readonly credentials: Credentials;
  readonly sources: Readonly<Record<'credentials' | keyof ZecEndpoint['sources'], string>>;
}

const DEFAULT_DOMAIN = 'console.zenlayer.com';
// Shorter than the 600 s of the vendor's Terraform provider: after a request that hangs, the handler reads again.
const DEFAULT_TIMEOUT_SECONDS = 30;
const MAX_TIMEOUT_SECONDS = 3600;

/**
 * Resolves the settings from the environment and the files of the vendor's CLI. For each setting, the first source applies:
 * 1. `ZENLAYERCLOUD_ACCESS_KEY_ID`, `…_ACCESS_KEY_PASSWORD`, `…_DOMAIN`, `…_SCHEME` (`HTTPS`, or `HTTP` to loopback) and
 *    `…_CLIENT_TIMEOUT` (whole seconds), the variables of the vendor's Terraform provider;
 * 2. `ZENLAYER_TOKEN`, or `ZENLAYER_ACCESS_KEY_ID` and `ZENLAYER_ACCESS_KEY_SECRET`, and `ZENLAYER_ENDPOINT` (as
 *    `…_DOMAIN`), the variables of the vendor's CLI;
 * 3. `~/.zenlayer/credentials.json`: the profile `ZENLAYER_PROFILE`, or the CLI's current one, or `default`.
 *
 * The ID and the password of an access key always come from the same source.
 * @throws SettingsError
 */
export function resolveSettings(options: ResolveOptions): ZecSettings {
  const endpoint = resolveEndpoint(options.env);
  const { credentials, source } = findCredentials(options);
  return { ...endpoint, credentials, sources: { ...endpoint.sources, credentials: source } };
}

/** The part of the settings that is not secret: see {@link resolveSettings}. @throws SettingsError */
export function resolveEndpoint(env: Environment): ZecEndpoint {
  const scheme = setting<Scheme>(env, 'ZENLAYERCLOUD_SCHEME', 'https', parseScheme);
  const name = trimmed(env.ZENLAYERCLOUD_DOMAIN) === undefined ? 'ZENLAYER_ENDPOINT' : 'ZENLAYERCLOUD_DOMAIN';
  const domain = setting(env, name, DEFAULT_DOMAIN, (text) => parseDomain(name, text, scheme.value));
  refusePlainHttp(scheme.value, domain.value);
  const seconds = setting(env, 'ZENLAYERCLOUD_CLIENT_TIMEOUT', DEFAULT_TIMEOUT_SECONDS, parseTimeout);
  return {
    scheme: scheme.value,
    domain: domain.value,
    clientTimeoutMs: seconds.value * 1000,
    ...(scheme.value === 'https' && { proxy: resolveProxy(env, domain.value) }),
    sources: { scheme: scheme.source, domain: domain.source, clientTimeout: seconds.source },
  };
}

/** The value of a variable, and its source. */
function setting<T>(env: Environment, name: string, unset: T, parse: (text: string, name: string) => T) {
  const text = trimmed(env[name]);
  return text === undefined
    ? { value: unset, source: 'default' }
    : { value: parse(text, name), source: name };
}

function parseScheme(text: string, name: string): Scheme {
  const scheme = text.toLowerCase();
  if (scheme === 'https' || scheme === 'http') return scheme;
  throw new SettingsError(`${name} is neither "HTTPS" nor "HTTP". Set it to "HTTPS", or unset it.`);
}

function parseTimeout(text: string, name: string): number {
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= MAX_TIMEOUT_SECONDS) return seconds;
  throw new SettingsError(
    `${name} is not a whole number of seconds from 1 to ${MAX_TIMEOUT_SECONDS}. Set it to one, or unset it for ` +
      `the default of ${DEFAULT_TIMEOUT_SECONDS} seconds.`,
  );
}

const HOST_AND_PORT = /^(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9_.-]{1,253})(?::(\d{1,5}))?$/i;

/**
 * Parses a host with an optional port into the form of the `Host` header: lower case, without the default port.
 * @param name the name of the setting, for the error
 * @throws SettingsError without the value, which may contain a password
 */
export function parseDomain(name: string, value: string, scheme: Scheme): string {
  const invalid = (reason: string) =>
    new SettingsError(
      `${name} is invalid: ${reason}. Give only a host and an optional port, such as "console.zenlayer.com".`,
    );
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) {
    throw invalid('it contains a scheme, which has its own setting, ZENLAYERCLOUD_SCHEME');
  }
  if (value.includes('@')) throw invalid('it contains a user name or a password');
  if (/[/?#\\]/.test(value)) throw invalid('it contains a path or a query');
  const match = HOST_AND_PORT.exec(value);
  // NaN without a port: both comparisons are false.
  const port = Number(match?.[1]);
  if (port < 1 || port > 65_535) throw invalid('its port is not a number from 1 to 65535');
  const url = `${scheme}://${value}`;
  if (match === null || !URL.canParse(url)) throw invalid('it is not a host name or an IP address');
  return new URL(url).host;
}

/** @throws SettingsError for plain HTTP, except to loopback addresses: it would expose credentials and responses */
export function refusePlainHttp(scheme: Scheme, domain: string): void {
  if (scheme === 'https' || isLoopback(new URL(`http://${domain}`).hostname)) return;
  throw new SettingsError(
    'Plain HTTP is allowed only to this machine itself (localhost, 127.0.0.0/8, ::1): anyone on the network could read ' +
      'and change requests. Set ZENLAYERCLOUD_SCHEME to "https", or unset it.',
  );
}
