import type { Clock } from './clock';
import type { InstanceId, NicId } from './ids';

/**
 * How long after a request was sent reads may not show its effect, in milliseconds: the time until it arrives and the
 * lag of the reads, together. Reads may flap: one that shows the effect may be followed by one that does not. What the
 * handler promises holds up to this lag; no client can keep it for a longer one.
 */
export const SETTLE_MS = 5_000;

/** How long requests are kept, in milliseconds: until every read that began before the effect was visible has ended. */
export const KEPT_MS = SETTLE_MS + 60_000;

/** A request that may have changed a vNIC. */
export interface InFlightRequest {
  readonly goal: 'attach' | 'detach';
  /** The instance to attach to, or to detach from. */
  readonly instanceId: InstanceId;
  /** How long ago it was sent, in milliseconds. */
  readonly ageMs: number;
  /**
   * The API accepted it, and its outcome was read, or is left to a later operation: it cannot arrive any more. Reads may
   * still be older than it.
   */
  readonly settled: boolean;
}

export type NewRequest = Pick<InFlightRequest, 'goal' | 'instanceId'>;

/** Reports the outcome of a request that was sent. At most one is called; neither if the outcome stays unknown. */
export interface SentRequest {
  /** The API accepted it, and its outcome was read, or is left to a later operation. */
  settled(): void;
  /** The API refused it: it changed nothing. */
  refused(): void;
}

/**
 * Tracks requests whose effect may not be visible yet, so that neither another operation nor a following process
 * trusts a stale read.
 */
export interface InFlightStore {
  /** A request is about to be sent. */
  add(nicId: NicId, request: NewRequest): SentRequest;
  /** The requests about a vNIC that were sent within the last {@link KEPT_MS}, in no particular order. */
  requests(nicId: NicId): readonly InFlightRequest[];
}

interface Entry extends NewRequest {
  readonly sentAt: number;
  settled: boolean;
}

/** An in-flight store for the operations of one process. */
export class InFlightMemory implements InFlightStore {
  private readonly entries = new Map<NicId, Entry[]>();

  public constructor(private readonly clock: Pick<Clock, 'now'>) {}

  public add(nicId: NicId, { goal, instanceId }: NewRequest): SentRequest {
    const entry: Entry = { goal, instanceId, sentAt: this.clock.now(), settled: false };
    this.entries.set(nicId, [...this.recent(nicId), entry]);
    return {
      settled: () => {
        entry.settled = true;
      },
      refused: () => {
        this.recent(nicId, entry);
      },
    };
  }

  public requests(nicId: NicId): readonly InFlightRequest[] {
    const now = this.clock.now();
    return this.recent(nicId).map(({ sentAt, ...request }) => ({ ...request, ageMs: now - sentAt }));
  }

  /** Drops entries that are too old, and the one that is given. */
  private recent(nicId: NicId, dropped?: Entry): readonly Entry[] {
    const now = this.clock.now();
    const entries = this.entries.get(nicId) ?? [];
    const recent = entries.filter((entry) => now - entry.sentAt < KEPT_MS && entry !== dropped);
    if (recent.length > 0) this.entries.set(nicId, recent);
    else this.entries.delete(nicId);
    return recent;
  }
}
