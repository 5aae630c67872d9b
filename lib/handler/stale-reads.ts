import type { InstanceId } from '../zec/ids';
import { SETTLE_MS, type InFlightRequest } from '../zec/in-flight';
import type { Decision, Goal } from './decide';
import type { Target } from './view';

/**
 * The earliest start of a read on which a decision may be based: an earlier read may not show recent requests. So no result
 * is based on the state before an in-flight request that contradicts it, whichever process sent the request and whatever
 * its outcome, if requests arrive and become visible within {@link SETTLE_MS}.
 * @param requests the in-flight requests of the target's vNIC
 * @param now the time to which their ages refer
 * @returns -Infinity if no request contradicts the decision
 */
export function earliestTrustedRead(
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

/** Whether a request could have changed, or could still change, the state on which a decision is based. */
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
      // A detach names no instance, so it detaches the vNIC from any, and the read may be from before it. A detach from
      // another instance does not matter if an attach to the target followed it.
      return (
        request.goal === 'detach' &&
        (!request.settled || isOfTarget || !isFollowedBy(request, 'attach', target))
      );
    case 'fail':
      return request.goal === 'detach' && request.instanceId === decision.heldBy;
    case 'act': {
      if (request.goal === 'detach') return false;
      // The detach would undo an attach to another instance.
      if (goal === 'detach') return !isOfTarget;
      // The API accepted the same attach, and would refuse a second one.
      return isOfTarget && request.settled && !isFollowedBy(request, 'detach');
    }
    case 'wait':
      return false;
  }
}
