import * as v from 'valibot';
import { ACTIONS, type Action } from '../zec/types';
import { check, object } from './check';
import type { Random } from './random';

const CHANGING: readonly string[] = ['*', 'AttachNetworkInterface', 'DetachNetworkInterface'];

const printable = (maxLength: number) =>
  v.pipe(
    v.string('must be text'),
    v.maxLength(maxLength, `must have at most ${maxLength} characters`),
    v.regex(/^[\x20-\x7e]+$/, 'must be printable ASCII'),
  );

const wholeNumber = (low: number, high: number) => {
  const message = `must be a whole number from ${low} to ${high}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(low, message), v.maxValue(high, message));
};

const rule = v.pipe(
  object({
    action: v.optional(v.picklist([...ACTIONS, '*'], `must be "*" or one of ${ACTIONS.join(', ')}`), '*'),
    kind: v.picklist(
      ['reset', 'hang', 'status', 'malformed', 'drop-after-apply', 'fail-async'],
      'must be "reset", "hang", "status", "malformed", "drop-after-apply" or "fail-async"',
    ),
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
    variant: v.optional(
      v.picklist(
        ['html', 'truncated', 'oversized', 'envelope', 'challenge'],
        'must be "html", "truncated", "oversized", "envelope" or "challenge"',
      ),
    ),
    afterMs: v.optional(wholeNumber(0, 3_600_000)),
    times: v.optional(wholeNumber(1, 1_000_000)),
    probability: v.optional(
      v.pipe(
        v.number('must be a number from 0 to 1'),
        v.minValue(0, 'must be a number from 0 to 1'),
        v.maxValue(1, 'must be a number from 0 to 1'),
      ),
    ),
  }),
  v.check(
    (entry) => entry.kind !== 'fail-async' || CHANGING.includes(entry.action),
    'fail-async acts on AttachNetworkInterface and DetachNetworkInterface only',
  ),
  v.check(
    (entry) => entry.kind !== 'status' || entry.status === undefined || entry.status >= 400,
    'the status of a failure must be from 400 to 599',
  ),
  v.check(
    (entry) => entry.variant === undefined || entry.kind === 'malformed',
    'a variant belongs to the kind "malformed" only',
  ),
);

const rules = v.pipe(
  v.array(rule, 'must be a list of rules'),
  v.maxLength(100, 'must have at most 100 rules'),
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
    this.active = check(rules, input, 'The list of fault rules').map((entry) => ({ rule: entry, hits: 0 }));
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
