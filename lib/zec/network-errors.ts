import { ZecAnswerError, ZecNetworkError } from './errors';
import type { Outcome, ZecError } from './errors';
import { MAX_ANSWER_BYTES } from './transport';
import type { TransportError } from './transport';
import type { Action } from './types';

export interface FailureContext {
  readonly action: Action;
  readonly domain: string;
  readonly timeoutMs: number;
  /** What becomes of a request that may have left: `not-applied` for reads, which change nothing. */
  readonly outcomeIfUncertain: Outcome;
  readonly redact: (text: string) => string;
}

/** The error of a request without a complete response: what happened, and whether it may have been carried out. */
export function networkError(failure: TransportError, context: FailureContext): ZecError {
  const { action, outcomeIfUncertain, domain, timeoutMs } = context;
  const outcome = failure.sent ? outcomeIfUncertain : 'not-applied';
  switch (failure.reason) {
    case 'too-large': {
      const message = `${action} failed: the response is larger than ${MAX_ANSWER_BYTES / 1024 / 1024} MiB`;
      return new ZecAnswerError(message, { action, kind: 'transient', outcome });
    }
    case 'timeout': {
      const seconds = timeoutMs / 1000;
      const what = failure.sent ? `no complete response from ${domain}` : `no connection to ${domain}`;
      return new ZecNetworkError(`${action} failed: ${what} within ${seconds} s`, { action, outcome });
    }
    case 'closed':
      return new ZecNetworkError(`${action} failed: the client was closed`, { action, outcome });
    case 'connection':
      return connectionError(failure, outcome, context);
  }
}

function connectionError(failure: TransportError, outcome: Outcome, context: FailureContext): ZecError {
  const { action, domain, redact } = context;
  const { code, text } = codeAndText(failure.network);
  // Redact before truncating, or a part of a secret could remain.
  const detail = redact([code, text].filter((part) => part !== '').join(': ')).slice(0, 200);
  if (failure.sent) {
    return new ZecNetworkError(`${action} failed: the connection to ${domain} was lost (${detail})`, {
      action,
      outcome,
    });
  }
  const hint = HINTS.find(({ codes }) => codes.test(code));
  return new ZecNetworkError(`${action} failed: no connection to ${domain} (${detail})`, {
    action,
    outcome,
    kind: hint?.kind,
    advice: hint?.advice,
    hostUnreachable: code === 'ENOTFOUND' || code === 'ECONNREFUSED',
  });
}

const HINTS = [
  {
    codes: /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|ERR_TLS_CERT/,
    kind: 'terminal',
    advice:
      'The server’s certificate cannot be trusted. Check ZENLAYERCLOUD_DOMAIN and this machine’s clock; for a private ' +
      'certificate authority, name its file in NODE_EXTRA_CA_CERTS.',
  },
  {
    codes: /^(?:ENOTFOUND|EAI_AGAIN)$/,
    kind: 'transient',
    advice: 'The host name could not be resolved: check ZENLAYERCLOUD_DOMAIN and this machine’s DNS.',
  },
  {
    codes: /^(?:ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/,
    kind: 'transient',
    advice: 'The host could not be reached: check ZENLAYERCLOUD_DOMAIN and this machine’s network.',
  },
] as const;

/** Node tries several addresses, and wraps their errors in one without a message. */
function codeAndText(error: Error | undefined): { code: string; text: string } {
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  const first = inner instanceof Error ? inner : error;
  const code = (first as NodeJS.ErrnoException | undefined)?.code ?? '';
  // The parser's error includes bytes of the response, so only its message is used.
  return { code, text: first?.message.split('\n')[0] ?? '' };
}
