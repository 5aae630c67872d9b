import { compare } from '../../terraform';
import type { NicId } from '../../zec/ids';
import { describeInstancesById, listNetworkInterfaces } from '../../zec/paging';
import type { CallOptions, InstanceInfo, NicFilter, NicInfo, ZecApi } from '../../zec/types';

/** Maximum number of vNICs that match the filter, including the skipped ones. */
const MAX_NICS = 50_000;

export interface Attached {
  readonly nic: NicInfo;
  readonly instance: InstanceInfo;
}

export type Adoption = Awaited<ReturnType<typeof findUnmanaged>>;

/**
 * Finds the attachments of the vNICs that match a filter and are not in `managed`.
 * @throws ZecError if a request fails, or if too many vNICs match
 */
export async function findUnmanaged(
  api: ZecApi,
  filter: NicFilter,
  managed: ReadonlySet<NicId>,
  options: CallOptions,
) {
  const nics = await listNetworkInterfaces(api, filter, options, MAX_NICS);
  const kindOf = ({ nicId, nicType, instanceId }: NicInfo) => {
    if (nicType === 'Primary') return 'primary';
    if (instanceId === undefined) return 'free';
    return managed.has(nicId) ? 'managed' : 'unmanaged';
  };
  const of = (kind: ReturnType<typeof kindOf>) => nics.filter((nic) => kindOf(nic) === kind);
  const unmanaged = of('unmanaged');
  const instanceIds = unmanaged.flatMap(({ instanceId }) => instanceId ?? []);
  const instances = await describeInstancesById(api, instanceIds, options);
  const attachments = unmanaged.flatMap((nic): Attached | [] => {
    const instance = nic.instanceId === undefined ? undefined : instances.get(nic.instanceId);
    const isListed = instance?.nics.some(({ nicId }) => nicId === nic.nicId);
    return instance && isListed && nic.status === 'USED' ? { nic, instance } : [];
  });
  const key = ({ nic, instance }: Attached) => `${instance.instanceId} ${nic.nicId}`;
  return {
    /** By instance and vNIC. */
    attachments: attachments.sort((a, b) => compare(key(a), key(b))),
    /** How many of the vNICs are no attachment to adopt. */
    skipped: {
      primary: of('primary').length,
      free: of('free').length,
      managed: of('managed').length,
      /** Being attached or detached, or the vNIC and the instance do not agree yet. */
      changing: unmanaged.length - attachments.length,
    },
  };
}
