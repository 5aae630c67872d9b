import { showDuration } from '../duration';
import type { Action } from './types';

/**
 * What a caller should do about an error of the API.
 * - `terminal`: the same request will fail again; somebody has to change something.
 * - `conflict`: the state is not as the request assumed; read it again, then decide.
 * - `transient`: the same request may succeed later.
 */
export type ErrorKind = 'terminal' | 'conflict' | 'transient';

/** Whether a failed request may have been carried out. */
export type Outcome = 'not-applied' | 'unknown';

export interface ZecErrorDetails {
  readonly action: Action;
  readonly kind: ErrorKind;
  readonly outcome: Outcome;
  /** The API's error code, where the API gave one. */
  readonly code?: string | undefined;
  /** The API's request id, where the answer had one. */
  readonly requestId?: string | undefined;
  readonly httpStatus?: number | undefined;
  /** How long the API asks to wait before the next request, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** What the user should do. */
  readonly advice?: string | undefined;
  readonly cause?: unknown;
}

/** A call of the ZEC API that did not succeed. */
export abstract class ZecError extends Error {
  public readonly action: Action;
  public readonly kind: ErrorKind;
  public readonly outcome: Outcome;
  public readonly code: string | undefined;
  public readonly requestId: string | undefined;
  public readonly httpStatus: number | undefined;
  public readonly retryAfterMs: number | undefined;
  public readonly advice: string | undefined;

  protected constructor(message: string, details: ZecErrorDetails) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = new.target.name;
    this.action = details.action;
    this.kind = details.kind;
    this.outcome = details.outcome;
    this.code = details.code;
    this.requestId = details.requestId;
    this.httpStatus = details.httpStatus;
    this.retryAfterMs = details.retryAfterMs;
    this.advice = details.advice;
  }
}

/** The API returned an error: a code, a message, a request id. */
export class ZecApiError extends ZecError {
  declare public readonly code: string;
  /** The API's message, shortened and on one line. It may change at any time; `code` is what counts. */
  public readonly apiMessage: string;

  public constructor(answer: {
    readonly action: Action;
    readonly code: string;
    readonly message: string;
    readonly requestId?: string | undefined;
    readonly httpStatus: number;
    readonly retryAfterMs?: number | undefined;
    /** How far this machine's clock is ahead of the server's, in milliseconds, where that is known. */
    readonly clockSkewMs?: number | undefined;
  }) {
    const rule = ruleFor(answer.action, answer.code, answer.httpStatus);
    const apiMessage = oneLine(answer.message);
    super(
      `${answer.action} failed: ${answer.code}: ${apiMessage} (HTTP ${answer.httpStatus}, requestId ${answer.requestId ?? 'none'})`,
      {
        ...answer,
        kind: rule.kind,
        outcome: outcomeOf(rule, answer.action),
        advice: adviceOf(rule, answer.clockSkewMs),
      },
    );
    this.apiMessage = apiMessage;
  }
}

/** No response: the connection failed, broke, or was too slow. */
export class ZecNetworkError extends ZecError {
  /** The host does not exist or refuses connections: a retry succeeds only if that changes. */
  public readonly hostUnreachable: boolean;

  /** @param details `kind` is `transient` by default. */
  public constructor(
    message: string,
    details: Omit<ZecErrorDetails, 'kind' | 'code' | 'httpStatus'> & {
      readonly kind?: ErrorKind | undefined;
      readonly hostUnreachable?: boolean | undefined;
    },
  ) {
    super(message, { ...details, kind: details.kind ?? 'transient' });
    this.hostUnreachable = details.hostUnreachable ?? false;
  }
}

/** A response that the API does not document: not JSON, too large, truncated, or from a firewall in front of the API. */
export class ZecAnswerError extends ZecError {
  public constructor(message: string, details: Omit<ZecErrorDetails, 'code'>) {
    super(message, details);
  }
}

interface Rule {
  readonly kind: ErrorKind;
  readonly outcome?: Outcome;
  readonly advice?: string;
}

const CREDENTIALS: Rule = {
  kind: 'terminal',
  advice: 'Check the access key id and password, and that this machine’s clock is right.',
};
/** A clock that is off by more than this is named when a signature is refused, in milliseconds. */
const NOTABLE_SKEW_MS = 60_000;

