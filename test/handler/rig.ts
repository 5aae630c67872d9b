import { NicAttachmentHandler } from '../../lib/handler';
import type { HandlerOptions, OperationError, ProgressEvent, Target } from '../../lib/handler';
import { Cloud } from '../../lib/simulator';
import type { WorldInput, WorldPatch } from '../../lib/simulator';
import type { Clock } from '../../lib/zec/clock';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';
import type { ZecApi } from '../../lib/zec/types';
import { world } from '../simulator/worlds';
import { cloudApi } from '../support/cloud-api';
import { FakeClock } from '../support/fake-clock';

const TIMEOUT_MS = 600_000;

/** The handler on a simulated account and a fake clock. */
export class Rig {
  public readonly clock = new FakeClock();
  public readonly cloud: Cloud;
  public readonly progress: ProgressEvent[] = [];
  public readonly handler: NicAttachmentHandler;

  public constructor(
    more: Partial<WorldInput> = {},
    private readonly between: (api: ZecApi, clock: Clock) => ZecApi = (api) => api,
  ) {
    this.cloud = new Cloud({ world: world(more), now: () => this.clock.wall() });
    this.handler = this.process();
  }

  /** Another handler in the same world. */
  public process(options: HandlerOptions = {}): NicAttachmentHandler {
    const api = this.between(cloudApi(this.cloud, this.clock), this.clock);
    return new NicAttachmentHandler(api, { clock: this.clock, random: () => 0.5, ...options });
  }

  public target(nicId = 'nic-1', instanceId = 'ins-1'): Target {
    return { nicId: parseNicId(nicId), instanceId: parseInstanceId(instanceId) };
  }

  public create(target = this.target(), timeoutMs = TIMEOUT_MS, signal?: AbortSignal) {
    return this.clock.run(this.handler.create(target, this.options(timeoutMs, signal)));
  }

  public delete(target = this.target(), timeoutMs = TIMEOUT_MS, signal?: AbortSignal) {
    return this.clock.run(this.handler.delete(target, this.options(timeoutMs, signal)));
  }

  public async createFails(...args: Parameters<Rig['create']>): Promise<OperationError> {
    const result = await this.create(...args);
    if (result.ok) throw new Error('the create succeeded');
    return result.error;
  }

  public async deleteFails(...args: Parameters<Rig['delete']>): Promise<OperationError> {
    const result = await this.delete(...args);
    if (result.ok) throw new Error('the delete succeeded');
    return result.error;
  }

  /** Changes the world at a given time. */
  public later(ms: number, patch: WorldPatch): void {
    void this.clock.sleep(ms).then(() => this.cloud.patch(patch));
  }

  /** The actual state of the vNIC, such as `USED ins-1`. */
  public nic(nicId = 'nic-1'): string {
    const nic = this.cloud.world().nics.find((each) => each.nicId === nicId);
    return nic === undefined ? 'gone' : [nic.status, nic.instanceId].filter(Boolean).join(' ');
  }

  /** The mutating requests that reached the API, with the code of a rejected one. */
  public get changes(): string[] {
    return this.cloud.requests().flatMap(({ action, code }) => {
      if (action === null || action.startsWith('Describe')) return [];
      return [`${action.replace('NetworkInterface', '')}${code === null ? '' : ` ${code}`}`];
    });
  }

  public get describes(): number {
    return this.cloud.requests().filter(({ action }) => action?.startsWith('Describe') === true).length;
  }

  /** The wall times at which requests of an action arrived. */
  public timesOf(action: string): number[] {
    return this.cloud.requests().flatMap((each) => (each.action === action ? [Date.parse(each.time)] : []));
  }

  private options(timeoutMs: number, signal: AbortSignal | undefined) {
    return { timeoutMs, signal, onProgress: (event: ProgressEvent) => this.progress.push(event) };
  }
}
