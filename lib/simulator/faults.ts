import * as v from 'valibot';
import { ACTIONS, type Action } from '../zec/types';
import { codeOf, refuse, type Page, type Refusal } from './answers';
import { check, list, number, object, oneOf, text, wholeNumber } from './check';
import type { Random } from './random';

const CHANGING: readonly string[] = ['*', 'AttachNetworkInterface', 'DetachNetworkInterface'];
const OVERSIZED_BYTES = 32 * 1024 * 1024;
const HTML = { 'content-type': 'text/html; charset=UTF-8' };
const JSON_TYPE = { 'content-type': 'application/json' };

const printable = (maxLength: number) =>
  v.pipe(text(maxLength), v.regex(/^[\x20-\x7e]+$/, 'must be printable ASCII'));

const rule = v.pipe(
  object({
    action: v.optional(oneOf(['*', ...ACTIONS]), '*'),
    kind: oneOf(['reset', 'hang', 'status', 'malformed', 'drop-after-apply', 'fail-async']),
    status: v.optional(wholeNumber(200, 599)),
    code: v.optional(printable(128)),
    message: v.optional(
      v.pipe(v.string('must be text'), v.maxLength(10_000, 'must have at most 10000 characters')),
    ),
    retryAfter: v.optional(
      v.union(
        [wholeNumber(0, 1_000_000), printable(64)],
        'must be seconds or the text of a Retry-After header',
      ),
    ),
    variant: v.optional(oneOf(['html', 'truncated', 'oversized', 'envelope', 'challenge'])),
    afterMs: v.optional(wholeNumber(0, 3_600_000)),
    times: v.optional(wholeNumber(1, 1_000_000)),
    probability: v.optional(number(0, 1)),
  }),
  v.check(
    ({ kind, action }) => kind !== 'fail-async' || CHANGING.includes(action),
    'fail-async acts on AttachNetworkInterface and DetachNetworkInterface only',
  ),
  v.check(
    ({ kind, status = 503 }) => kind !== 'status' || status >= 400,
    'the status of a failure must be from 400 to 599',
  ),
  v.check(
    ({ kind, variant }) => variant === undefined || kind === 'malformed',
    'a variant belongs to the kind "malformed" only',
  ),
);

/**
 * What goes wrong, and when.
 * - `reset`: the connection is reset, nothing is done. `hang`: no answer comes, nothing is done.
 * - `status`: the API fails with `status` (default 503), `code`, `message`, and a `Retry-After` of `retryAfter`.
 * - `malformed`: an answer that is not the API's, by `variant`: `html` (default) and `challenge` come from something
 *   in front of the API, and nothing is done; `truncated`, `oversized` and `envelope` spoil the answer to work done.
 * - `drop-after-apply`: the work is done, then the connection is cut.
 * - `fail-async`: the request is accepted, and its work fails later: the vNIC falls back to where it was.
 *
 * `action` is one action or `*` (default). `afterMs`: milliseconds before the fault acts (`fail-async`: before the
 * vNIC falls back; `hang`: no meaning). `times`: how often at most. `probability`: from 0 to 1, default 1.
 */
export type FaultRule = v.InferOutput<typeof rule>;
/** A {@link FaultRule} as a person writes it. */
export type FaultRuleInput = v.InferInput<typeof rule>;
export type FaultKind = FaultRule['kind'];
export type MalformedVariant = NonNullable<FaultRule['variant']>;

/** A rule in force, and how often it acted. */
export interface ActiveFault {
  readonly rule: FaultRule;
  readonly hits: number;
}

/** The fault rules in force. The first rule that matches acts; each request meets at most one of each moment. */
export class Faults {
  private active: { readonly rule: FaultRule; hits: number }[] = [];

  public constructor(private random: Random) {}

  /** Puts these rules in place of all others; `[]` ends them. @throws InvalidInputError naming every mistake */
  public set(input: unknown): void {
    this.active = check(list(rule, 100), input, 'The list of fault rules').map((entry) => ({
      rule: entry,
      hits: 0,
    }));
  }

  public list(): ActiveFault[] {
    return this.active.map((entry) => ({ ...entry }));
  }

  /** Ends all rules and starts the randomness anew. */
  public reset(random: Random): void {
    this.active = [];
    this.random = random;
  }

  /** The rule of one of `kinds` that acts on this request now, if any. It counts as having acted. */
  public take(action: Action, kinds: readonly FaultKind[]): FaultRule | undefined {
    const entry = this.active.find(
      ({ rule, hits }) =>
        kinds.includes(rule.kind) &&
        (rule.action === '*' || rule.action === action) &&
        hits < (rule.times ?? Infinity) &&
        (rule.probability === undefined || this.random.next() < rule.probability),
    );
    if (entry !== undefined) entry.hits += 1;
    return entry?.rule;
  }
}

/** How the API fails by a rule of the kind `status`. */
export function faultRefusal({ status = 503, code, message, retryAfter }: FaultRule): Refusal {
  return {
    ...refuse('INTERNAL_SERVER_ERROR', message ?? 'Injected fault.', status),
    code: code ?? codeOf(status),
    retryAfter: retryAfter === undefined ? undefined : String(retryAfter),
  };
}

/** Whether a malformed answer comes from in front of the API, so that the request never reached it. */
export function neverReachedApi({ kind, variant = 'html' }: FaultRule): boolean {
  return kind === 'malformed' && (variant === 'html' || variant === 'challenge');
}

/** An answer that is not of the API's form. `proper` is what the API itself had to say, where it was asked. */
export function malformedPage(
  { variant = 'html', status }: FaultRule,
  requestId: string,
  proper: string,
): Page {
  const page = PAGES[variant](requestId, proper);
  return status === undefined ? page : { ...page, status };
}

const PAGES: Record<MalformedVariant, (requestId: string, proper: string) => Page> = {
  html: () => ({
    status: 200,
    headers: HTML,
    text: '<!DOCTYPE html><html><head><title>Please wait</title></head><body><h1>Please wait</h1></body></html>\n',
  }),
  challenge: () => ({
    status: 403,
    headers: { ...HTML, 'cf-mitigated': 'challenge' },
    text: '<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>\n',
  }),
  truncated: (_requestId, proper) => ({
    status: 200,
    headers: JSON_TYPE,
    text: proper.slice(0, Math.floor(proper.length / 2)),
  }),
  oversized: (requestId) => ({
    status: 200,
    headers: JSON_TYPE,
    text: `{"requestId":"${requestId}","response":{"requestId":"${requestId}","padding":"`,
    padding: OVERSIZED_BYTES,
    tail: '"}}',
  }),
  envelope: (requestId) => ({
    status: 200,
    headers: JSON_TYPE,
    text: JSON.stringify({ RequestId: requestId, Result: 'ok' }),
  }),
};
