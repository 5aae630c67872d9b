import type { InstanceId } from '../zec/ids';
import { SETTLE_MS, type InFlightRequest } from '../zec/in-flight';
import type { Decision, Goal } from './decide';
import type { Target } from './view';

/**
 * The earliest time at which a read may have been requested for a decision to depend on it: an earlier read may not show
 * recent requests. This gives a guarantee: no success is based on a state from before a request of ours that contradicts
 * it, whichever process sent it and however it ended, provided that requests arrive and become visible within
 * {@link SETTLE_MS}. The guarantee does not cover a longer lag.
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
  const ages = requests
    .filter((request) => contradicts(request, goal, instanceId, decision, requests))
    .map(({ ageMs }) => ageMs);
  return now - Math.min(Infinity, ...ages) + SETTLE_MS;
}

/** Whether a request could have changed, or could still change, the state on which a decision rests. */
function contradicts(
  request: InFlightRequest,
  goal: Goal,
  target: InstanceId,
  decision: Decision,
  requests: readonly InFlightRequest[],
): boolean {
  const isOfTarget = request.instanceId === target;
  const isFollowedBy = (earlier: InFlightRequest, by: Goal, instance?: InstanceId) =>
    requests.some(
      (later) =>
        later.goal === by &&
        later.ageMs < earlier.ageMs &&
        (instance === undefined || later.instanceId === instance),
    );
  switch (decision.kind) {
    case 'done':
      if (goal === 'detach') return request.goal === 'attach' && isOfTarget;
      // A detach names no instance: it detaches the vNIC from any, and what the read shows may be from before it. A
      // later attach to the target makes good what a detach from another instance undid.
      return (
        request.goal === 'detach' &&
        (!request.settled || isOfTarget || !isFollowedBy(request, 'attach', target))
      );
    case 'fail':
      return request.goal === 'detach' && request.instanceId === decision.heldBy;
    case 'act': {
      if (request.goal === 'detach') return false;
      // It would detach what another operation of ours has just attached.
      if (goal === 'detach') return !isOfTarget;
      // The API accepted this very attach, and would refuse a second one.
      return isOfTarget && request.settled && !isFollowedBy(request, 'detach');
    }
    case 'wait':
      return false;
  }
}
