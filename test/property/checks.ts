import type { AttachmentState } from '../../lib/simulator';
import { SETTLE_MS } from '../../lib/zec/in-flight';
import type { Attempt, Change } from './api-recorder';
import type { Truth } from './truth';

/** A completed run, as input of the checks. */
export interface RunRecord {
  readonly attempts: readonly Attempt[];
  readonly changes: readonly Change[];
  readonly truth: Truth;
  /** The maximum staleness of a Describe response, in milliseconds. */
  readonly longestLagMs: number;
  /** The maximum duration of a read or a request, in milliseconds. */
  readonly longestRequestMs: number;
  /** Violations by the last create and the last delete of every vNIC, after all faults ended. */
  readonly afterFaults: readonly string[];
}

/** The maximum age of a read when a request based on it is sent, in milliseconds. */
const FRESH_MS = 1_000;

type Check = (run: RunRecord) => readonly string[];

/**
 * The promises. Each check returns one sentence per violation.
 *
 * A success: reads may be stale by the API's lag, and the cloud keeps changing. So a success was true at some moment
 * between "lag before the last read was requested" and the return. If nothing else changed the vNIC in that time, it is
 * true at the return.
 *
 * A success is also not based on a state that ended through an earlier request of any of our processes, if that request
 * was sent before the read was requested: the handler tracks the requests of the last five seconds. A request that takes
 * longer to arrive and to become visible is not covered.
 *
 * A detach: the API detaches by vNIC alone. So a Detach is sent only after a fresh read that showed the vNIC used by our
 * instance. It removes another's attachment only if someone outside this process moved the vNIC between that read
 * (including its lag) and the arrival of the request.
 */
export const CHECKS: Readonly<Record<string, Check>> = {
  'a success is true': ({ attempts, truth, longestLagMs }) =>
    attempts.flatMap((attempt) => {
      const { ended, operation } = attempt;
      if (!ended?.ok) return [];
      const states = truth.during(operation.nicId, ended.readRequestedAt - longestLagMs, ended.at);
      return goalReached(operation, states)
        ? []
        : [
            `${describeAttempt(attempt)} succeeded at ${ended.at}, but from its last read on the vNIC was ${describeStates(states)}`,
          ];
    }),

  'no request sent before undoes a success': ({ attempts, changes, truth, longestLagMs }) =>
    attempts.flatMap((attempt) => {
      const { ended, operation } = attempt;
      if (!ended?.ok) return [];
      const culprit = changes.find((change) => {
        const { nicId, requestId, sentAt, servedAt = Infinity } = change;
        if (nicId !== operation.nicId || sentAt > ended.readRequestedAt) return false;
        // The promise covers requests that arrive and become visible within this time.
        if (servedAt - sentAt + longestLagMs >= SETTLE_MS) return false;
        const effect = truth.effectOf(requestId);
        if (effect === undefined || effect.at <= ended.readRequestedAt - longestLagMs) return false;
        return (
          goalReached(operation, [effect.from]) && !goalReached(operation, truth.after(effect, ended.at))
        );
      });
      return culprit === undefined
        ? []
        : [
            `${describeAttempt(attempt)} succeeded at ${ended.at}; ${describeAttempt(culprit.attempt)} had sent ${culprit.action} at ${culprit.sentAt}, which was served at ${culprit.servedAt ?? 0}`,
          ];
    }),

  'a detach is based on a read that showed the vNIC attached to the target': ({ changes }) =>
    changes.flatMap((change) => {
      if (change.action !== 'DetachNetworkInterface') return [];
      const ours = basisOf(change).some((seen) => {
        const nic = seen.shown.get(change.nicId);
        return nic?.status === 'USED' && nic.instanceId === change.attempt.operation.instanceId;
      });
      return ours
        ? []
        : [`${describeAttempt(change.attempt)} sent Detach at ${change.sentAt} of a vNIC not shown as ours`];
    }),

  'a detach removes another’s attachment only if the vNIC was moved after the read': ({
    changes,
    truth,
    longestLagMs,
  }) =>
    changes.flatMap((change) => {
      const hit = foreignDetach(change, truth);
      if (hit === undefined) return [];
      const mine = new Set(
        changes
          .filter(({ attempt }) => attempt.process === change.attempt.process)
          .map((own) => own.requestId),
      );
      const moved = truth
        .of(change.nicId)
        .some(
          ({ at, by }) =>
            at >= Math.floor(change.readRequestedAt - longestLagMs) &&
            at <= Math.floor(change.servedAt ?? 0) &&
            (by.kind === 'patch' || !mine.has(by.requestId)),
        );
      return moved
        ? []
        : [
            `${describeAttempt(change.attempt)} detached ${change.nicId} from ${hit} at ${change.servedAt ?? 0}`,
          ];
    }),

  'at most one mutating request in flight per vNIC': ({ changes }) =>
    changes.flatMap((change) =>
      change.othersInFlight === 0
        ? []
        : [
            `${describeAttempt(change.attempt)} sent ${change.action} at ${change.sentAt} while another one was in flight`,
          ],
    ),

  'every mutating request is based on a fresh read': ({ changes }) =>
    changes.flatMap((change) => {
      const fresh = basisOf(change).some(
        ({ sentAt, respondedAt }) =>
          sentAt >= change.lastResponseAt && respondedAt >= change.sentAt - FRESH_MS,
      );
      return fresh
        ? []
        : [
            `${describeAttempt(change.attempt)} sent ${change.action} at ${change.sentAt} without a fresh read`,
          ];
    }),

  'no mutating request when the read shows the goal reached or in progress': ({ changes }) =>
    changes.flatMap((change) => {
      const { goal, instanceId } = change.attempt.operation;
      const reads = basisOf(change);
      const already =
        reads.length > 0 &&
        reads.every(
          ({ shown: seen }) => (seen.get(change.nicId)?.instanceId === instanceId) === (goal === 'attach'),
        );
      return already
        ? [
            `${describeAttempt(change.attempt)} sent ${change.action} at ${change.sentAt} although its read showed it done`,
          ]
        : [];
    }),

  'every run ends within its deadline and one request': ({ attempts, longestRequestMs }) =>
    attempts.flatMap((attempt) => {
      const latest = attempt.startedAt + attempt.operation.timeoutMs + longestRequestMs;
      return attempt.ended !== undefined && attempt.ended.at <= latest
        ? []
        : [`${describeAttempt(attempt)} ended at ${attempt.ended?.at ?? 'no time'}, later than ${latest}`];
    }),

  'a create that reports nothing left behind left nothing behind': ({ attempts, changes, truth }) =>
    attempts.flatMap((attempt) => {
      const { ended, operation } = attempt;
      if (ended?.leftBehind !== 'nothing' || operation.goal !== 'attach') return [];
      const own = new Set(
        changes.filter((change) => change.attempt === attempt).map(({ requestId }) => requestId),
      );
      const left = truth.of(operation.nicId).filter(
        ({ by, to, at }, index, all) =>
          by.kind === 'request' &&
          own.has(by.requestId) &&
          to?.instanceId === operation.instanceId &&
          // Existed when the create returned, or began after it.
          (at > ended.at || (all[index + 1]?.at ?? Infinity) > ended.at),
      );
      return left.length === 0
        ? []
        : [
            `${describeAttempt(attempt)} reported at ${ended.at} that nothing is left behind, but: ${left.map(({ to }) => describeState(to)).join()}`,
          ];
    }),

  'once all faults end, one more create and one more delete converge': ({ afterFaults }) => afterFaults,
};

