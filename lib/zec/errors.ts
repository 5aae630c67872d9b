import { formatDuration } from '../duration';
import { isRead, type Action } from './types';

/**
 * How a caller should handle an error.
 * - `terminal`: the same request fails again until the configuration or the resources change.
 * - `conflict`: the state differs from what the request assumed. Read it again, then decide.
 * - `transient`: the same request may succeed later.
 */
export type ErrorKind = 'terminal' | 'conflict' | 'transient';

/** Whether a failed request may have been carried out: certainly not (`not-applied`), or `unknown`. */
export type Outcome = 'not-applied' | 'unknown';

/** The outcome of a request that may have been carried out. A read changes nothing. */
export function outcomeIfSent(action: Action): Outcome {
  return isRead(action) ? 'not-applied' : 'unknown';
}

/** The details of a {@link ZecError}. */
export interface ZecErrorDetails {
  readonly action: Action;
  readonly kind: ErrorKind;
  readonly outcome: Outcome;
  readonly code?: string | undefined;
  readonly requestId?: string | undefined;
  readonly httpStatus?: number | undefined;
  /** The pause that the API requests before the next request, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  readonly advice?: string | undefined;
  readonly cause?: unknown;
}

/** A failed call of the ZEC API. The base class of its errors. */
export abstract class ZecError extends Error implements ZecErrorDetails {
  declare public readonly action: Action;
  declare public readonly kind: ErrorKind;
  declare public readonly outcome: Outcome;
  declare public readonly code: string | undefined;
  declare public readonly requestId: string | undefined;
  declare public readonly httpStatus: number | undefined;
  declare public readonly retryAfterMs: number | undefined;
  declare public readonly advice: string | undefined;

  protected constructor(message: string, { cause, ...details }: ZecErrorDetails) {
    super(message, cause === undefined ? {} : { cause });
    this.name = new.target.name;
    Object.assign(this, details);
  }
}

export interface ApiErrorResponse extends Pick<ZecErrorDetails, 'action' | 'requestId' | 'retryAfterMs'> {
  readonly code: string;
  readonly message: string;
  readonly httpStatus: number;
  /** How far this machine's clock is ahead of the server's, in milliseconds, if known. */
  readonly clockSkewMs?: number | undefined;
}

/** The API returned an error with a code. */
export class ZecApiError extends ZecError {
  declare public readonly code: string;

  public constructor({ message, clockSkewMs = 0, ...response }: ApiErrorResponse) {
    const { action, code, httpStatus, requestId = 'none' } = response;
    const rule = ruleFor(action, code, httpStatus);
    super(
      `${action} failed: ${code}: ${toSingleLine(message)} (HTTP ${httpStatus}, requestId ${requestId})`,
      {
        ...response,
        kind: rule.kind,
        outcome: rule.ambiguous === true ? outcomeIfSent(action) : 'not-applied',
        advice: adviceOf(rule, clockSkewMs),
      },
    );
  }
}

/** No response was received: the connection failed, was lost, or timed out. */
export class ZecNetworkError extends ZecError {
  /** Whether the host does not exist or refuses connections. */
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

/** The response is not one that the API documents: not JSON, too large, truncated, or from a firewall. */
export class ZecResponseError extends ZecError {
  /** Whether the response exceeds the size limit of 4 MiB. Retry with a smaller page. */
  public readonly tooLarge: boolean;

