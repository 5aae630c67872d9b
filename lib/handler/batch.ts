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

/** Lookups that wait to share a request. */
interface Waiting<Id, Info> {
  readonly ids: Set<Id>;
  readonly found: Promise<ReadonlyMap<Id, Info>>;
  readonly send: () => void;
  /** They are sent at once, and not when the window ends. */
  atOnce: boolean;
}

/**
 * Coalesces single-ID lookups into batched requests of up to 100 ids. Nothing is cached: every lookup is answered by a
 * request that was sent after it began.
 */
export class Batch<Id extends string, Info> {
  private waiting: Waiting<Id, Info> | undefined;

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
    const isFirst = this.waiting === undefined;
    const waiting = (this.waiting ??= this.begin());
    waiting.ids.add(id);
    if (waiting.ids.size === MAX_IDS_PER_REQUEST) {
      this.send(waiting);
    } else if (isFirst || (atOnce && !waiting.atOnce)) {
      waiting.atOnce = atOnce;
      void this.sendAfter(atOnce ? 0 : (this.options.windowMs ?? 10), waiting);
    }
    return (await orAborted(waiting.found, signal)).get(id);
  }

  private begin(): Waiting<Id, Info> {
    const ids = new Set<Id>();
    let send: () => void = () => undefined;
    const sent = new Promise<void>((resolve) => {
      send = resolve;
    });
    return { ids, send, found: sent.then(() => this.request([...ids])), atOnce: false };
  }

  private async sendAfter(ms: number, waiting: Waiting<Id, Info>): Promise<void> {
    await this.options.clock.sleep(ms);
    await this.options.ready?.();
    this.send(waiting);
  }

  /** Has no effect if they were sent before: there were enough of them, or one was to be sent at once. */
  private send(waiting: Waiting<Id, Info>): void {
    if (this.waiting === waiting) this.waiting = undefined;
    waiting.send();
  }
}
