import { orAborted } from '../zec/clock';
import type { Clock } from '../zec/clock';
import { MAX_IDS_PER_REQUEST } from '../zec/types';

export interface BatchOptions {
  readonly clock: Clock;
  /** How long a lookup waits for others to share its request, in milliseconds. Default 10. */
  readonly windowMs?: number | undefined;
  /** Awaited before a request that is not full is sent. */
  readonly ready?: (() => Promise<void> | undefined) | undefined;
}

interface Lookup<Info> {
  readonly resolve: (info: Info | undefined) => void;
  readonly reject: (reason: Error) => void;
}

/**
 * Coalesces single-ID lookups into batched requests of up to 100 ids. Nothing is cached: every lookup is answered by a
 * request that was sent after it began.
 */
export class Batch<Id extends string, Info> {
  private waiting = new Map<Id, Lookup<Info>[]>();
  /** The waiting lookups are sent at once, and not when the window ends. Meaningless while none waits. */
  private leaving = false;

  /** @param request one request for at most 100 ids; what does not exist is missing from its answer. */
  public constructor(
    private readonly request: (ids: readonly Id[]) => Promise<ReadonlyMap<Id, Info>>,
    private readonly options: BatchOptions,
  ) {}

  /**
   * @param atOnce sends with the lookups that wait by now, instead of waiting for the window
   * @returns what the API tells; `undefined` if it does not know the id
   * @throws ZecError when the API could not be asked; the signal's reason when it aborts. An abort ends only this
   * lookup: a request shared with others continues.
   */
  public async ask(id: Id, signal?: AbortSignal, atOnce = false): Promise<Info | undefined> {
    signal?.throwIfAborted();
    return orAborted(
      new Promise<Info | undefined>((resolve, reject) => this.add(id, atOnce, { resolve, reject })),
      signal,
    );
  }

  private add(id: Id, atOnce: boolean, lookup: Lookup<Info>): void {
    const { windowMs = 10 } = this.options;
    const first = this.waiting.size === 0;
    const others = this.waiting.get(id);
    if (others === undefined) this.waiting.set(id, [lookup]);
    else others.push(lookup);
    if (this.waiting.size === MAX_IDS_PER_REQUEST) {
      this.flush();
    } else if (first || (atOnce && !this.leaving)) {
      this.leaving = atOnce;
      void this.flushAfter(atOnce ? 0 : windowMs, this.waiting);
    }
  }

  private async flushAfter(ms: number, batch: ReadonlyMap<Id, unknown>): Promise<void> {
    await this.options.clock.sleep(ms);
    await this.options.ready?.();
    // It may have been sent already: it was full, or a lookup was to be sent at once.
    if (this.waiting === batch) this.flush();
  }

  private flush(): void {
    const lookups = this.waiting;
    this.waiting = new Map();
    this.request([...lookups.keys()]).then(
      (found) => {
        for (const [id, each] of lookups) for (const { resolve } of each) resolve(found.get(id));
      },
      (error: unknown) => {
        for (const each of lookups.values()) for (const { reject } of each) reject(error as Error);
      },
    );
  }
}
