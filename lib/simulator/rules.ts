import { isInRegion } from '../zec/ids';
import { refuse, type Refusal } from './responses';
import type { WorldInstance, WorldNic, WorldSettings } from './world';

// Attach and detach are checked against the actual state, without the lag of reads. The order of the checks is assumed.

/** The refusal of an attach, if the API would reject it. */
export function attachRefusal(
  nic: WorldNic | undefined,
  instance: WorldInstance | undefined,
  heldByInstance: number,
  { maxNicsPerInstance, fullInstanceCode }: WorldSettings,
): Refusal | undefined {
  if (nic === undefined) return refuse('INVALID_NIC_NOT_FOUND', 'The specified nicId does not exist.');
  if (instance === undefined) {
    return refuse('INVALID_INSTANCE_NOT_FOUND', 'The specified instanceId does not exist.');
  }
  if (nic.nicType === 'Primary' || nic.status === 'USED' || nic.status === 'ATTACHING') {
    return refuse('INVALID_NIC_ATTACHED', 'The network interface is already attached to an instance.');
  }
  if (nic.status !== 'AVAILABLE') return wrongNicStatus(nic);
  if (!isInRegion(instance.zoneId, nic.regionId)) {
    const message = 'The network interface and the instance are not in the same region.';
    return refuse('INVALID_NIC_INSTANCE_REGION_MISMATCH', message);
  }
  if (instance.status === 'RUNNING' && (instance.loadBalancerIds ?? []).length > 0) {
    return refuse('INVALID_NIC_LB_ASSOCIATED', 'The instance is associated with a load balancer.');
  }
  const refusal = instanceRefusal(instance);
  if (refusal !== undefined || heldByInstance < maxNicsPerInstance) return refusal;
  const message = `The instance already has ${heldByInstance} network interfaces, which is the limit.`;
  return refuse(fullInstanceCode, message);
}

/** The refusal of a detach, if the API would reject it. */
export function detachRefusal(
  nic: WorldNic | undefined,
  instance: WorldInstance | undefined,
  { freeNicDetachCode }: WorldSettings,
): Refusal | undefined {
  if (nic === undefined) return refuse('INVALID_NIC_NOT_FOUND', 'The specified nicId does not exist.');
  if (nic.nicType === 'Primary') {
    return refuse('INVALID_NIC_PRIMARY_CANT_DETACH', 'The primary network interface cannot be detached.');
  }
  if (nic.status === 'AVAILABLE') {
    return refuse(freeNicDetachCode, 'The network interface is attached to no instance.');
  }
  if (nic.status !== 'USED') return wrongNicStatus(nic);
  if (instance?.status === 'RUNNING' && nic.lbAssociated === true) {
    const message = 'A private IP of the network interface is associated with a load balancer.';
    return refuse('INVALID_NIC_LB_ASSOCIATED', message);
  }
  return instanceRefusal(instance);
}

function wrongNicStatus(nic: WorldNic): Refusal {
  return refuse('INVALID_NIC_STATUS', `The network interface status ${nic.status} does not allow this.`);
}

function instanceRefusal(instance: WorldInstance | undefined): Refusal | undefined {
  if (instance?.status !== 'RUNNING') {
    const message = `The instance status ${instance?.status ?? 'RELEASED'} does not support this operation.`;
    return refuse('OPERATION_DENIED_INSTANCE_STATUS_NOT_SUPPORT', message);
  }
  if (instance.enableAgent ?? instance.guestAgent ?? true) return undefined;
  return refuse('INVALID_INSTANCE_PRECHECK_ABNORMAL', 'The pre-check of the instance failed.');
}

/** A token bucket with a burst of one second. Times are in milliseconds. */
export class RateLimit {
  private tokens = Infinity;
  private filledAt = 0;

  /** @returns 0 if the request is allowed, otherwise the seconds until it would be, rounded up */
  public take(perSecond: number, now: number): number {
    if (perSecond === 0) {
      this.tokens = Infinity;
      return 0;
    }
    const refill = ((now - this.filledAt) / 1000) * perSecond;
    this.tokens = Math.min(Math.max(1, perSecond), this.tokens + refill);
    this.filledAt = now;
    if (this.tokens < 1) return Math.max(1, Math.ceil((1 - this.tokens) / perSecond));
    this.tokens -= 1;
    return 0;
  }
}
