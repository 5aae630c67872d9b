import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import type { Clock } from './clock';
import type { InstanceId, NicId } from './ids';
import type { ZecSettings } from './settings';
import { SharedFiles } from './shared-files';
import { instanceIdSchema } from './types';

/**
 * How long after a request reads may be stale, in milliseconds: its delivery plus the lag of reads. Until then, a read that
 * shows the effect may be followed by one that does not. The handler's guarantees hold up to this lag.
 */
export const SETTLE_MS = 5_000;

/** How long requests are kept, in milliseconds: until all reads that began before the effect was visible have ended. */
export const RETENTION_MS = SETTLE_MS + 60_000;

/** A request that may have changed a vNIC. */
export interface InFlightRequest {
  readonly goal: 'attach' | 'detach';
  /** The instance to attach to, or to detach from. */
  readonly instanceId: InstanceId;
  /** Time since it was sent, in milliseconds. */
  readonly ageMs: number;
  /**
   * Whether the API accepted it and its effect was read, or is left to a later operation. It can no longer take effect, but
   * reads may still be stale.
   */
  readonly settled: boolean;
}

export type NewRequest = Pick<InFlightRequest, 'goal' | 'instanceId'>;

/**
 * Reports the outcome of a request, at most once. Not called while the outcome is unknown.
 * - `settled`: the API accepted it, and its effect was read or is left to a later operation.
 * - `refused`: the API refused it, so it changed nothing.
 */
export type SentRequest = (outcome: 'settled' | 'refused') => void;

/**
 * Tracks requests whose effect may not be visible yet, so that no other operation or later process trusts a stale read.
 */
export interface InFlightStore {
  /** Records a request that is about to be sent. */
  add(nicId: NicId, request: NewRequest): SentRequest;
  /** The requests about a vNIC that were sent within the last {@link RETENTION_MS}, in no particular order. */
  requests(nicId: NicId): readonly InFlightRequest[];
}

interface StoredRequest extends NewRequest {
  readonly sentAt: number;
  status: 'sent' | Parameters<SentRequest>[0];
}

/** The requests that may have changed a vNIC, and were sent within the last {@link RETENTION_MS}. */
function recent(requests: readonly StoredRequest[], now: number): InFlightRequest[] {
  return requests.flatMap(({ goal, instanceId, sentAt, status }) => {
    const ageMs = now - sentAt;
    // Negative if the wall clock was set back slightly since the request was sent.
    if (status === 'refused' || ageMs <= -SETTLE_MS || ageMs >= RETENTION_MS) return [];
    return [{ goal, instanceId, ageMs: Math.max(0, ageMs), settled: status === 'settled' }];
  });
}

/** An in-flight store in memory, for the operations of one process. */
export class InFlightMemory implements InFlightStore {
  private readonly sent = new Map<NicId, StoredRequest[]>();

  public constructor(protected readonly clock: Pick<Clock, 'now'>) {}

  public add(nicId: NicId, { goal, instanceId }: NewRequest): SentRequest {
    const now = this.clock.now();
    const request: StoredRequest = { goal, instanceId, sentAt: now, status: 'sent' };
    const earlier = (this.sent.get(nicId) ?? []).filter(({ sentAt }) => now - sentAt < RETENTION_MS);
    this.sent.set(nicId, [...earlier, request]);
    return (outcome) => {
      request.status = outcome;
    };
  }

  public requests(nicId: NicId): readonly InFlightRequest[] {
    return recent(this.sent.get(nicId) ?? [], this.clock.now());
  }
}

/** Period that one file covers. Files are deleted as a whole, and never truncated. */
const PERIOD_MS = 2 * RETENTION_MS;

/** A line of a file. The last line about a request takes precedence. */
const schema = v.object({
  id: v.string(),
  status: v.picklist(['sent', 'settled', 'refused']),
  sentAt: v.pipe(v.number(), v.finite()),
  goal: v.picklist(['attach', 'detach']),
  instanceId: instanceIdSchema,
});

/**
 * An in-flight store in files that the processes of one user on one machine share, for one endpoint. A process also keeps
 * its own requests in memory, so it does not depend on the files.
 */
export class InFlightFiles extends InFlightMemory {
  private readonly process = randomUUID();
  private readonly files: SharedFiles;
  private count = 0;

  public constructor(
    { domain }: Pick<ZecSettings, 'domain'>,
    protected override readonly clock: Pick<Clock, 'now' | 'wall'>,
    parent?: string,
  ) {
    super(clock);
    this.files = new SharedFiles(domain, parent);
  }

  public override add(nicId: NicId, { goal, instanceId }: NewRequest): SentRequest {
    const own = super.add(nicId, { goal, instanceId });
    const sentAt = this.clock.wall();
    const name = fileAt(nicId, sentAt);
    const line = { id: `${this.process}.${(this.count += 1)}`, sentAt, goal, instanceId };
    this.files.append(name, { ...line, status: 'sent' });
    return (outcome) => {
      own(outcome);
      this.files.append(name, { ...line, status: outcome });
    };
  }

  public override requests(nicId: NicId): readonly InFlightRequest[] {
    return [...super.requests(nicId), ...this.others(nicId)];
  }

  private others(nicId: NicId): readonly InFlightRequest[] {
    const wall = this.clock.wall();
    // Also the next one: the clock may have been set back slightly since a request was sent.
    const names = new Set([wall - RETENTION_MS, wall, wall + SETTLE_MS].map((at) => fileAt(nicId, at)));
    const lines = [...names].flatMap((name) => this.files.read(name, schema));
    const latest = new Map(lines.map((line) => [line.id, line]));
    return recent(
      [...latest.values()].filter(({ id }) => !id.startsWith(this.process)),
      wall,
    );
  }
}

function fileAt(nicId: NicId, wall: number): string {
  return `${nicId}.${Math.floor(wall / PERIOD_MS)}.in-flight.json`;
}
