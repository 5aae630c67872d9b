import type { InstanceId, NicId } from '../zec/ids';
import { describeInstancesById, describeNics } from '../zec/paging';
import type { InstanceInfo, NicInfo, ZecApi } from '../zec/types';
import { Batch } from './batch';
import type { BatchOptions } from './batch';
import type { Observation, Target } from './observation';

export interface LookOptions {
  readonly signal?: AbortSignal | undefined;
  /** Shares its request only with looks wanted in this very moment. */
  readonly atOnce?: boolean;
}

/**
 * Looks at the API for many operations at once, in shared requests. Nothing is cached: every look is answered by
 * requests sent after it was asked for.
 */
export class Observer {
  private readonly nics: Batch<NicId, NicInfo>;
  private readonly instances: Batch<InstanceId, InstanceInfo>;

  public constructor(api: ZecApi, options: BatchOptions) {
    this.nics = new Batch((ids) => describeNics(api, ids), options);
    this.instances = new Batch((ids) => describeInstancesById(api, ids), options);
  }

  /**
   * One look at a vNIC and an instance.
   * @throws ZecError when the API could not be asked; the signal's reason when it aborts
   */
  public async look({ nicId, instanceId }: Target, signal?: AbortSignal): Promise<Observation> {
    const [nic, instance] = await Promise.all([
      this.nic(nicId, { signal }),
      this.instance(instanceId, { signal }),
    ]);
    return { nic, instance };
  }

  /** One look at a vNIC alone. Throws as {@link look} does. */
  public nic(id: NicId, { signal, atOnce }: LookOptions = {}): Promise<NicInfo | undefined> {
    return this.nics.ask(id, signal, atOnce);
  }

  /** One look at an instance alone. Throws as {@link look} does. */
  public instance(id: InstanceId, { signal, atOnce }: LookOptions = {}): Promise<InstanceInfo | undefined> {
    return this.instances.ask(id, signal, atOnce);
  }
}
