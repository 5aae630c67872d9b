import { lookup } from 'node:dns/promises';
import { once, type EventEmitter } from 'node:events';
import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { formatDuration } from '../../duration';
import { toSingleLine } from '../../zec/errors';
import type { Environment, ZecEndpoint } from '../../zec/settings';
import { fail, ok, skip, warn, type CheckResult } from './finding';

const DAY_MS = 86_400_000;
const CERTIFICATE_WARNING_DAYS = 14;
/** The API rejects signatures with a larger clock skew (assumed). */
const MAX_SKEW_MS = 300_000;
const WARNING_SKEW_MS = 60_000;

type Host = ReturnType<typeof hostOf>;

/** The host that connections are made to: the API's, or that of the proxy on the way to it. */
export function hostOf({ scheme, domain, proxy }: ZecEndpoint) {
  const origin = `${scheme}://${domain}`;
  const { protocol, hostname, port } = new URL(proxy?.uri.reveal() ?? origin);
  return {
    origin,
    scheme,
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (protocol === 'https:' ? 443 : 80),
    /** The variable that names it. */
    variable: proxy?.source ?? 'ZENLAYERCLOUD_DOMAIN',
  };
}

export async function checkDns({ hostname, variable }: Host): Promise<CheckResult> {
  if (isIP(hostname) !== 0) return ok(`${hostname} is an IP address`);
  try {
    const addresses = await lookup(hostname, { all: true });
    return ok(`${hostname} resolves to ${addresses.map(({ address }) => address).join(', ')}`);
  } catch (error) {
    return fail(
      `${hostname} could not be resolved (${codeOf(error)})`,
      `Check ${variable} and the DNS configuration of this machine.`,
    );
  }
}

export async function checkTcp(
  { hostname, port, variable }: Host,
  signal: AbortSignal,
): Promise<CheckResult> {
  const startedAt = performance.now();
  const socket = connectTcp({ host: hostname, port });
  const error = await connectionError(socket, 'connect', signal);
  socket.destroy();
  if (error === undefined) {
    return ok(`${hostname}:${port} accepts connections (${formatDuration(performance.now() - startedAt)})`);
  }
  return fail(
    `cannot connect to ${hostname}:${port} (${error})`,
    `Check ${variable}, and that the network allows outbound connections to this port.`,
  );
}

/** Verifies the server certificate as the client does, independent of NODE_TLS_REJECT_UNAUTHORIZED. */
export async function checkTls({ scheme, hostname, port }: Host, signal: AbortSignal): Promise<CheckResult> {
  if (scheme === 'http') return ok('plain HTTP on the loopback interface; no certificate to verify');
  const socket = connectTls({
    host: hostname,
    port,
    servername: isIP(hostname) === 0 ? hostname : '',
    ALPNProtocols: ['http/1.1'],
    // Accept the connection in order to report the certificate. No data is sent.
    rejectUnauthorized: false,
  });
  const error = await connectionError(socket, 'secureConnect', signal);
  if (error !== undefined) {
    return fail(
      `the TLS handshake with ${hostname}:${port} failed (${error})`,
      'Check that this is an HTTPS port, and that no proxy or firewall intercepts the connection.',
    );
  }
  const result = certificateResult(socket);
  socket.destroy();
  return result;
}

/** Waits until a socket is connected. Returns the code of the error if that fails. */
async function connectionError(
  socket: Socket,
  event: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    await eventOf(socket, event, signal);
    return undefined;
  } catch (error) {
    socket.destroy();
    if (signal.aborted) throw error;
    return codeOf(error);
  }
}

