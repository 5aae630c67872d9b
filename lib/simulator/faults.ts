import * as v from 'valibot';
import { ACTIONS } from '../zec/types';
import { check, list, number, object, oneOf, text, wholeNumber } from './check';
import { Random } from './random';
import { codeOf, failure, type SimulatedResponse, type MalformedResponse } from './responses';

/** The actions that the client knows, and one more. */
export const ACTION_NAMES = [...ACTIONS, 'ReleaseInstances'] as const;
export type ActionName = (typeof ACTION_NAMES)[number];

const OVERSIZED_BYTES = 32 * 1024 * 1024;
const HTML = { 'content-type': 'text/html; charset=UTF-8' };
const JSON_OK = { status: 200, headers: { 'content-type': 'application/json' } };

const printable = (maxLength: number) =>
  v.pipe(text(maxLength), v.regex(/^[\x20-\x7e]+$/, 'must be printable ASCII'));

const rule = v.pipe(
  object({
    action: v.optional(oneOf(['*', ...ACTION_NAMES]), '*'),
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
    ({ kind, action }) => kind !== 'fail-async' || !/^(?:Describe|Release)/.test(action),
    'fail-async acts on attach, detach, StartInstances and StopInstances only',
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
 * A fault to inject, and when it occurs.
 * - `reset`: the connection is reset. `hang`: no response is sent. The request is not carried out.
 * - `status`: the API fails with `status` (default 503), `code`, `message`, and the header `Retry-After: retryAfter`. The
 *   request is not carried out.
 * - `malformed`: the response is not in the API's format. With the `variant` `html` (default) or `challenge` it is a page of
 *   a firewall, and the request is not carried out. With `truncated`, `oversized` or `envelope` the request is carried out.
 * - `drop-after-apply`: the request is carried out, then the connection is closed without a response.
 * - `fail-async`: the request is accepted and fails later: the vNIC or the instance returns to its previous status.
 *
 * `action` is an action, or `*` for all (default). `afterMs` delays the fault in milliseconds; for `fail-async`, the return
 * to the previous status. `times` is the maximum number of times, `probability` a number from 0 to 1 (default 1).
 */
export type FaultRule = v.InferOutput<typeof rule>;
/** A {@link FaultRule} as input, with optional properties. */
export type FaultRuleInput = v.InferInput<typeof rule>;
/** The kind of a {@link FaultRule}. */
export type FaultKind = FaultRule['kind'];

/** The active fault rules. The first rule that matches applies, at most one for each phase of a request. */
export class Faults {
  private active: { readonly rule: FaultRule; hits: number }[] = [];
  private random = new Random(1, 'faults');

  /** Replaces all rules. An empty list removes them. @throws InvalidInputError with all issues */
  public set(input: unknown): void {
    this.active = check(list(rule, 100), input, 'The list of fault rules').map((entry) => ({
      rule: entry,
      hits: 0,
    }));
  }

  /** The rules with the number of times that each applied. */
  public list(): { readonly rule: FaultRule; readonly hits: number }[] {
    return this.active.map((entry) => ({ ...entry }));
  }

  /** Removes all rules. @param random draws from now on which requests a rule applies to */
  public reset(random: Random): void {
    this.active = [];
    this.random = random;
  }

  /** Returns the rule of one of `kinds` that applies to a request, if any, and counts it. */
  public useRule(action: ActionName, kinds: readonly FaultKind[]): FaultRule | undefined {
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

/**
 * Applies a fault rule to a request.
 * @param carryOut carries out the request; not called if the fault prevents that
 */
export function applyFault(
  rule: FaultRule,
  requestId: string,
  carryOut: () => SimulatedResponse,
): SimulatedResponse {
  const { kind, afterMs: delayMs = 0, variant = 'html' } = rule;
  switch (kind) {
    case 'reset':
    case 'hang':
      return { kind, delayMs };
    case 'drop-after-apply':
      carryOut();
      return { kind, delayMs };
    case 'fail-async':
      return carryOut();
    case 'status': {
      const { status = 503, code = codeOf(status), message = 'Injected fault.', retryAfter } = rule;
      const refusal = { refused: true, status, code, message, retryAfter: retryAfter?.toString() } as const;
      return { ...failure(requestId, refusal), delayMs };
    }
    case 'malformed': {
      // These two are sent by a firewall, before the request reaches the API.
      const proper = variant === 'html' || variant === 'challenge' ? undefined : carryOut();
      const malformed = MALFORMED[variant](
        requestId,
        proper?.kind === 'response' ? JSON.stringify(proper.body) : '',
      );
      return { kind, delayMs, response: { ...malformed, status: rule.status ?? malformed.status } };
    }
  }
}

const MALFORMED: Record<
  NonNullable<FaultRule['variant']>,
  (requestId: string, proper: string) => MalformedResponse
> = {
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
  truncated: (_, proper) => ({ ...JSON_OK, text: proper.slice(0, Math.floor(proper.length / 2)) }),
  oversized: (requestId) => ({
    ...JSON_OK,
    text: `{"requestId":"${requestId}","response":{"requestId":"${requestId}","padding":"${'x'.repeat(OVERSIZED_BYTES)}"}}`,
  }),
  envelope: (requestId) => ({ ...JSON_OK, text: JSON.stringify({ RequestId: requestId, Result: 'ok' }) }),
};