  public constructor(
    message: string,
    { tooLarge = false, ...details }: Omit<ZecErrorDetails, 'code'> & { readonly tooLarge?: boolean },
  ) {
    super(message, details);
    this.tooLarge = tooLarge;
  }
}

/** A setting is invalid. The message names the setting and the fix, never a secret value. */
export class SettingsError extends Error {
  public constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** No source has credentials. */
export class MissingCredentialsError extends SettingsError {}

interface Rule {
  readonly kind: ErrorKind;
  readonly advice?: string;
  /** The request may have been carried out. */
  readonly ambiguous?: true;
}

const terminal = (advice: string): Rule => ({ kind: 'terminal', advice });
const conflict = (advice: string): Rule => ({ kind: 'conflict', advice });
const ambiguous = (advice: string): Rule => ({ kind: 'transient', advice, ambiguous: true });
const checkFor = (what: string): Rule =>
  terminal(`Check ${what}, the region and the account that the credentials belong to.`);

const UNKNOWN_CODE: Rule = { kind: 'terminal' };
const NIC_GONE: Rule = { kind: 'conflict' };
const THROTTLED: Rule = {
  kind: 'transient',
  advice:
    'The account sends more requests than the API allows: run fewer deployments at once, then try again.',
};
const SERVER_FAILED: Rule = ambiguous(
  'The API failed: try again, or contact Zenlayer support with the request ID.',
);
const CREDENTIALS = terminal('Check the access key ID and password, and that this machine’s clock is right.');
const CLOCK = terminal(
  'Set this machine’s clock: it is wrong by more than five minutes, so signatures are rejected.',
);
const PARAMETER = terminal(
  'The API does not accept this value: check the IDs and settings that the message names.',
);

// By code, not by HTTP status: versions of the API reference give different statuses for one code.
const RULES: Readonly<Record<string, Rule>> = {
  INVALID_INSTANCE_NOT_FOUND: checkFor('the instance ID'),
  INVALID_NIC_NOT_FOUND: checkFor('the vNIC ID'),
  OPERATION_FAILED_RESOURCE_NOT_FOUND: checkFor('both IDs'),
  INVALID_NIC_ATTACHED: conflict('Detach the vNIC from the instance that holds it, then try again.'),
  INVALID_NIC_STATUS: conflict(
    'Wait until the vNIC is AVAILABLE for an attach, or USED for a detach, then try again.',
  ),
  OPERATION_DENIED_INSTANCE_STATUS_NOT_SUPPORT: conflict(
    'The instance must be RUNNING: start it, or wait until its change completes. If it is running, check that its size allows one more vNIC.',
  ),
  OPERATION_DENIED_NIC_NOT_EXIST_INSTANCE: conflict(
    'According to the API, no instance holds the vNIC: check it in the Zenlayer console, then try again.',
  ),
  INVALID_INSTANCE_PRECHECK_ABNORMAL: conflict(
    'Check that the instance is healthy, that its guest agent (QGA) is installed and running, and that its size allows one more vNIC.',
  ),
  INVALID_NIC_INSTANCE_REGION_MISMATCH: terminal(
    'A vNIC can be attached only to an instance of its own region: choose another vNIC or instance.',
  ),
  INVALID_INSTANCE_NIC_LIMIT: terminal(
    'An instance holds at most 8 vNICs, fewer on small sizes: detach one first, or choose another instance.',
  ),
  INVALID_NIC_PRIMARY_CANT_DETACH: terminal(
    'A primary vNIC is created and deleted with its instance and cannot be detached.',
  ),
  INVALID_NIC_LB_ASSOCIATED: terminal(
    'Remove the instance, or for a detach the vNIC’s private IP, from the load balancer’s backends, then try again.',
  ),
  REQUEST_LIMIT_EXCEEDED: THROTTLED,
  AUTHFAILURE_SIGNATURE_FAILURE: CREDENTIALS,
  AUTHFAILURE_SIGNATURE_EXPIRED: CLOCK,
  AUTHFAILURE_UNAUTHORIZED_OPERATION: terminal(
    'Grant the user of the credentials the permission for this action in the Zenlayer console.',
  ),
  AUTHFAILURE_INVALID_AUTHORIZATION: terminal(
    'Check the token, or the access key ID and password: copy them again from the Zenlayer console.',
  ),
  MISSING_PARAMETER: terminal('A parameter is missing: check the IDs and settings that the message names.'),
  OPERATION_FAILED_FOR_RECYCLE_RESOURCE: terminal(
    'It is in the recycle bin: recover it in the Zenlayer console, then try again, or declare another.',
  ),
  SERVICE_TEMPORARY_UNAVAILABLE: ambiguous('The API is temporarily unavailable: try again later.'),
  INTERNAL_SERVER_ERROR: SERVER_FAILED,
  INVALID_OPERATION_TIMEOUT: ambiguous(
    'The operation took too long and may still finish: check the vNIC in the Zenlayer console, then try again.',
  ),
  REQUEST_TIMED_OUT: ambiguous(
    'The API did not respond in time and may have carried out the request: try again.',
  ),
};

const NOT_FOUND = /^(?:INVALID_(?:NIC|INSTANCE)|OPERATION_FAILED_RESOURCE)_NOT_FOUND$/;

function ruleFor(action: Action, code: string, httpStatus: number): Rule {
  // Detaching a vNIC that no longer exists is not an error: the next read shows that it is missing.
  if (action === 'DetachNetworkInterface' && NOT_FOUND.test(code)) return NIC_GONE;
  const rule = Object.hasOwn(RULES, code) ? RULES[code] : undefined;
  if (rule !== undefined) return rule;
  if (/^(?:MISSING|INVALID)_PARAMETER/.test(code)) return PARAMETER;
  if (code.startsWith('AUTHFAILURE') || httpStatus === 401) return CREDENTIALS;
  if (httpStatus === 429) return THROTTLED;
  return httpStatus >= 500 ? SERVER_FAILED : UNKNOWN_CODE;
}

/** Minimum clock skew that is reported with a rejected signature, in milliseconds. */
const NOTABLE_SKEW_MS = 60_000;

function adviceOf(rule: Rule, skewMs: number): string | undefined {
  if ((rule !== CREDENTIALS && rule !== CLOCK) || Math.abs(skewMs) < NOTABLE_SKEW_MS) return rule.advice;
  const direction = skewMs > 0 ? 'ahead of' : 'behind';
  return `Set this machine’s clock: it is ${formatDuration(Math.abs(skewMs))} ${direction} the server’s, so signatures are rejected.`;
}

/** Converts external text to one line of at most 500 characters: control characters become spaces. */
export function toSingleLine(text: string): string {
  const flat = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return flat.length > 500 ? `${flat.slice(0, 500)}…` : flat;
}
