import { outcomeIfSent, ZecResponseError, ZecNetworkError, type ErrorKind, type ZecError } from './errors';
import type { Proxy } from './proxy';
import type { ResponseContext } from './responses';
import { MAX_RESPONSE_BYTES, type TransportError } from './transport';

interface FailureContext extends Omit<ResponseContext, 'wallMs'> {
  readonly domain: string;
  readonly proxy?: Proxy | undefined;
  readonly timeoutMs: number;
}

/** Creates the error of a request without a complete response. */
export function networkError(failure: TransportError, context: FailureContext): ZecError {
  const { action, proxy, timeoutMs } = context;
  const domain =
    proxy === undefined
      ? context.domain
      : `${context.domain} through the proxy ${proxy.host} (${proxy.source})`;
  const outcome = failure.sent ? outcomeIfSent(action) : 'not-applied';
  const error = (what: string, more: Partial<ConstructorParameters<typeof ZecNetworkError>[1]> = {}) =>
    new ZecNetworkError(`${action} failed: ${what}`, { action, outcome, ...more });
  const part = failure.sent ? 'complete response from' : 'connection to';
  switch (failure.reason) {
    case 'too-large': {
      const message = `${action} failed: the response is larger than ${MAX_RESPONSE_BYTES / 1024 / 1024} MiB`;
      return new ZecResponseError(message, { action, kind: 'transient', outcome, tooLarge: true });
    }
    case 'timeout':
      return error(`no ${part} ${domain} within ${timeoutMs / 1000} s`);
    case 'closed':
      return error('the client was closed');
    case 'connection': {
      const { code, text } = codeAndText(failure.network);
      // Redact before truncating, or a part of a secret could remain.
      const detail = context.redact([code, text].filter((each) => each !== '').join(': ')).slice(0, 200);
      if (failure.sent) return error(`the connection to ${domain} was lost (${detail})`);
      const hostUnreachable = code === 'ENOTFOUND' || code === 'ECONNREFUSED';
      const [, kind, hint] =
        HINTS.find(([pattern]) => pattern.test(GENERIC_CODE.test(code) ? text : code)) ?? [];
      const toProxy = proxy !== undefined && UNREACHABLE.test(code);
      const advice = toProxy
        ? `The proxy could not be reached: check ${proxy.source}, or exempt the API in NO_PROXY.`
        : hint;
      return error(`no connection to ${domain} (${detail})`, { kind, advice, hostUnreachable });
    }
  }
}

/** There is no such host, or it does not respond. */
const UNREACHABLE = /^(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/;
/** Codes that are less specific than the text. */
const GENERIC_CODE = /^(?:EPROTO|UND_ERR_ABORTED)$/;

/** Classifies a network error by its code, or by its text if the code is generic. */
const HINTS: readonly (readonly [pattern: RegExp, kind: ErrorKind, advice: string])[] = [
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|wrong version number|packet length too long/,
    'terminal',
    'The server does not speak HTTPS on this port. Check the port in ZENLAYERCLOUD_DOMAIN; for a plain HTTP server ' +
      'on this machine, set ZENLAYERCLOUD_SCHEME to "HTTP".',
  ],
  [
    /^Proxy response \(40[37]\)/,
    'terminal',
    'The proxy refuses the connection: check the user name and password in its URL, or exempt the API in NO_PROXY.',
  ],
  [
    /^Proxy response/,
    'transient',
    'The proxy does not reach the API: check ZENLAYERCLOUD_DOMAIN and the proxy, or exempt the API in NO_PROXY.',
  ],
  [
    /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)/,
    'terminal',
    'The server’s certificate is not trusted. Check ZENLAYERCLOUD_DOMAIN and this machine’s clock; for a private ' +
      'certificate authority, name its file in NODE_EXTRA_CA_CERTS.',
  ],
  [
    /^(?:EACCES|EPERM|EAFNOSUPPORT|EPROTONOSUPPORT)$/,
    'terminal',
    'This machine does not allow the connection: check its firewall and the limits of its sandbox.',
  ],
  [
    /^(?:ENOTFOUND|EAI_AGAIN)$/,
    'transient',
    'The host name could not be resolved: check ZENLAYERCLOUD_DOMAIN and this machine’s DNS.',
  ],
  [
    /^(?:ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/,
    'transient',
    'The host could not be reached: check ZENLAYERCLOUD_DOMAIN and this machine’s network.',
  ],
];

/** Node tries several addresses, and wraps their errors in one without a message. */
function codeAndText(error: Error | undefined): { code: string; text: string } {
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  const first = inner instanceof Error ? inner : error;
  const code = (first as NodeJS.ErrnoException | undefined)?.code ?? '';
  // The parser's error includes bytes of the response, so only its message is used.
  return { code, text: first?.message.split('\n')[0] ?? '' };
}
