import { isIP } from 'node:net';
import { SettingsError } from './settings-error';

export type Scheme = 'https' | 'http';

const HOST_AND_PORT = /^(?:\[[0-9a-f:.]{2,45}\]|[a-z0-9_.-]{1,253})(?::(\d{1,5}))?$/i;

/**
 * A host with an optional port, in the form in which requests name it: lower case, without the scheme's own port.
 * @param name the setting's name, for the error.
 * @throws SettingsError, which never shows the value: it may hold a password.
 */
export function parseDomain(name: string, value: string, scheme: Scheme): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) {
    throw badDomain(name, 'it holds a scheme; the scheme has a setting of its own, ZENLAYERCLOUD_SCHEME');
  }
  if (value.includes('@')) throw badDomain(name, 'it holds a user name or a password');
  if (/[/?#\\]/.test(value)) throw badDomain(name, 'it holds a path or a query');
  const match = HOST_AND_PORT.exec(value);
  if (match === null) throw badDomain(name, 'it is not a host name or an IP address');
  // Without a port this is NaN, which is neither.
  const port = Number(match[1]);
  if (port < 1 || port > 65_535) throw badDomain(name, 'its port is not a number from 1 to 65535');
  if (!URL.canParse(`${scheme}://${value}`)) throw badDomain(name, 'it is not a host name or an IP address');
  return new URL(`${scheme}://${value}`).host;
}

/**
 * Plain HTTP would show credentials and answers to the network.
 * @throws SettingsError if `scheme` is `http` and `domain` is not this machine itself.
 */
export function refusePlainHttp(scheme: Scheme, domain: string): void {
  if (scheme === 'https' || isLoopback(new URL(`http://${domain}`).hostname)) return;
  throw new SettingsError(
    'Plain HTTP is refused except to this machine itself (localhost, 127.0.0.0/8, ::1): anyone on the way could read ' +
      'and change requests. Set ZENLAYERCLOUD_SCHEME to "https", or unset it.',
  );
}

function isLoopback(hostname: string): boolean {
  if (hostname === 'localhost' || hostname === '[::1]') return true;
  return isIP(hostname) === 4 && hostname.startsWith('127.');
}

function badDomain(name: string, reason: string): SettingsError {
  return new SettingsError(
    `${name} is not usable: ${reason}. Write only a host and, if need be, a port, such as "console.zenlayer.com".`,
  );
}
