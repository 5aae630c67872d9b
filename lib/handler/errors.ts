import { ZecNetworkError } from '../zec/errors';
import type { ZecError } from '../zec/errors';
import type { Decision, Goal } from './decide';
import type { Target } from './view';

/**
 * Why an operation failed.
 * - `refused`: a read showed that the goal cannot or must not be reached.
 * - `api`: the API refused for good.
 * - `timeout`: the deadline passed before both views agreed.
 * - `interrupted`: the caller's signal aborted.
 */
export type FailureReason = 'refused' | 'api' | 'timeout' | 'interrupted';

/** What a failed create leaves: nothing, or possibly an attachment that a later delete must find. */
export type LeftBehind = 'nothing' | 'possibly-attached';

export interface OperationErrorDetails {
  readonly reason: FailureReason;
  readonly goal: Goal;
  readonly target: Target;
  /** What happened, as the end of a sentence. */
  readonly summary: string;
  /** What the person should do next. */
  readonly advice: string;
  readonly leftBehind: LeftBehind;
  /** What was seen and how often, newest last. */
  readonly observed: readonly string[];
  /** The API's ids of the requests made to change something, newest last. */
  readonly requestIds: readonly string[];
  /** The instance that holds the vNIC, where that is the reason. */
  readonly heldBy?: string | undefined;
  readonly cause?: ZecError | undefined;
}

/** How a failed operation ended, without what every failure tells. */
export type Failure = Pick<OperationErrorDetails, 'reason' | 'summary' | 'advice' | 'cause' | 'heldBy'>;

/** What the reads showed does not allow the operation. */
export function refusedByDecision({ summary, advice, heldBy }: Decision & { kind: 'fail' }): Failure {
  return { reason: 'refused', summary, advice, heldBy };
}

/** The API answered with an error that a retry would not change, or never answered. */
export function refusedByApi(error: ZecError): Failure {
  const advice =
    error instanceof ZecNetworkError
      ? 'Check ZENLAYERCLOUD_DOMAIN and the network of this machine.'
      : 'Follow the API’s words, or ask its support with the requestId.';
  // A sentence goes on behind the summary.
  const summary = error.message.replace(/\.$/, '');
  return { reason: 'api', summary, advice: error.advice ?? advice, cause: error };
}

/** @param state what is known of the two ends */
export function timedOut(timeoutMs: number, state: string): Failure {
  return {
    reason: 'timeout',
    summary: `not converged within ${Math.round(timeoutMs / 1000)} s; ${state}`,
    advice:
      'Check both in the console, then run it again, with a longer timeout if the change is still under way.',
  };
}

/** @param state what is known of the two ends */
export function interrupted(goal: Goal, state: string): Failure {
  return {
    reason: 'interrupted',
    summary: `interrupted; ${state}`,
    advice:
      goal === 'attach' ? 'Run it again to finish, or destroy the attachment.' : 'Run it again to finish.',
  };
}

/** An attach or detach that did not reach its goal. `message` has several lines and tells everything. */
export class OperationError extends Error {
  public readonly details: OperationErrorDetails;

  public constructor(details: OperationErrorDetails) {
    super(messageOf(details), details.cause === undefined ? {} : { cause: details.cause });
    this.name = 'OperationError';
    this.details = details;
  }

  public get reason(): FailureReason {
    return this.details.reason;
  }

  /** The first line of the message. */
  public get headline(): string {
    return headline(this.details);
  }

  /** The message without its first line. */
  public get explanation(): string {
    return explanation(this.details).join('\n');
  }
}

function messageOf(details: OperationErrorDetails): string {
  return [headline(details), ...explanation(details).map((line) => `  ${line}`)].join('\n');
}

function headline({ goal, target, summary }: OperationErrorDetails): string {
  const relation =
    goal === 'attach'
      ? `vNIC ${target.nicId} was not attached to instance ${target.instanceId}`
      : `vNIC ${target.nicId} was not confirmed detached from instance ${target.instanceId}`;
  return `${relation}: ${summary}.`;
}

function explanation(details: OperationErrorDetails): string[] {
  const { advice, observed, requestIds, cause } = details;
  const lines = [`What to do: ${advice}`, consequence(details)];
  if (cause?.code !== undefined) lines.push(`API: ${cause.code} (requestId ${cause.requestId ?? 'none'})`);
  if (observed.length > 0) lines.push(`Seen: ${observed.join('; ')}.`);
  if (requestIds.length > 0) lines.push(`Requests to change it: ${requestIds.join(', ')}.`);
  return lines;
}

function consequence({ goal, leftBehind }: OperationErrorDetails): string {
  if (goal === 'detach')
    return 'The attachment stays on record; destroying it again continues where this stopped.';
  return leftBehind === 'nothing'
    ? 'Nothing was left behind.'
    : 'It may be attached now or become so; destroying the attachment, or applying again, resolves it.';
}
