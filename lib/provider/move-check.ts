import type { Observation, Target } from '../handler';
import { decide, NOTHING_DONE } from '../handler/decide';
import { viewOf } from '../handler/view';
import { DiagnosticError } from '../plugin';
import type { ClientContext } from '../plugin';
import { isInRegion } from '../zec/ids';
import { MAX_NICS_PER_INSTANCE } from '../zec/types';
import type { ProviderClient } from './client';
import { parseAttachmentId } from './nic-attachment-state';
import type { PrivateState } from './nic-attachment-state';

const POLL_INTERVAL_MS = 2_000;
/** How long to wait for another delete to make room on a full instance, in milliseconds. */
const FULL_MS = 30_000;

/** Why the vNIC cannot be attached now. */
interface Obstacle {
  readonly reason: string;
  readonly advice: string;
  /** How long to wait for it to end, in milliseconds. */
  readonly waitMs: number;
}

/**
 * Checks, before the delete of a replacement, that the create is possible: if it then failed, the vNIC would be left
 * detached. Waits while the new instance is starting.
 * @param timeoutMs how long to wait at most
 * @throws DiagnosticError if the create is certain to fail
 */
export async function checkMove(
  from: Target,
  { target: id = '', frees }: NonNullable<PrivateState['replacement']>,
  timeoutMs: number,
  { client, log, signal }: ClientContext<ProviderClient>,
): Promise<void> {
  const to = parseAttachmentId(id);
  if (to === undefined) return;
  const startedAt = client.clock.now();
  for (;;) {
    const [nic, instance] = await Promise.all([
      client.nic(to.nicId, signal),
      client.instance(to.instanceId, signal),
    ]);
    const obstacle =
      statusObstacle(to, { nic, instance }) ??
      (frees === true ? undefined : fullObstacle(from, to, instance));
    if (obstacle === undefined) return;
    if (client.clock.now() - startedAt >= Math.min(obstacle.waitMs, timeoutMs)) {
      throw new DiagnosticError(
        `vNIC ${from.nicId} was not detached from instance ${from.instanceId}: ${obstacle.reason}`,
        {
          detail: `It could not be attached again as ${id}, so nothing was changed. ${obstacle.advice}`,
        },
      );
    }
    log.info(`waiting before the detach: ${obstacle.reason}`, { nic_id: from.nicId });
    await client.clock.sleep(POLL_INTERVAL_MS, signal);
  }
}

/** What the vNIC and the instance would prevent if the vNIC were free. */
function statusObstacle(to: Target, { nic, instance }: Observation): Obstacle | undefined {
  const free = nic && { ...nic, status: 'AVAILABLE', instanceId: undefined };
  const decision = decide('attach', viewOf(to, { nic: free, instance }), NOTHING_DONE);
  if (decision.kind === 'fail') return { reason: decision.summary, advice: decision.advice, waitMs: 0 };
  if (decision.kind === 'wait') {
    const reason = `instance ${to.instanceId} is ${instance?.status ?? 'missing'}`;
    return { reason, advice: 'Apply again when it is RUNNING.', waitMs: Infinity };
  }
  if (
    nic?.regionId === undefined ||
    instance?.zoneId === undefined ||
    isInRegion(instance.zoneId, nic.regionId)
  )
    return undefined;
  const reason = `vNIC ${to.nicId} is in region ${nic.regionId}, and instance ${to.instanceId} in zone ${instance.zoneId}`;
  return { reason, advice: 'Declare an instance in the region of the vNIC.', waitMs: 0 };
}

function fullObstacle(from: Target, to: Target, instance: Observation['instance']): Obstacle | undefined {
  const others = (instance?.nics ?? []).filter(({ nicId }) => nicId !== from.nicId && nicId !== to.nicId);
  if (others.length < MAX_NICS_PER_INSTANCE) return undefined;
  const reason = `instance ${to.instanceId} already holds ${others.length} vNICs`;
  return { reason, advice: 'Detach one of them, then apply again.', waitMs: FULL_MS };
}
