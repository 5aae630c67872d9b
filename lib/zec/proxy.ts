import { isIP } from 'node:net';
import { Secret } from './credentials';
import { SettingsError } from './errors';
import type { Environment } from './find-credentials';

/** A proxy for HTTPS. */
export interface Proxy {
  /** Host and port, for display. */
  readonly host: string;
  /** The URL, with the user name and password if it has them. */
  readonly uri: Secret;
  /** The variable that names it. */
  readonly source: string;
}

/**
 * Finds the proxy for HTTPS to `domain` in the environment, by the rules of curl and Go: lower case takes precedence, an
 * empty variable means no proxy, and a value without a scheme is a host. Loopback addresses use no proxy.
 * @throws SettingsError without the value, which may contain a password
 */
export function resolveProxy(env: Environment, domain: string): Proxy | undefined {
  const source = env.https_proxy === undefined ? 'HTTPS_PROXY' : 'https_proxy';
  const text = env[source]?.trim() ?? '';
  const target = new URL(`https://${domain}`);
  if (text === '' || isLoopback(target.hostname)) return undefined;
  if (isExempt(target, env.no_proxy ?? env.NO_PROXY ?? '')) return undefined;
  const uri = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!isProxyUrl(uri)) {
    throw new SettingsError(
      `${source} is invalid: expected the URL of an HTTP proxy, such as "http://proxy.example.com:3128". ` +
        'Correct it, or exempt the API in NO_PROXY.',
    );
  }
  return { host: new URL(uri).host, uri: new Secret(uri), source };
}

function isProxyUrl(text: string): boolean {
  try {
    const { protocol, username, password } = new URL(text);
    // The proxy's agent decodes both.
    decodeURIComponent(username + password);
    return /^https?:$/.test(protocol);
  } catch {
    return false;
  }
}

/** Whether a `NO_PROXY` list contains the host or one of its parent domains. */
function isExempt({ hostname, port }: URL, list: string): boolean {
  return list
    .toLowerCase()
    .split(/[,\s]+/)
    .some((entry) => {
      const [, name = '', only] = /^(.*?)(?::(\d+))?$/.exec(entry.replace(/^\*?\./, '')) ?? [];
      if (name === '' || (only !== undefined && only !== (port || '443'))) return false;
      return name === '*' || hostname === name || hostname.endsWith(`.${name}`);
    });
}

/** Whether the host of a URL is the loopback interface. */
export function isLoopback(hostname: string): boolean {
  if (hostname === 'localhost' || hostname === '[::1]') return true;
  return isIP(hostname) === 4 && hostname.startsWith('127.');
}
