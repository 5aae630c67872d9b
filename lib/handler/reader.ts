import { orAborted, type Clock } from '../zec/clock';
import type { InstanceId, NicId } from '../zec/ids';
import { describeInstancesById, describeNics } from '../zec/paging';
import { MAX_IDS_PER_REQUEST, type InstanceInfo, type NicInfo, type ZecApi } from '../zec/types';
import type { Observation, Target } from './view';

/** Maximum age of the vNIC response when a read ends, in milliseconds. An older one is requested once more. */
const FRESH_MS = 1_000;

/** Reads vNICs and instances for many operations, in shared requests. Nothing is cached. */
export class Reader {
  private readonly clock: Clock;
  private readonly nics: Batch<NicId, NicInfo>;
  private readonly instances: Batch<InstanceId, InstanceInfo>;

  public constructor(api: ZecApi, options: BatchOptions) {
    this.clock = options.clock;
    // A lookup that waits for the rate limiter shares its request with those that come meanwhile.
    const limited = { ready: (signal: AbortSignal) => api.clear?.(signal), ...options };
    this.nics = new Batch((ids, signal) => describeNics(api, ids, { signal }), limited);
    this.instances = new Batch((ids, signal) => describeInstancesById(api, ids, { signal }), limited);
  }

  /**
   * @param nic a read of the vNIC that has just ended: only the instance is read, at once
   * @throws ZecError if the request failed; the signal's reason when it aborts
   */
  public async both(
    { nicId, instanceId }: Target,
    signal?: AbortSignal,
    nic?: { readonly info: NicInfo | undefined },
  ): Promise<Observation> {
    const atOnce = nic !== undefined;
    const reading = atOnce ? Promise.resolve(nic.info) : this.nic(nicId, signal);
    const dated = reading.then((info) => ({ info, readAt: this.clock.now() }));
    const [seen, instance] = await Promise.all([dated, this.instances.ask(instanceId, signal, atOnce)]);
    // A detach names only the vNIC, so its owner must not be outdated because the read of the instance was slow.
    const isFresh = this.clock.now() - seen.readAt <= FRESH_MS;
    return { nic: isFresh ? seen.info : await this.nic(nicId, signal, true), instance };
  }

  /** Reads a vNIC alone. Throws as {@link both} does. */
  public nic(id: NicId, signal?: AbortSignal, atOnce = false): Promise<NicInfo | undefined> {
    return this.nics.ask(id, signal, atOnce);
  }
}

export interface BatchOptions {
  readonly clock: Clock;
  /** How long a lookup waits for others to share its request, in milliseconds. Default 10. */
  readonly windowMs?: number | undefined;
  /** Awaited before a request that is not full is sent. */
  readonly ready?: ((signal: AbortSignal) => Promise<void> | undefined) | undefined;
}

/** Given as a reason: the default one is costly to create. */
const ABANDONED = new Error('all lookups of the request have ended');

/** Lookups that wait to share a request. */
interface Waiting<Id, Info> {
  readonly ids: Set<Id>;
  readonly found: Promise<ReadonlyMap<Id, Info>>;
  readonly send: () => void;
  /** Ends the request, once all its lookups have ended. */
  readonly abandon: AbortController;
  lookups: number;
  /** Sent at once instead of at the end of the window. */
  atOnce: boolean;
}

/**
 * Coalesces single-ID lookups into batched requests of up to 100 IDs. Nothing is cached: every lookup is served by a
 * request that was sent after it began.
 */
export class Batch<Id extends string, Info> {
  private waiting: Waiting<Id, Info> | undefined;

  /** @param request one request for at most 100 IDs; objects that do not exist are missing from its response. */
  public constructor(
    private readonly request: (ids: readonly Id[], signal: AbortSignal) => Promise<ReadonlyMap<Id, Info>>,
    private readonly options: BatchOptions,
  ) {}

  /**
   * @param atOnce sends at once, with the lookups already waiting, instead of at the end of the window
   * @returns what the API returns; `undefined` if the ID does not exist
   * @throws ZecError if the request failed; the signal's reason when it aborts. An abort ends only this
   * lookup: a request shared with others continues until none of them waits.
   */
  public async ask(id: Id, signal?: AbortSignal, atOnce = false): Promise<Info | undefined> {
    signal?.throwIfAborted();
    const isFirst = this.waiting === undefined;
    const waiting = (this.waiting ??= this.begin());
    waiting.ids.add(id);
    waiting.lookups += 1;
    if (waiting.ids.size === MAX_IDS_PER_REQUEST) {
      this.send(waiting);
    } else if (isFirst || (atOnce && !waiting.atOnce)) {
      waiting.atOnce = atOnce;
      void this.sendAfter(atOnce ? 0 : (this.options.windowMs ?? 10), waiting);
    }
    try {
      return (await orAborted(waiting.found, signal)).get(id);
    } finally {
      waiting.lookups -= 1;
      if (waiting.lookups === 0) this.abandon(waiting);
    }
  }

  private begin(): Waiting<Id, Info> {
    const ids = new Set<Id>();
    const abandon = new AbortController();
    let send: () => void = () => undefined;
    const sent = new Promise<void>((resolve) => {
      send = resolve;
    });
    const found = sent.then(() => this.request([...ids], abandon.signal));
    return { ids, send, found, abandon, lookups: 0, atOnce: false };
  }

  private async sendAfter(ms: number, waiting: Waiting<Id, Info>): Promise<void> {
    await this.options.clock.sleep(ms);
    // It fails only after all lookups have ended.
    await this.options.ready?.(waiting.abandon.signal)?.catch(() => undefined);
    this.send(waiting);
  }

  private abandon(waiting: Waiting<Id, Info>): void {
    if (this.waiting === waiting) this.waiting = undefined;
    waiting.abandon.abort(ABANDONED);
  }

  /** Has no effect if they were already sent, because they were enough or one was to be sent at once. */
  private send(waiting: Waiting<Id, Info>): void {
    if (this.waiting === waiting) this.waiting = undefined;
    waiting.send();
  }
}
