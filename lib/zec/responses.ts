import * as v from 'valibot';
import { outcomeIfSent, toSingleLine, ZecResponseError, ZecApiError } from './errors';
import type { ErrorKind, Outcome, ZecError } from './errors';
import type { RawResponse } from './transport';
import { codeSchema, requestIdSchema, type Accepted, type Action, type ResponseSchema } from './types';

export interface ResponseContext {
  readonly action: Action;
  readonly wallMs: number;
  /** Removes secrets from text for display. */
  readonly redact: (text: string) => string;
}

const ErrorSchema = v.object({
  code: codeSchema,
  message: v.fallback(v.string(), ''),
  requestId: v.fallback(v.optional(requestIdSchema), undefined),
});

/**
 * Reads a response of the API.
 * @throws ZecApiError if the API returned an error, ZecResponseError if the response is not one that the API documents
 */
export function readResponse<T extends Accepted>(
  raw: RawResponse,
  schema: ResponseSchema<T>,
  context: ResponseContext,
): T {
  const firewall = firewallFault(raw);
  if (firewall !== undefined) throw responseError(raw, context, firewall);
  const json = parseJson(raw.body);
  const { response, requestId } = isObject(json) ? json : {};
  if (raw.status === 200 && isObject(response)) {
    const parsed = v.safeParse(schema, { requestId, ...response }, { abortEarly: true });
    if (parsed.success) return withoutSecrets(parsed.output, context.redact) as T;
  }
  if (raw.status !== 200 || response === undefined) throwIfApiError(json, raw, context);
  const isRedirect = raw.status >= 300 && raw.status < 400;
  const excerpt = isRedirect ? '' : `: ${excerptOf(raw.body, context.redact)}`;
  throw responseError(raw, context, faultOf(raw.status, outcomeIfSent(context.action)), excerpt);
}

/** Decisions depend on these fields, whose format was validated: they are not redacted. */
const VALIDATED_FIELDS = new Set(['nicId', 'instanceId', 'instanceIds', 'status', 'nicType']);

/** Redacts secrets that the API echoes in names or addresses: these reach the state and outputs. */
function withoutSecrets(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((part) => withoutSecrets(part, redact));
  if (!isObject(value)) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, part]) => [key, VALIDATED_FIELDS.has(key) ? part : withoutSecrets(part, redact)]),
  );
}

function throwIfApiError(json: unknown, raw: RawResponse, context: ResponseContext): void {
  const parsed = v.safeParse(ErrorSchema, json);
  if (!parsed.success) return;
  const { code, message, requestId } = parsed.output;
  throw new ZecApiError({
    action: context.action,
    code: context.redact(code),
    message: context.redact(message),
    requestId: requestId === undefined ? undefined : context.redact(requestId),
    httpStatus: raw.status,
    retryAfterMs: retryAfterMs(raw, context),
    clockSkewMs: clockSkewMs(raw, context),
  });
}

interface ResponseFault {
  readonly what: string;
  readonly kind: ErrorKind;
  readonly outcome: Outcome;
  readonly advice?: string;
}

const NOT_THE_API =
  'Check ZENLAYERCLOUD_DOMAIN and ZENLAYERCLOUD_SCHEME, and whether a proxy or a firewall responds ' +
  'in place of the API.';

/** A response of a firewall in front of the API. */
function firewallFault({ status, headers }: RawResponse): ResponseFault | undefined {
  const challenged = status === 403 && headers['cf-mitigated'] === 'challenge';
  if (!challenged && status !== 451) return undefined;
  return {
    what: 'a firewall in front of the API refused the request, which did not reach the API',
    kind: 'terminal',
    outcome: 'not-applied',
    advice: challenged
      ? 'Run it from another network, or ask Zenlayer support to allow this machine’s public address.'
      : 'The API is not available from the location of this machine: run it from another one, or ask Zenlayer support.',
  };
}

/** Describes a response that is neither a success nor an error of the API. */
function faultOf(status: number, uncertain: Outcome): ResponseFault {
  if (status === 200) {
    const what = 'the response does not match the documented format';
    return { what, kind: 'transient', outcome: uncertain };
  }
  const what = 'the response is not from the API';
  if (status === 429) return { what, kind: 'transient', outcome: 'not-applied' };
  if (status < 300 || status >= 500) return { what, kind: 'transient', outcome: uncertain };
  if (status >= 400) return { what, kind: 'terminal', outcome: 'not-applied', advice: NOT_THE_API };
  return {
    what: 'the server redirects to another host; redirects are not followed because the signature covers the host',
    kind: 'terminal',
    outcome: 'not-applied',
    advice:
      'Check ZENLAYERCLOUD_DOMAIN and ZENLAYERCLOUD_SCHEME: the API is at https://console.zenlayer.com.',
  };
}

function responseError(
  raw: RawResponse,
  context: ResponseContext,
  fault: ResponseFault,
  excerpt = '',
): ZecError {
  const { what, ...rest } = fault;
  const { action } = context;
  return new ZecResponseError(`${action} failed: ${what} (HTTP ${raw.status})${excerpt}`, {
    ...rest,
    action,
    httpStatus: raw.status,
    retryAfterMs: retryAfterMs(raw, context),
  });
}

const MAX_EXCERPT = 200;

/** The start of the body on one line, which may tell what sent the response. */
function excerptOf(body: Buffer, redact: (text: string) => string): string {
  if (body.length === 0) return 'empty body';
  // Redact before truncating, or a part of a secret could remain.
  const line = toSingleLine(redact(body.toString('utf8')).slice(0, 65_536));
  return JSON.stringify(line.length > MAX_EXCERPT ? `${line.slice(0, MAX_EXCERPT)}…` : line);
}

function retryAfterMs({ headers }: RawResponse, { wallMs }: ResponseContext): number | undefined {
  const header = headers['retry-after'];
  return parseRetryAfter(Array.isArray(header) ? header[0] : header, wallMs);
}

/** Maximum of a `Retry-After` header, in milliseconds. */
export const MAX_RETRY_AFTER_MS = 60_000;

/** Reads a `Retry-After` header, whole seconds or an HTTP date, as milliseconds from 0 to {@link MAX_RETRY_AFTER_MS}. */
export function parseRetryAfter(header: string | undefined, wallMs: number): number | undefined {
  const text = header?.trim() ?? '';
  let ms = Number.NaN;
  if (/^\d{1,15}$/.test(text)) ms = Number(text) * 1000;
  else if (/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text)) ms = Date.parse(text) - wallMs;
  return Number.isNaN(ms) ? undefined : Math.min(MAX_RETRY_AFTER_MS, Math.max(0, ms));
}

/** How far this machine's clock is ahead of the server's, in milliseconds, if the server sends its time. */
function clockSkewMs({ headers }: RawResponse, { wallMs }: ResponseContext): number | undefined {
  const { date } = headers;
  const serverMs = typeof date === 'string' ? Date.parse(date) : Number.NaN;
  return Number.isNaN(serverMs) ? undefined : wallMs - serverMs;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
