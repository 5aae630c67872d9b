import type { InFlightRequest } from '../zec/in-flight';
import { SETTLE_MS } from '../zec/in-flight';
import type { Decision, Goal } from './decide';
import type { Target } from './view';

/**
 * Since when a read must have been requested for a decision to rest on it: an earlier read may not show the requests that
 * were sent recently. This keeps a promise: no success rests on a state from before a request of ours that contradicts it,
 * whichever process sent it and however it ended, provided that requests arrive and become visible within
 * {@link SETTLE_MS}. With a longer lag the promise cannot be kept.
 * @param requests in flight for the target's vNIC
 * @param now when their ages were taken
 * @returns -Infinity if nothing contradicts the decision
 */
export function trustedFrom(
  goal: Goal,
  { instanceId }: Target,
  decision: Decision,
  requests: readonly InFlightRequest[],
  now: number,
): number {
  const contradicts = contradictionOf(goal, instanceId, decision, requests);
  const ages = requests.filter(contradicts).map(({ ageMs }) => ageMs);
  return now - Math.min(Infinity, ...ages) + SETTLE_MS;
}

/** Which requests could have changed, or could still change, the state on which a decision rests. */
function contradictionOf(
  goal: Goal,
  target: string,
  decision: Decision,
  requests: readonly InFlightRequest[],
): (request: InFlightRequest) => boolean {
  switch (decision.kind) {
    case 'done':
      return goal === 'attach'
        ? // A detach names no instance: one that may still arrive detaches whatever it finds.
          (request) => request.goal === 'detach' && (!request.settled || request.instanceId === target)
        : (request) => request.goal === 'attach' && request.instanceId === target;
    case 'fail':
      return (request) => request.goal === 'detach' && request.instanceId === decision.heldBy;
    case 'act':
      return goal === 'attach'
        ? // The API accepted this very attach, and would refuse a second one.
          (request) =>
            request.goal === 'attach' &&
            request.instanceId === target &&
            request.settled &&
            !requests.some(({ goal: later, ageMs }) => later === 'detach' && ageMs < request.ageMs)
        : // It would detach what another operation of ours has just attached.
          (request) => request.goal === 'attach' && request.instanceId !== target;
    case 'wait':
      return () => false;
  }
}
