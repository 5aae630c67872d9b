import type { Target, View } from '../handler';
import { attachmentId, parseInstanceId, parseNicId } from '../zec/ids';
import type { NicInfo } from '../zec/types';
import type { NicAttachmentState } from './nic-attachment-schema';

/** What a state holds that is not in the cloud. */
export type Kept = Pick<NicAttachmentState, 'wait' | 'attached_at' | 'timeouts'>;

export const NOTHING_KEPT: Kept = { wait: null, attached_at: null, timeouts: null };

export function targetOf({
  nic_id,
  instance_id,
}: {
  readonly nic_id: string;
  readonly instance_id: string;
}): Target {
  return { nicId: parseNicId(nic_id), instanceId: parseInstanceId(instance_id) };
}

export function stateOf(
  { nicId, instanceId }: Target,
  nic: NicInfo | undefined,
  { wait, attached_at, timeouts }: Kept,
): NicAttachmentState {
  return {
    id: attachmentId(nicId, instanceId),
    nic_id: nicId,
    instance_id: instanceId,
    wait,
    attached_at,
    preflight_error: null,
    mac_address: nic?.macAddress ?? null,
    primary_ipv4: nic?.primaryIpv4 ?? null,
    private_ips: nic?.privateIpList ?? null,
    region_id: nic?.regionId ?? null,
    vpc_id: nic?.vpcId ?? null,
    subnet_id: nic?.subnetId ?? null,
    timeouts,
  };
}

/** What became of an attachment that is on record: one short sentence, and the rest. */
export function driftOf(
  { nicId, instanceId }: Target,
  { owner, ownerId, nicStatus }: View,
): [string, string] {
  const before = `It was attached to instance ${instanceId} when Terraform last looked.`;
  if (owner === 'other') {
    return [
      `vNIC ${nicId} is attached to instance ${ownerId ?? 'unknown'} now`,
      `${before} What holds it now is left alone.`,
    ];
  }
  if (nicStatus === undefined) return [`vNIC ${nicId} does not exist any more`, before];
  return [`vNIC ${nicId} is attached to no instance any more`, `${before} Its status is ${nicStatus} now.`];
}
