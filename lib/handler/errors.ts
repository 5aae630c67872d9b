import { ZecNetworkError, type ZecError } from '../zec/errors';
import type { Goal } from './decide';
import type { Target } from './view';

/**
 * Why an operation failed.
 * - `refused`: a read showed that the goal cannot or must not be reached.
 * - `api`: the API returned a permanent error, or never responded.
 * - `timeout`: the deadline passed before the vNIC and the instance agreed.
 * - `interrupted`: the caller's signal aborted.
 */
export type FailureReason = 'refused' | 'api' | 'timeout' | 'interrupted';

/** What a failed create leaves behind: nothing, or possibly an attachment that a later delete must detach. */
export type LeftBehind = 'nothing' | 'possibly-attached';

/** The details of an {@link OperationError}. */
export interface OperationErrorDetails {
  readonly reason: FailureReason;
  readonly goal: Goal;
  readonly target: Target;
  /** What happened, as the second part of a sentence. */
  readonly summary: string;
  /** What the user should do next. */
  readonly advice: string;
  readonly leftBehind: LeftBehind;
  /** The observations with their counts, newest last, such as `3 × vNIC ATTACHING …`. At most 20. */
  readonly observed: readonly string[];
  /** The API's request IDs of the attach and detach requests, newest last. At most 10. */
  readonly requestIds: readonly string[];
  /** The other instance that holds the vNIC, if that is the reason. */
  readonly heldBy?: string | undefined;
  /** The instance is STOPPED, so that the API would not detach the vNIC. */
  readonly instanceStopped?: true;
  /** The code of the last conflict that the API returned, although the statuses allowed the request. */
  readonly conflict?: string | undefined;
  readonly cause?: ZecError | undefined;
}

/** The details that differ between failures. */
export type FailureDetails = Pick<
  OperationErrorDetails,
  'reason' | 'summary' | 'advice' | 'cause' | 'heldBy' | 'instanceStopped'
>;

export const CHECK_NETWORK = 'Check ZENLAYERCLOUD_DOMAIN and the network of this machine.';

/** The failure after an error of the API that is not retried. */
export function refusedByApi(error: ZecError): FailureDetails {
  const advice =
    error instanceof ZecNetworkError
      ? CHECK_NETWORK
      : 'See the API error, or contact Zenlayer support with the request ID.';
  return {
    reason: 'api',
    summary: withoutFullStop(error.message),
    advice: error.advice ?? advice,
    cause: error,
  };
}

export function withoutFullStop(text: string): string {
  return text.replace(/\.$/, '');
}

/** @param state the last known state of the vNIC and the instance */
export function timedOut(timeoutMs: number, state: string): FailureDetails {
  return {
    reason: 'timeout',
    summary: `not converged within ${Math.round(timeoutMs / 100) / 10} s; ${state}`,
    advice:
      'Check the vNIC and the instance in the console, then retry, with a longer timeout if the change is still in progress.',
  };
}

/** @param state the last known state of the vNIC and the instance */
export function interrupted(goal: Goal, state: string): FailureDetails {
  return {
    reason: 'interrupted',
    summary: `interrupted; ${state}`,
    advice: goal === 'attach' ? 'Retry to finish, or destroy the attachment.' : 'Retry to finish.',
  };
}

/**
 * An attach or detach failed. The message has several lines: what happened, the next step, what may be left behind, the
 * API's code and request IDs, and the observations.
 */
export class OperationError extends Error {
  public readonly reason: FailureReason;
  /** The first line of the message. */
  public readonly headline: string;
  /** The message without its first line. */
  public readonly explanation: string;

  public constructor(public readonly details: OperationErrorDetails) {
    const headline = headlineOf(details);
    const lines = explanationOf(details);
    const cause = details.cause === undefined ? {} : { cause: details.cause };
    super([headline, ...lines.map((line) => `  ${line}`)].join('\n'), cause);
    this.name = 'OperationError';
    this.reason = details.reason;
    this.headline = headline;
    this.explanation = lines.join('\n');
  }
}

function headlineOf({ goal, target, summary }: OperationErrorDetails): string {
  const what = goal === 'attach' ? 'attached to' : 'confirmed detached from';
  return `vNIC ${target.nicId} was not ${what} instance ${target.instanceId}: ${summary}.`;
}

function explanationOf(details: OperationErrorDetails): string[] {
  const { summary, advice, observed, requestIds, cause } = details;
  const lines = [`What to do: ${advice}`, consequenceOf(details)];
  // The summary of a rejected request contains the whole API error.
  if (cause?.code !== undefined && !summary.includes(withoutFullStop(cause.message))) {
    lines.push(`API: ${cause.code} (requestId ${cause.requestId ?? 'none'})`);
  }
  if (observed.length > 0) lines.push(`Observed: ${observed.join('; ')}.`);
  if (requestIds.length > 0) lines.push(`Mutating requests: ${requestIds.join(', ')}.`);
  return lines;
}

function consequenceOf({ goal, leftBehind }: OperationErrorDetails): string {
  if (goal === 'detach') return 'The attachment remains in state; run destroy again to resume.';
  if (leftBehind === 'nothing') return 'Nothing was left behind.';
  return 'The vNIC may be, or may become, attached; destroy the attachment or apply again to resolve this.';
}
