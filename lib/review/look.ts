import type { Target, View } from '../handler';
import { viewOf } from '../handler/observation';
import type { InstanceId, NicId } from '../zec/ids';
import { describeInstancesById, describeNics } from '../zec/paging';
import type { CallOptions, InstanceInfo, NicInfo, ZecApi } from '../zec/types';

/** One look at every vNIC and instance that a plan or a state names. */
export class Look {
  public constructor(
    public readonly nics: ReadonlyMap<NicId, NicInfo>,
    public readonly instances: ReadonlyMap<InstanceId, InstanceInfo>,
  ) {}

  public viewOf(target: Target): View {
    return viewOf(target, {
      nic: this.nics.get(target.nicId),
      instance: this.instances.get(target.instanceId),
    });
  }
}

/**
 * Looks at these vNICs and instances, and at the instances which hold the vNICs, with up to 100 ids in a request.
 * @throws ZecError
 */
export async function lookAt(
  api: ZecApi,
  wanted: { readonly nicIds: Iterable<NicId>; readonly instanceIds: Iterable<InstanceId> },
  options: CallOptions = {},
): Promise<Look> {
  const nics = await describeNics(api, [...wanted.nicIds], options);
  const holders = [...nics.values()].flatMap(({ instanceId }) => instanceId ?? []);
  const instances = await describeInstancesById(api, [...wanted.instanceIds, ...holders], options);
  return new Look(nics, instances);
}
