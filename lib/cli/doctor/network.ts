import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import type { EventEmitter } from 'node:events';
import { request as requestHttp } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { PeerCertificate } from 'node:tls';
import { showDuration } from '../../duration';
import { oneLine } from '../../zec/errors';
import type { ZecEndpoint } from '../../zec/settings';
import type { Environment } from '../values';
import { fail, ok, skip, warn } from './finding';
import type { Outcome } from './finding';

const DAY_MS = 86_400_000;
/** A certificate that ends sooner gets a warning. */
const CERTIFICATE_DAYS = 14;
/** The API refuses signatures of a clock that is off by more than five minutes (assumed). */
const FATAL_SKEW_MS = 300_000;
const NOTABLE_SKEW_MS = 60_000;

export interface Host {
  readonly hostname: string;
  readonly port: number;
}

export function hostOf({ scheme, domain }: ZecEndpoint): Host {
  const { hostname, port } = new URL(`${scheme}://${domain}`);
  return {
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (scheme === 'https' ? 443 : 80) : Number(port),
  };
}

export async function checkDns({ hostname }: Host): Promise<Outcome> {
  if (isIP(hostname) !== 0) return ok(`${hostname} is an address`);
  try {
    const found = await lookup(hostname, { all: true });
    return ok(`${hostname} is ${found.map(({ address }) => address).join(', ')}`);
  } catch (error) {
    return fail(
      `${hostname} could not be resolved (${codeOf(error)})`,
      'Check ZENLAYERCLOUD_DOMAIN, and this machine’s DNS.',
    );
  }
}

export async function checkTcp(
  { hostname, port }: Host,
  proxies: readonly string[],
  signal: AbortSignal,
): Promise<Outcome> {
  const startedAt = performance.now();
  const socket = connectTcp({ host: hostname, port });
  try {
    await eventOf(socket, 'connect', signal);
    return ok(`${hostname}:${port} answers (${showDuration(performance.now() - startedAt)})`);
  } catch (error) {
    if (signal.aborted) throw error;
    const proxy =
      proxies.length === 0 ? '' : ` ${proxies.join(' and ')} names a proxy, which this client does not use.`;
    return fail(
      `no connection to ${hostname}:${port} (${codeOf(error)})`,
      `Check ZENLAYERCLOUD_DOMAIN, and that this machine’s network lets it out to that port.${proxy}`,
    );
  } finally {
    socket.destroy();
  }
}

/** Whether the server's certificate is trusted as the client does it, whatever NODE_TLS_REJECT_UNAUTHORIZED says. */
export async function checkTls(
  { scheme }: ZecEndpoint,
  { hostname, port }: Host,
  signal: AbortSignal,
): Promise<Outcome> {
  if (scheme === 'http') return ok('plain HTTP, to this machine itself: there is nothing to trust');
  const socket = connectTls({
    host: hostname,
    port,
    servername: isIP(hostname) === 0 ? hostname : '',
    ALPNProtocols: ['http/1.1'],
    // To see what is wrong with it. Nothing is sent.
    rejectUnauthorized: false,
  });
  try {
    await eventOf(socket, 'secureConnect', signal);
    const certificate = socket.getPeerCertificate();
    return socket.authorized ? trusted(certificate) : distrusted(socket.authorizationError, certificate);
  } catch (error) {
    if (signal.aborted) throw error;
    return fail(
      `the TLS handshake with ${hostname}:${port} failed (${codeOf(error)})`,
      'Check that this is an HTTPS port, and that nothing on the way (a proxy, a firewall) answers in its place.',
    );
  } finally {
    socket.destroy();
  }
}

function trusted(certificate: PeerCertificate): Outcome {
  const until = Date.parse(certificate.valid_to);
  const day = Number.isNaN(until) ? 'an unknown day' : new Date(until).toISOString().slice(0, 10);
  const what = `the certificate of ${nameOf(certificate)} is trusted until ${day}`;
  const days = Math.floor((until - Date.now()) / DAY_MS);
  if (!(days < CERTIFICATE_DAYS)) return ok(`${what} (issued by ${issuerOf(certificate)})`);
  return warn(`${what}, which is in ${days} days`, 'Ask whoever runs the server to renew it.');
}

function distrusted(reason: Error | string | null, certificate: PeerCertificate): Outcome {
  const code = reason instanceof Error ? codeOf(reason) : String(reason);
  const what = `the certificate of ${nameOf(certificate)}, issued by ${issuerOf(certificate)}, is not trusted`;
  return fail(`${what} (${oneLine(code)})`, fixFor(code));
}

