import { Batch } from '../handler/batch';
import type { BatchOptions } from '../handler/batch';
import { orAborted } from '../zec/abort';
import { ZecError } from '../zec/errors';
import type { Page, Paging } from '../zec/types';

export interface Source<Id extends string, Info> extends BatchOptions {
  readonly idOf: (info: Info) => Id;
  /** One request for at most 100 ids. */
  readonly byId: (ids: readonly Id[]) => Promise<ReadonlyMap<Id, Info>>;
  /** One page of all there are. */
  readonly list: (paging: Required<Paging>) => Promise<Page<Info>>;
  /** Things on a page: as many as surely fit into one answer. */
  readonly pageSize: number;
}

/** How old a list may be, in milliseconds since its first request was sent. */
const MAX_AGE_MS = 5_000;
/** So many requests by id show that there are many to be asked for, so that a list may be cheaper. */
const MANY = 2;
/** Longer lists are never read to their end, whatever they would save: they would have to be kept. */
const MAX_PAGES = 10;

/**
 * Asks about things by id, or reads the list of all there are, whichever costs fewer requests: it never spends more
 * on pages than was spent on ids before. In an account with little more than what is asked for, a list saves nearly
 * all requests; in a huge one it costs a single page.
 */
export class InventoryCache<Id extends string, Info> {
  private readonly batch: Batch<Id, Info>;
  private known = new Map<Id, Info>();
  private knownAt = -Infinity;
  /** Requests by id since the list was last read. */
  private spent = 0;
  /** As far as the last list told. */
  private pages = 1;
  private reading: Promise<void> | undefined;

  public constructor(private readonly source: Source<Id, Info>) {
    this.batch = new Batch((ids) => {
      this.spent += 1;
      return source.byId(ids);
    }, source);
  }

  /** What the API tells now. @throws ZecError; the signal's reason when it aborts */
  public ask(id: Id, signal: AbortSignal): Promise<Info | undefined> {
    return this.batch.ask(id, signal);
  }

  /**
   * What a list told a few seconds ago at the most, where there is one or it pays to read one; else `undefined`, which
   * says nothing. Fit to confirm what is expected, never to act on. @throws the signal's reason when it aborts
   */
  public async getCached(id: Id, signal: AbortSignal): Promise<Info | undefined> {
    const listed = this.listed(id);
    if (listed !== undefined) return listed;
    if (this.reading === undefined && this.pays()) {
      this.reading = this.read().finally(() => {
        this.reading = undefined;
      });
    }
    if (this.reading !== undefined) await orAborted(this.reading, signal);
    return this.listed(id);
  }

  private listed(id: Id): Info | undefined {
    return this.source.clock.now() - this.knownAt <= MAX_AGE_MS ? this.known.get(id) : undefined;
  }

  private pays(): boolean {
    return this.pages <= MAX_PAGES && this.spent >= Math.max(MANY, this.pages);
  }

  /** Reads the list as far as it pays. Never throws: what it could not read is asked by id. */
  private async read(): Promise<void> {
    const { clock, list, idOf, pageSize } = this.source;
    const startedAt = clock.now();
    const { spent } = this;
    const found = new Map<Id, Info>();
    const page = async (pageNum: number) => {
      const { dataSet, totalCount } = await list({ pageSize, pageNum });
      for (const info of dataSet) found.set(idOf(info), info);
      return totalCount;
    };
    this.spent = 0;
    // Two lists would be kept while the new one comes.
    this.known = new Map();
    try {
      this.pages = Math.ceil((await page(1)) / pageSize);
      if (this.pages <= Math.min(MAX_PAGES, Math.max(MANY, spent))) {
        await Promise.all(Array.from({ length: this.pages - 1 }, (_, index) => page(index + 2)));
      }
    } catch (error) {
      if (!(error instanceof ZecError)) throw error;
      // A list that cannot be read is not tried again.
      this.pages = Infinity;
    }
    this.known = found;
    this.knownAt = startedAt;
  }
}
