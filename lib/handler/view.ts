import type { InstanceId, NicId } from '../zec/ids';
import type { InstanceInfo, NicInfo } from '../zec/types';

/** The attachment that an operation creates, reads or deletes. */
export interface Target {
  readonly nicId: NicId;
  readonly instanceId: InstanceId;
}

/** The result of one read of the API. `undefined`: the vNIC or the instance does not exist. */
export interface Observation {
  readonly nic: NicInfo | undefined;
  readonly instance: InstanceInfo | undefined;
}

/** Which instance holds a vNIC: none, the target's, or another. */
export type Owner = 'none' | 'target' | 'other';

/** The facts of an observation that a decision is based on. */
export interface View {
  readonly target: Target;
  /** `undefined`: the vNIC does not exist. */
  readonly nicStatus: string | undefined;
  readonly primary: boolean;
  readonly owner: Owner;
  /** The instance that the vNIC reports, if any. */
  readonly ownerId: InstanceId | undefined;
  /** `undefined`: the instance does not exist. */
  readonly instanceStatus: string | undefined;
  /** Whether the target's instance lists the vNIC. */
  readonly listed: boolean;
}

export function viewOf(target: Target, { nic, instance }: Observation): View {
  const ownerId = nic?.instanceId;
  return {
    target,
    nicStatus: nic?.status,
    primary: nic?.nicType === 'Primary',
    owner: ownerId === undefined ? 'none' : ownerId === target.instanceId ? 'target' : 'other',
    ownerId,
    instanceStatus: instance?.status,
    listed: instance?.nics.some(({ nicId }) => nicId === target.nicId) ?? false,
  };
}

/** Formats a view, such as `vNIC ATTACHING (instance ins-1), instance RUNNING`. */
export function describeView({ nicStatus, ownerId, instanceStatus, owner, listed }: View): string {
  const nic = `vNIC ${nicStatus ?? 'missing'}${ownerId === undefined ? '' : ` (instance ${ownerId})`}`;
  const differs = `, which ${listed ? 'lists' : 'does not list'} the vNIC`;
  return `${nic}, instance ${instanceStatus ?? 'missing'}${listed === (owner === 'target') ? '' : differs}`;
}
