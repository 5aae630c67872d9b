import { lookup } from 'node:dns/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect as connectTcp, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { PeerCertificate } from 'node:tls';
import { showDuration } from '../../duration';
import { oneLine } from '../../zec/errors';
import type { ZecEndpoint } from '../../zec/settings';
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
  try {
    const socket = connectTcp({ host: hostname, port });
    await opened(socket, 'connect', signal);
    socket.destroy();
    return ok(`${hostname}:${port} answers (${showDuration(performance.now() - startedAt)})`);
  } catch (error) {
    if (signal.aborted) throw error;
    const proxy =
      proxies.length === 0 ? '' : ` ${proxies.join(' and ')} names a proxy, which this client does not use.`;
    return fail(
      `no connection to ${hostname}:${port} (${codeOf(error)})`,
      `Check ZENLAYERCLOUD_DOMAIN, and that this machine’s network lets it out to that port.${proxy}`,
    );
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
    await opened(socket, 'secureConnect', signal);
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
  const days = Math.floor((Date.parse(certificate.valid_to) - Date.now()) / DAY_MS);
  const what = `the certificate of ${nameOf(certificate)} is trusted until ${isoDay(certificate.valid_to)}`;
  if (!(days < CERTIFICATE_DAYS)) return ok(`${what} (issued by ${issuerOf(certificate)})`);
  return warn(`${what}, which is in ${days} days`, 'Ask whoever runs the server to renew it.');
}

function distrusted(reason: Error | string | null, certificate: PeerCertificate): Outcome {
  const code = reason instanceof Error ? codeOf(reason) : String(reason);
  return fail(
    `the certificate of ${nameOf(certificate)}, issued by ${issuerOf(certificate)}, is not trusted (${oneLine(code)})`,
    TLS_FIXES.find(({ codes }) => codes.test(code))?.fix ??
      'Check ZENLAYERCLOUD_DOMAIN; for a private certificate authority, name its file in NODE_EXTRA_CA_CERTS.',
  );
}

const TLS_FIXES = [
  {
    codes: /EXPIRED|NOT_YET_VALID/,
    fix: 'Check this machine’s clock; if it is right, ask whoever runs the server to renew the certificate.',
  },
  {
    codes: /ALTNAME/,
    fix: 'The certificate is for another host: check ZENLAYERCLOUD_DOMAIN, and whether something on the way answers in its place.',
  },
] as const;

/** How far this machine's clock is from the server's, by the `Date` of an answer to a request that asks for nothing. */
export async function checkClock(endpoint: ZecEndpoint, signal: AbortSignal): Promise<Outcome> {
  const before = Date.now();
  const date = await dateOf(`${endpoint.scheme}://${endpoint.domain}/api/v2/zec`, signal);
  const serverMs = Date.parse(date ?? '');
  if (Number.isNaN(serverMs)) return skip('the server does not tell its time');
  // The header has whole seconds, cut off.
  const skewMs = (before + Date.now()) / 2 - (serverMs + 500);
  const off = showDuration(Math.abs(skewMs));
  const relation = `${off} ${skewMs > 0 ? 'ahead of' : 'behind'} the server’s`;
  if (Math.abs(skewMs) < NOTABLE_SKEW_MS)
    return ok(`at most ${showDuration(Math.abs(skewMs) + 500)} from the server’s`);
  const fix = 'Set this machine’s clock, best by NTP: the API refuses signatures of a clock that is far off.';
  return Math.abs(skewMs) < FATAL_SKEW_MS ? warn(relation, fix) : fail(relation, fix);
}

function dateOf(url: string, signal: AbortSignal): Promise<string | undefined> {
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    request(url, { method: 'HEAD', signal, agent: false, rejectUnauthorized: true }, (response) => {
      resolve(response.headers.date);
      response.destroy();
    })
      .on('error', reject)
      .end();
  });
}

function opened(socket: Socket, event: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => socket.destroy(), { once: true });
    socket
      .once(event, () => resolve())
      .on('error', reject)
      .once('close', () => reject(new Error('the connection was closed')));
  });
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

function isoDay(date: string): string {
  const ms = Date.parse(date);
  return Number.isNaN(ms) ? 'an unknown day' : new Date(ms).toISOString().slice(0, 10);
}

/** Node tries several addresses, and then wraps what each gave. */
function codeOf(error: unknown): string {
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const { code, message } = inner as NodeJS.ErrnoException;
  return oneLine(code ?? message);
}