function fixFor(code: string): string {
  if (/EXPIRED|NOT_YET_VALID/.test(code)) {
    return 'Check this machine’s clock; if it is right, ask whoever runs the server to renew the certificate.';
  }
  if (code.includes('ALTNAME')) {
    return 'The certificate is for another host: check ZENLAYERCLOUD_DOMAIN, and whether something on the way answers in its place.';
  }
  return 'Check ZENLAYERCLOUD_DOMAIN; for a private certificate authority, name its file in NODE_EXTRA_CA_CERTS.';
}

/** How far this machine's clock is from the server's, by the `Date` of an answer to a request that asks for nothing. */
export async function checkClock(endpoint: ZecEndpoint, signal: AbortSignal): Promise<Outcome> {
  const before = Date.now();
  const date = await dateOf(`${endpoint.scheme}://${endpoint.domain}/api/v2/zec`, signal);
  const serverMs = Date.parse(date ?? '');
  if (Number.isNaN(serverMs)) return skip('the server does not tell its time');
  // The header has whole seconds, cut off.
  const skewMs = (before + Date.now()) / 2 - (serverMs + 500);
  const offMs = Math.abs(skewMs);
  if (offMs < NOTABLE_SKEW_MS) return ok(`at most ${showDuration(offMs + 500)} from the server’s`);
  const relation = `${showDuration(offMs)} ${skewMs > 0 ? 'ahead of' : 'behind'} the server’s`;
  const fix = 'Set this machine’s clock, best by NTP: the API refuses signatures of a clock that is far off.';
  return offMs < FATAL_SKEW_MS ? warn(relation, fix) : fail(relation, fix);
}

async function dateOf(url: string, signal: AbortSignal): Promise<string | undefined> {
  const send = url.startsWith('https:') ? requestHttps : requestHttp;
  const request = send(url, { method: 'HEAD', signal, agent: false, rejectUnauthorized: true }).end();
  const [response] = (await eventOf(request, 'response', signal)) as [IncomingMessage];
  response.destroy();
  return response.headers.date;
}

/** Waits for an event. An error after it, as of a connection that is closed on purpose, must not end the process. */
function eventOf(emitter: EventEmitter, name: string, signal: AbortSignal): Promise<unknown[]> {
  emitter.on('error', () => undefined);
  return once(emitter, name, { signal });
}

function nameOf({ subject }: PeerCertificate): string {
  return field(subject, 'CN') ?? 'the server';
}

function issuerOf({ issuer }: PeerCertificate): string {
  return field(issuer, 'O') ?? field(issuer, 'CN') ?? 'an unnamed authority';
}

/** A server may send a certificate without any of them. */
function field(of: unknown, name: string): string | undefined {
  const value = (of as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'string' ? oneLine(value) : undefined;
}

/** Node tries several addresses, and then wraps what each gave. */
function codeOf(error: unknown): string {
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const { code, message } = inner as NodeJS.ErrnoException;
  return oneLine(code ?? message);
}

/** The variables that name a proxy for this host. */
export function proxiesFor(env: Environment, { hostname }: Host, scheme: string): readonly string[] {
  const names = scheme === 'https' ? ['HTTPS_PROXY', 'https_proxy'] : ['HTTP_PROXY', 'http_proxy'];
  const bypassed = `${env.NO_PROXY ?? ''},${env.no_proxy ?? ''}`
    .split(',')
    .map((each) => each.trim().replace(/^\*?\./, ''))
    .some((each) => each === '*' || (each !== '' && (hostname === each || hostname.endsWith(`.${each}`))));
  return bypassed ? [] : [...names, 'ALL_PROXY', 'all_proxy'].filter((name) => (env[name] ?? '') !== '');
}

/** Only the names of variables are shown: a proxy's URL may hold a password. */
export function checkProxies(proxies: readonly string[], reachable: boolean): Outcome {
  if (proxies.length === 0) return ok('none in the environment for this host');
  const names = proxies.join(', ');
  return reachable
    ? ok(`${names} is set; this client connects directly, and reaches the host`)
    : warn(
        `${names} is set; this client connects directly, and does not reach the host`,
        'Let this machine out to the API directly, or run Terraform where that is possible.',
      );
}

/** A setting that makes other programs of Node trust anybody. */
export function checkTlsOverride(env: Environment): Outcome | undefined {
  if (env.NODE_TLS_REJECT_UNAUTHORIZED !== '0') return undefined;
  return warn(
    'NODE_TLS_REJECT_UNAUTHORIZED=0 is set: this client verifies certificates all the same, other programs do not',
    'Unset it, and name a private certificate authority in NODE_EXTRA_CA_CERTS.',
  );
}
