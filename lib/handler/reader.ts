import { orAborted, type Clock } from '../zec/clock';
import type { InstanceId, NicId } from '../zec/ids';
import { describeInstancesById, describeNics } from '../zec/paging';
import { MAX_IDS_PER_REQUEST, type InstanceInfo, type NicInfo, type ZecApi } from '../zec/types';
import type { Observation, Target } from './view';

/** Maximum age of the vNIC when a read of both ends, in milliseconds. An older one is read again. */
const FRESH_MS = 1_000;

/** Reads vNICs and instances for many operations, in shared requests and without a cache. */
export class Reader {
  private readonly clock: Clock;
  private readonly nics: Batch<NicId, NicInfo>;
  private readonly instances: Batch<InstanceId, InstanceInfo>;

  public constructor(api: ZecApi, options: BatchOptions) {
    this.clock = options.clock;
    // Lookups that are waiting for the rate limiter share one request.
    const limited = { ready: (signal: AbortSignal) => api.waitForRead?.(signal), ...options };
    this.nics = new Batch((ids, signal) => describeNics(api, ids, { signal }), limited);
    this.instances = new Batch((ids, signal) => describeInstancesById(api, ids, { signal }), limited);
  }

  /**
   * Reads the vNIC and the instance.
   * @param nic the result of a read of the vNIC that has just ended: only the instance is read, without a batch window
   * @throws ZecError if a request fails, and the signal's reason if it aborts
   */
  public async read(
    { nicId, instanceId }: Target,
    signal?: AbortSignal,
    nic?: { readonly info: NicInfo | undefined },
  ): Promise<Observation> {
    const immediate = nic !== undefined;
    const reading = immediate ? Promise.resolve(nic.info) : this.nic(nicId, signal);
    const dated = reading.then((info) => ({ info, readAt: this.clock.now() }));
    const [seen, instance] = await Promise.all([dated, this.instances.get(instanceId, signal, immediate)]);
    // A detach names only the vNIC, so its owner must not be stale because the read of the instance was slow.
    const isFresh = this.clock.now() - seen.readAt <= FRESH_MS;
    return { nic: isFresh ? seen.info : await this.nic(nicId, signal, true), instance };
  }

  /** Reads the vNIC only. */
  public nic(id: NicId, signal?: AbortSignal, immediate = false): Promise<NicInfo | undefined> {
    return this.nics.get(id, signal, immediate);
  }
}

export interface BatchOptions {
  readonly clock: Clock;
  /** How long a lookup waits for others to share its request, in milliseconds. Default: 10. */
  readonly windowMs?: number | undefined;
  /** Awaited before a request that is not full is sent. */
  readonly ready?: ((signal: AbortSignal) => Promise<void> | undefined) | undefined;
}

/** Created once, because the default reason of `abort` is slow to create. */
const ABANDONED = new Error('all lookups of the request have ended');

/** Lookups that share a request. */
interface PendingBatch<Id, Info> {
  readonly ids: Set<Id>;
  readonly found: Promise<ReadonlyMap<Id, Info>>;
  readonly send: () => void;
  /** Aborts the request when all its lookups have ended. */
  readonly abandon: AbortController;
  lookups: number;
  /** Whether it is sent without waiting for the end of the window. */
  immediate: boolean;
}

/**
 * Coalesces single-ID lookups into batched requests of up to 100 IDs. There is no cache: each lookup gets the response to a
 * request that was sent after the lookup started.
 */
export class Batch<Id extends string, Info> {
  private current: PendingBatch<Id, Info> | undefined;

  /** @param request sends one request for at most 100 IDs; its result has no entry for an ID that does not exist */
  public constructor(
    private readonly request: (ids: readonly Id[], signal: AbortSignal) => Promise<ReadonlyMap<Id, Info>>,
    private readonly options: BatchOptions,
  ) {}

  /**
   * Looks up an ID; `undefined` if it does not exist.
   * @param immediate sends the request without waiting for the end of the window
   * @throws ZecError if the request fails, and the signal's reason if it aborts. An abort ends only this lookup: the
   * request continues while others wait for it.
   */
  public async get(id: Id, signal?: AbortSignal, immediate = false): Promise<Info | undefined> {
    signal?.throwIfAborted();
    const isFirst = this.current === undefined;
    const batch = (this.current ??= this.begin());
    batch.ids.add(id);
    batch.lookups += 1;
    if (batch.ids.size === MAX_IDS_PER_REQUEST) {
      this.send(batch);
    } else if (isFirst || (immediate && !batch.immediate)) {
      batch.immediate = immediate;
      void this.sendAfter(immediate ? 0 : (this.options.windowMs ?? 10), batch);
    }
    try {
      return (await orAborted(batch.found, signal)).get(id);
    } finally {
      batch.lookups -= 1;
      if (batch.lookups === 0) {
        batch.abandon.abort(ABANDONED);
        this.send(batch);
      }
    }
  }

  private begin(): PendingBatch<Id, Info> {
    const ids = new Set<Id>();
    const abandon = new AbortController();
    let send: () => void = () => undefined;
    const sent = new Promise<void>((resolve) => {
      send = resolve;
    });
    const found = sent.then(() => this.request([...ids], abandon.signal));
    return { ids, send, found, abandon, lookups: 0, immediate: false };
  }

  private async sendAfter(ms: number, batch: PendingBatch<Id, Info>): Promise<void> {
    await this.options.clock.sleep(ms);
    // Rejects only after all lookups have ended.
    await this.options.ready?.(batch.abandon.signal)?.catch(() => undefined);
    this.send(batch);
  }

  /** Has no effect if the request was already sent. */
  private send(batch: PendingBatch<Id, Info>): void {
    if (this.current === batch) this.current = undefined;
    batch.send();
  }
}