function adviceOf(rule: Rule, skewMs = 0): string | undefined {
  if (rule !== CREDENTIALS || Math.abs(skewMs) < NOTABLE_SKEW_MS) return rule.advice;
  const direction = skewMs > 0 ? 'ahead of' : 'behind';
  return `Set this machine’s clock: it is ${showDuration(Math.abs(skewMs))} ${direction} the server’s, so signatures are refused.`;
}

const AMBIGUOUS: Rule = { kind: 'transient', outcome: 'unknown' };

// Codes decide, not HTTP statuses: pages of the API reference of different age give different statuses for one code.
const RULES: Readonly<Record<string, Rule>> = {
  INVALID_INSTANCE_NOT_FOUND: {
    kind: 'terminal',
    advice: 'Check the instance id, the region and the account the credentials belong to.',
  },
  INVALID_NIC_NOT_FOUND: {
    kind: 'terminal',
    advice: 'Check the vNIC id, the region and the account the credentials belong to.',
  },
  OPERATION_FAILED_RESOURCE_NOT_FOUND: {
    kind: 'terminal',
    advice: 'Check both ids, the region and the account the credentials belong to.',
  },
  INVALID_NIC_ATTACHED: { kind: 'conflict' },
  INVALID_NIC_STATUS: { kind: 'conflict' },
  OPERATION_DENIED_INSTANCE_STATUS_NOT_SUPPORT: { kind: 'conflict' },
  OPERATION_DENIED_NIC_NOT_EXIST_INSTANCE: { kind: 'conflict' },
  INVALID_INSTANCE_PRECHECK_ABNORMAL: {
    kind: 'conflict',
    advice: 'Check that the instance is healthy and that its guest agent (QGA) is installed and running.',
  },
  INVALID_NIC_INSTANCE_REGION_MISMATCH: {
    kind: 'terminal',
    advice: 'A vNIC can be attached only to an instance of its own region: choose another vNIC or instance.',
  },
  INVALID_INSTANCE_NIC_LIMIT: {
    kind: 'terminal',
    advice: 'An instance holds at most 8 vNICs: detach one first, or choose another instance.',
  },
  INVALID_NIC_PRIMARY_CANT_DETACH: {
    kind: 'terminal',
    advice: 'A primary vNIC is created and deleted with its instance and cannot be detached.',
  },
  INVALID_NIC_LB_ASSOCIATED: {
    kind: 'terminal',
    advice: 'Remove the vNIC’s private IP from the load balancer’s backends, then try again.',
  },
  REQUEST_LIMIT_EXCEEDED: { kind: 'transient' },
  AUTHFAILURE_SIGNATURE_FAILURE: CREDENTIALS,
  SERVICE_TEMPORARY_UNAVAILABLE: AMBIGUOUS,
  INTERNAL_SERVER_ERROR: AMBIGUOUS,
  INVALID_OPERATION_TIMEOUT: AMBIGUOUS,
  REQUEST_TIMED_OUT: AMBIGUOUS,
};

/** A read changes nothing, however it fails. */
function outcomeOf(rule: Rule, action: Action): Outcome {
  return action.startsWith('Describe') ? 'not-applied' : (rule.outcome ?? 'not-applied');
}

const NOT_FOUND = new Set([
  'INVALID_NIC_NOT_FOUND',
  'INVALID_INSTANCE_NOT_FOUND',
  'OPERATION_FAILED_RESOURCE_NOT_FOUND',
]);

function ruleFor(action: Action, code: string, httpStatus: number): Rule {
  // A vNIC that no longer exists is no failure of a detach: the next read shows that it is missing.
  if (action === 'DetachNetworkInterface' && NOT_FOUND.has(code)) return { kind: 'conflict' };
  const rule = Object.hasOwn(RULES, code) ? RULES[code] : undefined;
  if (rule !== undefined) return rule;
  if (code.startsWith('AUTHFAILURE') || httpStatus === 401) return CREDENTIALS;
  if (httpStatus === 429) return { kind: 'transient' };
  if (httpStatus >= 500) return AMBIGUOUS;
  return { kind: 'terminal' };
}

/** External text as one line of a log: control characters become spaces; at most 500 characters. */
export function oneLine(text: string): string {
  const flat = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return flat.length > 500 ? `${flat.slice(0, 500)}…` : flat;
}
