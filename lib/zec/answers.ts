import * as v from 'valibot';
import { parseRetryAfter } from './backoff';
import { oneLine, ZecAnswerError, ZecApiError } from './errors';
import type { ErrorKind, Outcome, ZecError } from './errors';
import { codeSchema, requestIdSchema } from './schemas';
import type { ResponseSchema } from './schemas';
import type { RawAnswer } from './transport';
import type { Accepted, Action } from './types';

export interface AnswerContext {
  readonly action: Action;
  /** What becomes of a request that may have been carried out: `not-applied` for reads, which change nothing. */
  readonly outcomeIfUncertain: Outcome;
  readonly wallMs: number;
  /** Removes secrets from a text that is about to be shown. */
  readonly redact: (text: string) => string;
}

const MAX_EXCERPT = 200;
const OBJECT = v.record(v.string(), v.unknown());
const ErrorSchema = v.object({
  code: codeSchema,
  message: v.fallback(v.string(), ''),
  requestId: v.fallback(v.optional(requestIdSchema), undefined),
});

/**
 * Reads a response of the API.
 * @throws ZecApiError if the API returned an error, ZecAnswerError if the response is not as the API documents.
 */
export function readAnswer<T extends Accepted>(
  answer: RawAnswer,
  schema: ResponseSchema<T>,
  context: AnswerContext,
): T {
  const firewall = firewallError(answer, context);
  if (firewall !== undefined) throw firewall;
  const json = parseJson(answer.body);
  if (answer.status === 200) {
    const { response, requestId: outer } = v.is(OBJECT, json) ? json : {};
    const parsed = v.safeParse(schema, response, { abortEarly: true });
    const outerId = v.safeParse(requestIdSchema, outer);
    const requestId = parsed.success
      ? (parsed.output.requestId ?? (outerId.success ? outerId.output : undefined))
      : undefined;
    if (parsed.success && requestId !== undefined)
      return withoutSecrets({ ...parsed.output, requestId }, context.redact) as T;
    if (response === undefined) throwIfApiError(json, answer, context);
    throw malformed(answer, context);
  }
  throwIfApiError(json, answer, context);
  throw unexpectedStatus(answer, context);
}

/** Decisions rest on these fields, whose format was validated: they are not redacted. */
const ACTED_ON = new Set(['nicId', 'instanceId', 'status', 'instanceStatus', 'nicType']);

/** Names and addresses reach state and outputs; a secret that the API echoes in one of them must not. */
function withoutSecrets(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((part) => withoutSecrets(part, redact));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      ACTED_ON.has(key) ? (part as unknown) : withoutSecrets(part, redact),
    ]),
  );
}

function throwIfApiError(json: unknown, answer: RawAnswer, context: AnswerContext): void {
  const parsed = v.safeParse(ErrorSchema, json);
  if (!parsed.success) return;
  const { code, message, requestId } = parsed.output;
  throw new ZecApiError({
    action: context.action,
    code: context.redact(code),
    message: context.redact(message),
    requestId: requestId === undefined ? undefined : context.redact(requestId),
    httpStatus: answer.status,
    retryAfterMs: retryAfterMs(answer, context),
    clockSkewMs: clockSkewMs(answer, context),
  });
}

/** A firewall in front of the API responds in its place. */
function firewallError(answer: RawAnswer, context: AnswerContext): ZecError | undefined {
  const challenged = answer.status === 403 && answer.headers['cf-mitigated'] === 'challenge';
  if (!challenged && answer.status !== 451) return undefined;
  return answerError(answer, context, {
    what: 'a firewall in front of the API refused the request, which did not reach the API',
    kind: 'terminal',
    outcome: 'not-applied',
    advice: challenged
      ? 'Run it from another network, or ask Zenlayer support to admit this machine’s public address.'
      : 'The API is not offered to the place this machine is in: run it from another place, or ask Zenlayer support.',
  });
}

function malformed(answer: RawAnswer, context: AnswerContext): ZecError {
  return answerError(answer, context, {
    what: 'the response does not match the documented format',
    kind: 'transient',
    outcome: context.outcomeIfUncertain,
    excerpt: true,
  });
}

function unexpectedStatus(answer: RawAnswer, context: AnswerContext): ZecError {
  if (answer.status >= 300 && answer.status < 400) {
    return answerError(answer, context, {
      what: 'the server redirects to another host; redirects are not followed because the signature covers the host',
      kind: 'terminal',
      outcome: 'not-applied',
      advice:
        'Check ZENLAYERCLOUD_DOMAIN and ZENLAYERCLOUD_SCHEME: the API is at https://console.zenlayer.com.',
    });
  }
  const busy = answer.status === 429;
  const refused = answer.status >= 400 && answer.status < 500;
  return answerError(answer, context, {
    what: 'the response is not from the API',
    kind: refused && !busy ? 'terminal' : 'transient',
    outcome: refused ? 'not-applied' : context.outcomeIfUncertain,
    excerpt: true,
    advice:
      refused && !busy
        ? 'Check ZENLAYERCLOUD_DOMAIN, and whether something on the way (a proxy, a firewall) answers in the API’s place.'
        : undefined,
  });
}

interface AnswerErrorDetails {
  readonly what: string;
  readonly kind: ErrorKind;
  readonly outcome: Outcome;
  readonly advice?: string | undefined;
  readonly excerpt?: boolean;
}

function answerError(answer: RawAnswer, context: AnswerContext, details: AnswerErrorDetails): ZecError {
  const { kind, outcome, advice } = details;
  const excerpt = details.excerpt ? `: ${excerptOf(answer.body, context.redact)}` : '';
  return new ZecAnswerError(`${context.action} failed: ${details.what} (HTTP ${answer.status})${excerpt}`, {
    action: context.action,
    kind,
    outcome,
    httpStatus: answer.status,
    retryAfterMs: retryAfterMs(answer, context),
    advice,
  });
}

/** The beginning of the body on one line, to recognize what responded. */
function excerptOf(body: Buffer, redact: (text: string) => string): string {
  if (body.length === 0) return 'empty body';
  // Redact before truncating, or a part of a secret could remain.
  const line = oneLine(redact(body.toString('utf8')).slice(0, 65_536));
  return JSON.stringify(line.length > MAX_EXCERPT ? `${line.slice(0, MAX_EXCERPT)}…` : line);
}

function retryAfterMs({ headers }: RawAnswer, { wallMs }: AnswerContext): number | undefined {
  const header = headers['retry-after'];
  return parseRetryAfter(Array.isArray(header) ? header[0] : header, wallMs);
}

/** How far this machine's clock is ahead of the server's, in milliseconds, where the server tells its time. */
function clockSkewMs({ headers }: RawAnswer, { wallMs }: AnswerContext): number | undefined {
  const { date } = headers;
  const serverMs = typeof date === 'string' ? Date.parse(date) : Number.NaN;
  return Number.isNaN(serverMs) ? undefined : wallMs - serverMs;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
