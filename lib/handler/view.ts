import type { InstanceId, NicId } from '../zec/ids';
import type { InstanceInfo, NicInfo } from '../zec/types';

/** The attachment an operation is about. */
export interface Target {
  readonly nicId: NicId;
  readonly instanceId: InstanceId;
}

/** What one read showed. A vNIC or an instance that the API does not know is `undefined`. */
export interface Observation {
  readonly nic: NicInfo | undefined;
  readonly instance: InstanceInfo | undefined;
}

/** Which instance holds a vNIC: none, the target's, or another. */
export type Owner = 'none' | 'target' | 'other';

/** The facts of an observation on which a decision rests. */
export interface View {
  readonly target: Target;
  /** `undefined`: the vNIC does not exist. */
  readonly nicStatus: string | undefined;
  readonly primary: boolean;
  readonly owner: Owner;
  /** The instance that the vNIC names, where it names one. */
  readonly ownerId: InstanceId | undefined;
  /** `undefined`: the instance does not exist. */
  readonly instanceStatus: string | undefined;
  /** Whether the target's instance lists the vNIC among its own. */
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

/** A view as text, for progress, observation counts and errors: `vNIC ATTACHING (instance ins-1), instance RUNNING`. */
export function describeView({ nicStatus, ownerId, instanceStatus, owner, listed }: View): string {
  const nic = `vNIC ${nicStatus ?? 'missing'}${ownerId === undefined ? '' : ` (instance ${ownerId})`}`;
  const differs = `, which ${listed ? 'lists' : 'does not list'} the vNIC`;
  return `${nic}, instance ${instanceStatus ?? 'missing'}${listed === (owner === 'target') ? '' : differs}`;
}
