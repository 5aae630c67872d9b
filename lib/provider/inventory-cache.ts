import { Batch, type BatchOptions } from '../handler/reader';
import { orAborted } from '../zec/clock';
import { ZecError, ZecResponseError } from '../zec/errors';
import type { Page, Paging } from '../zec/types';

export interface Source<Id extends string, Info> extends BatchOptions {
  readonly idOf: (info: Info) => Id;
  /** Looks up at most 100 IDs in one request. */
  readonly byId: (ids: readonly Id[]) => Promise<ReadonlyMap<Id, Info>>;
  /** Reads one page of all objects. */
  readonly list: (paging: Required<Paging>) => Promise<Page<Info>>;
  /** Objects per page at first. Halved when a page exceeds the response size limit. */
  readonly pageSize: number;
}

/** Maximum age of a list since its first request, in milliseconds. */
const MAX_AGE_MS = 5_000;
/** Lookups after which a list may be cheaper. */
const MIN_LOOKUPS = 2;
/** Longer lists are never read completely, to limit memory. */
const MAX_PAGES = 10;

/**
 * Looks up objects by ID, or reads the list of all objects if that takes fewer requests: never more pages than the lookups
 * sent before. In an account with few other objects, a list replaces almost all lookups. In a huge account, it costs one
 * page.
 */
export class InventoryCache<Id extends string, Info> {
  private readonly batch: Batch<Id, Info>;
  private listed = new Map<Id, Info>();
  private listedAt = -Infinity;
  /** Lookups since the list was last read. */
  private lookups = 0;
  /** Pages of the list when it was last read. */
  private pages = 1;
  private listing: Promise<void> | undefined;
  private pageSize: number;

  public constructor(private readonly source: Source<Id, Info>) {
    this.pageSize = source.pageSize;
    this.batch = new Batch((ids) => {
      this.lookups += 1;
      return source.byId(ids);
    }, source);
  }

  /** Reads the object from the API. @throws ZecError; the signal's reason when it aborts */
  public get(id: Id, signal: AbortSignal): Promise<Info | undefined> {
    return this.batch.get(id, signal);
  }

  /**
   * Returns the object from a list that is at most 5 s old, which is read if that saves requests, or reads the object. Use it
   * only to confirm an expected state.
   * @throws ZecError; the signal's reason when it aborts
   */
  public async getRecent(id: Id, signal: AbortSignal): Promise<Info | undefined> {
    const fresh = this.fromList(id);
    if (fresh !== undefined) return fresh;
    if (this.listing === undefined && this.listSavesRequests()) {
      this.listing = this.readList().finally(() => {
        this.listing = undefined;
      });
    }
    if (this.listing !== undefined) await orAborted(this.listing, signal);
    return this.fromList(id) ?? this.get(id, signal);
  }

  private fromList(id: Id): Info | undefined {
    return this.source.clock.now() - this.listedAt <= MAX_AGE_MS ? this.listed.get(id) : undefined;
  }

  private listSavesRequests(): boolean {
    return this.pages <= MAX_PAGES && this.lookups >= Math.max(MIN_LOOKUPS, this.pages);
  }

  /** Reads the first page, and the others if that saves requests. Ignores errors of the API: lookups may still work. */
  private async readList(): Promise<void> {
    const { clock, list, idOf } = this.source;
    const startedAt = clock.now();
    const { lookups, pageSize } = this;
    const found = new Map<Id, Info>();
    const page = async (pageNum: number) => {
      const { dataSet, totalCount } = await list({ pageSize, pageNum });
      for (const info of dataSet) found.set(idOf(info), info);
      return totalCount;
    };
    this.lookups = 0;
    // Frees the old list before the new one is read.
    this.listed = new Map();
    try {
      this.pages = Math.ceil((await page(1)) / pageSize);
      if (this.pages <= Math.min(MAX_PAGES, Math.max(MIN_LOOKUPS, lookups))) {
        await Promise.all(Array.from({ length: this.pages - 1 }, (_, index) => page(index + 2)));
      }
    } catch (error) {
      if (!(error instanceof ZecError)) throw error;
      if (error instanceof ZecResponseError && error.tooLarge && pageSize > 1) {
        this.pageSize = Math.floor(pageSize / 2);
        this.lookups = lookups;
        return this.readList();
      }
      // Do not retry a list that cannot be read.
      this.pages = Infinity;
    }
    this.listed = found;
    this.listedAt = startedAt;
  }
}
