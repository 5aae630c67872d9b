import type { Clock } from '../zec/clock';
import { MAX_IDS_PER_REQUEST } from '../zec/types';

export interface BatchOptions {
  readonly clock: Clock;
  /** How long a question waits for others to share its request, in milliseconds. Default 10. */
  readonly windowMs?: number | undefined;
  /** Asked before a request that is not full leaves: it waits until this resolves. */
  readonly ready?: (() => Promise<void> | undefined) | undefined;
}

interface Asker<Info> {
  readonly resolve: (info: Info | undefined) => void;
  readonly reject: (reason: Error) => void;
}

/**
 * Asks the API about one thing at a time, in requests of many: questions of one window share a request, up to 100
 * ids each. Nothing is cached: every question is answered by a request that was sent after it was asked.
 */
export class Batch<Id extends string, Info> {
  private asked = new Map<Id, Asker<Info>[]>();
  /** What is asked leaves in this very moment, not when its window ends. Says nothing while nothing is asked. */
  private leaving = false;

  /** @param request one request for at most 100 ids; what does not exist is missing from its answer. */
  public constructor(
    private readonly request: (ids: readonly Id[]) => Promise<ReadonlyMap<Id, Info>>,
    private readonly options: BatchOptions,
  ) {}

  /**
   * @returns what the API tells; `undefined` if it does not know the id
   * @throws ZecError when the API could not be asked; the signal's reason when it aborts. An abort ends only this
   * question: a request shared with others goes on.
   * @param atOnce whether to send with what is asked by now, in the same moment, instead of waiting for the window
   */
  public ask(id: Id, signal?: AbortSignal, atOnce = false): Promise<Info | undefined> {
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
      this.add(id, atOnce, {
        resolve: (info) => {
          settled();
          resolve(info);
        },
        reject: (reason) => {
          settled();
          reject(reason);
        },
      });
    });
  }

  private add(id: Id, atOnce: boolean, asker: Asker<Info>): void {
    const { windowMs = 10 } = this.options;
    const first = this.asked.size === 0;
    const others = this.asked.get(id);
    if (others === undefined) this.asked.set(id, [asker]);
    else others.push(asker);
    if (this.asked.size === MAX_IDS_PER_REQUEST) {
      this.flush();
    } else if (first || (atOnce && !this.leaving)) {
      this.leaving = atOnce;
      void this.flushAfter(atOnce ? 0 : windowMs, this.asked);
    }
  }

  private async flushAfter(ms: number, batch: ReadonlyMap<Id, unknown>): Promise<void> {
    await this.options.clock.sleep(ms);
    await this.options.ready?.();
    // It may have left already: full, or taken along at once.
    if (this.asked === batch) this.flush();
  }

  private flush(): void {
    const askers = this.asked;
    this.asked = new Map();
    this.request([...askers.keys()]).then(
      (found) => {
        for (const [id, each] of askers) for (const { resolve } of each) resolve(found.get(id));
      },
      (error: unknown) => {
        for (const each of askers.values()) for (const { reject } of each) reject(error as Error);
      },
    );
  }
}
