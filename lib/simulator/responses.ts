/**
 * The error codes of the simulator, with their HTTP statuses. The codes of attach and detach are documented, and so are the
 * names of the common codes. Assumed are the statuses of the common codes, when each of them applies, and the names
 * `INVALID_REQUEST` and `REQUEST_TOO_LARGE`.
 */
const ERRORS = {
  INVALID_INSTANCE_NOT_FOUND: 404,
  INVALID_NIC_NOT_FOUND: 404,
  INVALID_NIC_ATTACHED: 400,
  INVALID_NIC_INSTANCE_REGION_MISMATCH: 409,
  INVALID_NIC_STATUS: 400,
  OPERATION_DENIED_INSTANCE_STATUS_NOT_SUPPORT: 400,
  OPERATION_DENIED_NIC_NOT_EXIST_INSTANCE: 403,
  INVALID_INSTANCE_NIC_LIMIT: 400,
  INVALID_INSTANCE_PRECHECK_ABNORMAL: 400,
  INVALID_NIC_PRIMARY_CANT_DETACH: 409,
  INVALID_NIC_LB_ASSOCIATED: 409,
  REQUEST_LIMIT_EXCEEDED: 429,
  AUTHFAILURE_SIGNATURE_FAILURE: 401,
  AUTHFAILURE_SIGNATURE_EXPIRED: 401,
  AUTHFAILURE_INVALID_AUTHORIZATION: 401,
  AUTHFAILURE_UNAUTHORIZED_OPERATION: 403,
  SERVICE_TEMPORARY_UNAVAILABLE: 503,
  INTERNAL_SERVER_ERROR: 500,
  REQUEST_TIMED_OUT: 504,
  MISSING_PARAMETER: 400,
  INVALID_PARAMETER_TYPE: 400,
  INVALID_PARAMETER_VALUE: 400,
  INVALID_PARAMETER_EXCEED_MAXIMUM: 400,
  INVALID_PARAMETER_LESS_MINIMUM: 400,
  INVALID_PARAMETER_EXCEED_LENGTH: 400,
  INVALID_PARAMETER_LESS_LENGTH: 400,
  INVALID_PARAMETER_PATTERN_ERROR: 400,
  INVALID_REQUEST: 400,
  REQUEST_TOO_LARGE: 413,
} as const;
/** An error code of the simulator. */
export type ErrorCode = keyof typeof ERRORS;

/** Default error codes by HTTP status, for fault rules. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'AUTHFAILURE_SIGNATURE_FAILURE',
  403: 'AUTHFAILURE_UNAUTHORIZED_OPERATION',
  429: 'REQUEST_LIMIT_EXCEEDED',
  503: 'SERVICE_TEMPORARY_UNAVAILABLE',
  504: 'REQUEST_TIMED_OUT',
};

/** A rejected request. `code` is an {@link ErrorCode}, or the code of a fault rule. */
export interface Refusal {
  readonly refused: true;
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** The value of a `Retry-After` header. */
  readonly retryAfter?: string | undefined;
}

export function refuse(code: ErrorCode, message: string, status: number = ERRORS[code]): Refusal {
  return { refused: true, status, code, message };
}

export function codeOf(status: number): ErrorCode {
  return CODES[status] ?? (status >= 500 ? 'INTERNAL_SERVER_ERROR' : 'INVALID_PARAMETER_VALUE');
}

/** A response in the API's format. Header names are lower case. */
export interface ApiResponse {
  readonly kind: 'response';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body:
    | { readonly requestId: string; readonly response: Readonly<Record<string, unknown>> }
    | { readonly requestId: string; readonly code: string; readonly message: string };
  /** Delay before the response, in milliseconds. */
  readonly delayMs: number;
}

/** An HTTP response that is not in the API's format. */
export interface MalformedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/**
 * A response, or the fault that replaces it. After `reset` and `hang` the request was not carried out, after
 * `drop-after-apply` it was.
 */
export type SimulatedResponse =
  | ApiResponse
  | { readonly kind: 'reset' | 'hang' | 'drop-after-apply'; readonly delayMs: number }
  | { readonly kind: 'malformed'; readonly delayMs: number; readonly response: MalformedResponse };

export function success(requestId: string, response: object): ApiResponse {
  const body = { requestId, response: { requestId, ...response } };
  return { kind: 'response', status: 200, headers: {}, body, delayMs: 0 };
}

export function failure(requestId: string, refusal: Refusal): ApiResponse {
  const { status, code, message, retryAfter } = refusal;
  const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
  return { kind: 'response', status, headers, body: { requestId, code, message }, delayMs: 0 };
}
