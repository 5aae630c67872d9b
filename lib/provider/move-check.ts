import type { Observation, Target } from '../handler';
import { decide, NO_ATTEMPTS } from '../handler/decide';
import { withoutFullStop } from '../handler/errors';
import { viewOf } from '../handler/view';
import { DiagnosticError, type ClientContext } from '../plugin';
import { ZecError } from '../zec/errors';
import { isInRegion } from '../zec/ids';
import { MAX_NICS_PER_INSTANCE } from '../zec/types';
import type { ProviderClient } from './client';
import { parseAttachmentId, type PrivateState } from './nic-attachment-state';

const POLL_INTERVAL_MS = 2_000;
/** Maximum time to wait for another delete to make room on a full instance, in milliseconds. */
const FULL_MS = 30_000;

type Replacement = NonNullable<PrivateState['replacement']>;

/** Why the vNIC cannot be attached now. */
interface Obstacle {
  readonly reason: string;
  readonly advice: string;
  /** Maximum time to wait for it to end, in milliseconds. */
  readonly waitMs: number;
}

/**
 * Checks that the create of a replacement is possible before its delete: otherwise the vNIC would be left detached. Waits
 * while the new instance is starting. A create that the plan predicts to fail does so even if the reason is gone, because
 * Terraform requires the same error as in the plan.
 * @param timeoutMs maximum time to wait
 * @param isRenamed whether another resource now manages the attachment, so that it is not detached
 * @throws DiagnosticError if the create is certain to fail, or on an interruption
 */
export async function checkMove(
  from: Target,
  replacement: Replacement,
  timeoutMs: number,
  isRenamed: () => boolean,
  context: ClientContext<ProviderClient>,
): Promise<void> {
  if (replacement.error !== undefined && !isRenamed()) {
    throw notDetached(
      from,
      'the plan predicts that the create fails',
      `${replacement.error}\nThen plan again.`,
    );
  }
  const to = parseAttachmentId(replacement.target ?? '');
  if (to === undefined) return;
  const { client, log, signal } = context;
  const startedAt = client.clock.now();
  for (;;) {
    const obstacle = await client.observe(to, signal).then((seen) => {
      const full = replacement.needsRoom === true ? fullObstacle(from, to, seen.instance) : undefined;
      return statusObstacle(to, seen) ?? full;
    }, unreadable(signal));
    if (isRenamed() || obstacle === undefined) return;
    const { reason, advice, waitMs } = obstacle;
    const waited = client.clock.now() - startedAt;
    if (waited >= Math.min(waitMs, timeoutMs)) {
      throw notDetached(from, reason, advice);
    }
    log.info(`waiting before the detach: ${reason}`, { nic_id: from.nicId });
    // After an interruption, the next read is aborted.
    await client.clock.sleep(POLL_INTERVAL_MS, signal).catch(() => undefined);
  }
}

function notDetached({ nicId, instanceId }: Target, reason: string, advice: string): DiagnosticError {
  return new DiagnosticError(`vNIC ${nicId} was not detached from instance ${instanceId}: ${reason}`, {
    detail: `No request was sent, and nothing was changed. ${advice}`,
  });
}

/** @throws the error, if it is neither of the API nor an interruption */
const unreadable =
  (signal: AbortSignal) =>
  (error: unknown): Obstacle => {
    if (signal.aborted) return { reason: 'interrupted', advice: 'Run apply again.', waitMs: 0 };
    if (!(error instanceof ZecError)) throw error;
    const { message, advice = 'Apply again.', kind } = error;
    return { reason: withoutFullStop(message), advice, waitMs: kind === 'transient' ? Infinity : 0 };
  };

/** The obstacle to an attach if the vNIC were free. */
function statusObstacle(to: Target, { nic, instance }: Observation): Obstacle | undefined {
  const free = nic && { ...nic, status: 'AVAILABLE', instanceId: undefined };
  const decision = decide('attach', viewOf(to, { nic: free, instance }), NO_ATTEMPTS);
  if (decision.kind === 'fail') return { reason: decision.summary, advice: decision.advice, waitMs: 0 };
  if (decision.kind === 'wait') {
    const reason = `instance ${to.instanceId} is ${instance?.status ?? 'missing'}`;
    return { reason, advice: 'Apply again when it is RUNNING.', waitMs: Infinity };
  }
  const [regionId, zoneId] = [nic?.regionId, instance?.zoneId];
  if (regionId === undefined || zoneId === undefined || isInRegion(zoneId, regionId)) return undefined;
  const reason = `vNIC ${to.nicId} is in region ${regionId}, and instance ${to.instanceId} in zone ${zoneId}`;
  return { reason, advice: 'Declare an instance in the region of the vNIC.', waitMs: 0 };
}

function fullObstacle(from: Target, to: Target, instance: Observation['instance']): Obstacle | undefined {
  const others = (instance?.nics ?? []).filter(({ nicId }) => nicId !== from.nicId && nicId !== to.nicId);
  if (others.length < MAX_NICS_PER_INSTANCE) return undefined;
  const reason = `instance ${to.instanceId} already holds ${others.length} vNICs`;
  return { reason, advice: 'Detach one of them, then apply again.', waitMs: FULL_MS };
}