function certificateResult(socket: TLSSocket): CheckResult {
  const { subject, issuer, valid_to } = socket.getPeerCertificate();
  const name = field(subject, 'CN') ?? 'the server';
  const issuedBy = field(issuer, 'O') ?? field(issuer, 'CN') ?? 'an unnamed CA';
  if (!socket.authorized) {
    const code = codeOf(socket.authorizationError);
    const detail = `the certificate of ${name}, issued by ${issuedBy}, is not trusted (${code})`;
    return fail(detail, certificateFix(code));
  }
  const expiry = Date.parse(valid_to);
  const day = Number.isNaN(expiry) ? 'an unknown date' : new Date(expiry).toISOString().slice(0, 10);
  const detail = `the certificate of ${name} is trusted, and expires on ${day}`;
  const days = Math.floor((expiry - Date.now()) / DAY_MS);
  return days < CERTIFICATE_WARNING_DAYS
    ? warn(`${detail}, in ${days} days`, 'Ask the operator of the server to renew it.')
    : ok(`${detail} (issued by ${issuedBy})`);
}

function certificateFix(code: string): string {
  if (/EXPIRED|NOT_YET_VALID/.test(code)) {
    return 'Check this machine’s clock; if it is correct, ask the operator of the server to renew the certificate.';
  }
  if (code.includes('ALTNAME')) {
    return 'The certificate is for another host: check ZENLAYERCLOUD_DOMAIN, and that no proxy or firewall intercepts the connection.';
  }
  return 'Check ZENLAYERCLOUD_DOMAIN. For a private CA, set NODE_EXTRA_CA_CERTS to its certificate file.';
}

/** Measures the clock skew to the server, with the `Date` header of the response to a HEAD request. */
export async function checkClock({ origin, scheme }: Host, signal: AbortSignal): Promise<CheckResult> {
  const before = Date.now();
  const send = scheme === 'https' ? requestHttps : requestHttp;
  const options = { method: 'HEAD', signal, agent: false, rejectUnauthorized: true } as const;
  const request = send(`${origin}/api/v2/zec`, options).end();
  const [response] = (await eventOf(request, 'response', signal)) as [IncomingMessage];
  response.destroy();
  const serverMs = Date.parse(response.headers.date ?? '');
  if (Number.isNaN(serverMs)) return skip('the server sends no Date header');
  // The header is truncated to seconds.
  const skewMs = (before + Date.now()) / 2 - (serverMs + 500);
  const absoluteMs = Math.abs(skewMs);
  if (absoluteMs < WARNING_SKEW_MS)
    return ok(`within ${formatDuration(absoluteMs + 500)} of the server’s clock`);
  const relation = `${formatDuration(absoluteMs)} ${skewMs > 0 ? 'ahead of' : 'behind'} the server’s clock`;
  const fix =
    'Synchronize this machine’s clock, for example with NTP. The API rejects signatures with a large clock skew.';
  return absoluteMs < MAX_SKEW_MS ? warn(relation, fix) : fail(relation, fix);
}

/** Waits for an event. Later errors, such as those of a closed connection, are ignored. */
function eventOf(emitter: EventEmitter, name: string, signal: AbortSignal): Promise<unknown[]> {
  emitter.on('error', () => undefined);
  return once(emitter, name, { signal });
}

/** A certificate may lack subject, issuer and their fields. */
function field(object: unknown, name: string): string | undefined {
  const value = (object as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'string' ? toSingleLine(value) : undefined;
}

/** Node.js tries several addresses and wraps their errors in an AggregateError. */
function codeOf(error: unknown): string {
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return toSingleLine(
    inner instanceof Error ? ((inner as NodeJS.ErrnoException).code ?? inner.message) : String(inner),
  );
}

/** Reports no more of the proxy than its host, because its URL may contain a password. */
export function checkProxy({ scheme, proxy }: ZecEndpoint): CheckResult {
  if (proxy !== undefined) return ok(`connections go through ${proxy.host} (${proxy.source})`);
  return ok(scheme === 'http' ? 'none: plain HTTP stays on this machine' : 'none for this host');
}

/** Warns about a variable that disables certificate verification in other Node.js programs. */
export function checkTlsOverride(env: Environment): CheckResult | undefined {
  if (env.NODE_TLS_REJECT_UNAUTHORIZED !== '0') return undefined;
  return warn(
    'NODE_TLS_REJECT_UNAUTHORIZED=0 is set: this client still verifies certificates, other Node.js programs do not',
    'Unset it, and configure a private CA in NODE_EXTRA_CA_CERTS.',
  );
}
