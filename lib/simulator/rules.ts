import type { InstanceId } from '../zec/ids';
import { MAX_NICS_PER_INSTANCE } from '../zec/types';
import { refuse, type Refusal } from './answers';
import type { NicState } from './truth';
import { regionOf, type WorldInstance } from './world';

/** What the rules look at: the truth, never a lagging view of it. */
export interface Facts {
  readonly nic: NicState | undefined;
  readonly instance: WorldInstance | undefined;
  readonly heldByInstance: number;
}

/** Why the API would not attach, or `undefined`. The order of the checks is assumed. */
export function attachRefusal({ nic, instance, heldByInstance }: Facts): Refusal | undefined {
  if (nic === undefined) return refuse('INVALID_NIC_NOT_FOUND', 'The specified nicId does not exist.');
  if (instance === undefined) {
    return refuse('INVALID_INSTANCE_NOT_FOUND', 'The specified instanceId does not exist.');
  }
  if (nic.nicType === 'Primary' || nic.status === 'USED' || nic.status === 'ATTACHING') {
    return refuse('INVALID_NIC_ATTACHED', 'The network interface is already attached to an instance.');
  }
  if (nic.status !== 'AVAILABLE') return wrongNicStatus(nic);
  if (regionOf(instance.zoneId) !== nic.regionId) {
    return refuse(
      'INVALID_NIC_INSTANCE_REGION_MISMATCH',
      'The network interface and the instance are not in the same region.',
    );
  }
  if (instance.status !== 'RUNNING') return wrongInstanceStatus(instance);
  if (instance.guestAgent === false) return precheck();
  if (heldByInstance >= MAX_NICS_PER_INSTANCE) {
    return refuse(
      'INVALID_INSTANCE_NIC_LIMIT',
      `The instance already has ${heldByInstance} network interfaces, which is the limit.`,
    );
  }
  return undefined;
}

/** Why the API would not detach, or `undefined`. The order of the checks is assumed. */
export function detachRefusal({ nic, instance }: Omit<Facts, 'heldByInstance'>): Refusal | undefined {
  if (nic === undefined) return refuse('INVALID_NIC_NOT_FOUND', 'The specified nicId does not exist.');
  if (nic.nicType === 'Primary') {
    return refuse('INVALID_NIC_PRIMARY_CANT_DETACH', 'The primary network interface cannot be detached.');
  }
  if (nic.status !== 'USED') return wrongNicStatus(nic);
  if (instance?.status !== 'RUNNING') return wrongInstanceStatus(instance);
  if (nic.lbAssociated === true) {
    return refuse(
      'INVALID_NIC_LB_ASSOCIATED',
      'A private IP of the network interface is associated with a load balancer.',
    );
  }
  return instance.guestAgent === false ? precheck() : undefined;
}

/** How many vNICs an instance holds, those on their way to and from it included. */
export function heldBy(instanceId: InstanceId, nics: readonly NicState[]): number {
  return nics.filter((nic) => nic.instanceId === instanceId).length;
}

function wrongNicStatus(nic: NicState): Refusal {
  return refuse('INVALID_NIC_STATUS', `The network interface status ${nic.status} does not allow this.`);
}

function wrongInstanceStatus(instance: WorldInstance | undefined): Refusal {
  return refuse(
    'OPERATION_DENIED_INSTANCE_STATUS_NOT_SUPPORT',
    `The instance status ${instance?.status ?? 'RELEASED'} does not support this operation.`,
  );
}

function precheck(): Refusal {
  return refuse('INVALID_INSTANCE_PRECHECK_ABNORMAL', 'The pre-check of the instance failed.');
}