/** The instance other than ours from which one of our Detach requests removed the vNIC. */
export function foreignDetach(change: Change, truth: Truth): string | undefined {
  if (change.action !== 'DetachNetworkInterface') return undefined;
  const from = truth.effectOf(change.requestId)?.from?.instanceId;
  return from === change.attempt.operation.instanceId ? undefined : from;
}

/** A success that is not true at its return, because the cloud changed or the reads lagged. */
export function outdated({ operation, ended }: Attempt, truth: Truth): boolean {
  return ended?.ok === true && !goalReached(operation, [truth.at(operation.nicId, ended.at)]);
}

/** The reads on which a request may be based: those that began after its operation last woke up. */
function basisOf({ reads, readRequestedAt }: Change) {
  return reads.filter(({ sentAt }) => sentAt >= readRequestedAt);
}

function goalReached(
  { goal, instanceId, until }: Attempt['operation'],
  states: readonly (Pick<AttachmentState, 'status' | 'instanceId'> | null)[],
): boolean {
  return goal === 'attach'
    ? states.some(
        (state) =>
          state?.instanceId === instanceId &&
          (state.status === 'USED' || (until === 'accepted' && state.status === 'ATTACHING')),
      )
    : states.some((state) => state?.instanceId !== instanceId);
}

function describeAttempt({ operation: { goal, nicId, instanceId }, process, startedAt }: Attempt): string {
  return `${goal} ${nicId}:${instanceId} (process ${process}, from ${startedAt})`;
}

function describeStates(states: readonly (AttachmentState | null)[]): string {
  return states.map(describeState).join(', ');
}

function describeState(state: AttachmentState | null | undefined): string {
  return state == null ? 'gone' : `${state.status} ${state.instanceId ?? ''}`.trim();
}
