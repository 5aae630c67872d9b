import type { InstanceId, NicId } from '../../zec/ids';
import { describeInstancesById, listNetworkInterfaces } from '../../zec/paging';
import type { CallOptions, InstanceInfo, NicFilter, NicInfo, ZecApi } from '../../zec/types';

/** Maximum number of vNICs that match the filter, including the skipped ones. */
const MAX_NICS = 50_000;

export interface Attached {
  readonly nic: NicInfo;
  readonly instance: InstanceInfo;
}

export interface Adoption {
  /** Attachments that are not managed, by instance and vNIC. */
  readonly attachments: readonly Attached[];
  /** How many other vNICs match the filter. */
  readonly skipped: {
    primary: number;
    free: number;
    managed: number;
    /** Being attached or detached, or the vNIC and the instance do not agree yet. */
    changing: number;
  };
}

/**
 * The attachments of the vNICs that match `filter`, except those of the vNICs in `managed`.
 * @throws ZecError also if too many vNICs match
 */
export async function findUnmanaged(
  api: ZecApi,
  filter: NicFilter,
  managed: ReadonlySet<NicId>,
  options: CallOptions,
): Promise<Adoption> {
  const nics = await listNetworkInterfaces(api, filter, options, MAX_NICS);
  const skipped = { primary: 0, free: 0, managed: 0, changing: 0 };
  const held: { readonly nic: NicInfo; readonly instanceId: InstanceId }[] = [];
  for (const nic of nics) {
    const { nicId, nicType, instanceId } = nic;
    if (nicType === 'Primary') skipped.primary += 1;
    else if (instanceId === undefined) skipped.free += 1;
    else if (managed.has(nicId)) skipped.managed += 1;
    else held.push({ nic, instanceId });
  }
  const instanceIds = held.map(({ instanceId }) => instanceId);
  const instances = await describeInstancesById(api, instanceIds, options);
  const attachments = held.flatMap(({ nic, instanceId }) => {
    const instance = instances.get(instanceId);
    const lists = instance?.nics.some(({ nicId }) => nicId === nic.nicId) === true;
    if (lists && nic.status === 'USED') return { nic, instance };
    skipped.changing += 1;
    return [];
  });
  const key = ({ nic, instance }: Attached) => `${instance.instanceId} ${nic.nicId}`;
  attachments.sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return { attachments, skipped };
}
