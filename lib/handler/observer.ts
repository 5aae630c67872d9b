import type { Clock } from '../zec/clock';
import { describeInstancesById, describeNics } from '../zec/paging';
import { MAX_IDS_PER_REQUEST } from '../zec/types';
import type { ZecApi } from '../zec/types';
import type { Observation, Target } from './observation';

interface Looker {
  readonly target: Target;
  readonly resolve: (observation: Observation) => void;
  readonly reject: (reason: Error) => void;
}

export interface ObserverOptions {
  readonly clock: Clock;
  /** How long a look waits for others to share its requests, in milliseconds. Default 10. */
  readonly windowMs?: number;
}

/** How old the answer about the vNICs may be when a look ends, in milliseconds. Older, it is asked for once more. */
const FRESH_MS = 1_000;

/**
 * Looks at the API for many operations at once: looks wanted within one window share their requests,
 * up to 100 ids each. Nothing is cached: every look is answered by requests sent after it was asked for.
 */
export class Observer {
  private waiting: Looker[] = [];

  public constructor(
    private readonly api: ZecApi,
    private readonly options: ObserverOptions,
  ) {}

  /**
   * One look at a vNIC and an instance.
   * @throws ZecError when the API could not be asked; the signal's reason when it aborts. An abort ends
   * only this look: requests shared with others go on.
   */
  public look(target: Target, signal?: AbortSignal): Promise<Observation> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = () => {
        reject(signal?.reason as Error);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const settled = () => signal?.removeEventListener('abort', onAbort);
      this.waiting.push({
        target,
        resolve: (observation) => {
          settled();
          resolve(observation);
        },
        reject: (reason) => {
          settled();
          reject(reason);
        },
      });
      if (this.waiting.length === 1) void this.flushAfterWindow();
      else if (this.waiting.length === MAX_IDS_PER_REQUEST) this.flush();
    });
  }

  private async flushAfterWindow(): Promise<void> {
    await this.options.clock.sleep(this.options.windowMs ?? 10);
    // While requests wait for their turn, a look that waits with them shares its requests with those that come later.
    await this.api.clear?.();
    this.flush();
  }

  private flush(): void {
    const lookers = this.waiting;
    this.waiting = [];
    if (lookers.length === 0) return;
    for (let from = 0; from < lookers.length; from += MAX_IDS_PER_REQUEST) {
      const group = lookers.slice(from, from + MAX_IDS_PER_REQUEST);
      this.answer(group).catch((error: unknown) => {
        for (const { reject } of group) reject(error as Error);
      });
    }
  }

  private async answer(lookers: readonly Looker[]): Promise<void> {
    const { clock } = this.options;
    const nicIds = lookers.map(({ target }) => target.nicId);
    const instanceIds = lookers.map(({ target }) => target.instanceId);
    let answeredAt = 0;
    const early = describeNics(this.api, nicIds).finally(() => (answeredAt = clock.now()));
    const [earlyNics, instances] = await Promise.all([early, describeInstancesById(this.api, instanceIds)]);
    // A detach names only the vNIC: whose it is must not be old news because the instances were slow to come.
    const nics = clock.now() - answeredAt > FRESH_MS ? await describeNics(this.api, nicIds) : earlyNics;
    for (const { target, resolve } of lookers) {
      resolve({ nic: nics.get(target.nicId), instance: instances.get(target.instanceId) });
    }
  }
}
