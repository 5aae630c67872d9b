import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { ID_PATTERN } from '../contract';
import type { Clock } from './clock';
import type { InstanceId, NicId } from './ids';
import { InFlightMemory, KEPT_MS, SETTLE_MS } from './in-flight';
import type { InFlightRequest, InFlightStore, NewRequest, SentRequest } from './in-flight';
import type { ZecSettings } from './settings';
import { SharedFiles } from './shared-files';

/** How long a file is appended to, before the next one: no file ever has to be cut. */
const PERIOD_MS = 2 * KEPT_MS;

/** The last line about a request counts. */
const schema = v.object({
  id: v.string(),
  status: v.picklist(['sent', 'settled', 'refused']),
  sentAt: v.pipe(v.number(), v.finite()),
  goal: v.picklist(['attach', 'detach']),
  instanceId: v.pipe(
    v.string(),
    v.regex(ID_PATTERN),
    v.transform((id) => id as InstanceId),
  ),
});

/**
 * The in-flight requests to one endpoint of all processes of this user: see {@link SharedFiles}. A process knows its
 * own requests from its memory in any case.
 */
export class InFlightFiles implements InFlightStore {
  private readonly own: InFlightMemory;
  private readonly process = randomUUID();
  private readonly files: SharedFiles;
  private count = 0;

  public constructor(
    { domain }: Pick<ZecSettings, 'domain'>,
    private readonly clock: Pick<Clock, 'now' | 'wall'>,
    parent?: string,
  ) {
    this.own = new InFlightMemory(clock);
    this.files = new SharedFiles(domain, parent);
  }

  public add(nicId: NicId, { goal, instanceId }: NewRequest): SentRequest {
    const own = this.own.add(nicId, { goal, instanceId });
    const sentAt = this.clock.wall();
    const name = fileAt(nicId, sentAt);
    const id = `${this.process}.${(this.count += 1)}`;
    const write = (status: 'sent' | 'settled' | 'refused') => {
      this.files.append(name, { id, status, sentAt, goal, instanceId });
    };
    write('sent');
    return {
      settled: () => {
        own.settled();
        write('settled');
      },
      refused: () => {
        own.refused();
        write('refused');
      },
    };
  }

  public requests(nicId: NicId): readonly InFlightRequest[] {
    return [...this.own.requests(nicId), ...this.others(nicId)];
  }

  private others(nicId: NicId): readonly InFlightRequest[] {
    const wall = this.clock.wall();
    // Also the next one: the clock may have been put back a little since a request was sent.
    const names = new Set([wall - KEPT_MS, wall, wall + SETTLE_MS].map((at) => fileAt(nicId, at)));
    const lines = [...names].flatMap((name) => this.files.read(name, schema));
    const latest = new Map(lines.map((line) => [line.id, line]));
    return [...latest.values()].flatMap(({ id, status, sentAt, goal, instanceId }) => {
      const ageMs = wall - sentAt;
      const counts = status !== 'refused' && ageMs > -SETTLE_MS && ageMs < KEPT_MS;
      if (!counts || id.startsWith(this.process)) return [];
      return [{ goal, instanceId, ageMs: Math.max(0, ageMs), settled: status === 'settled' }];
    });
  }
}

function fileAt(nicId: NicId, wall: number): string {
  return `${nicId}.${Math.floor(wall / PERIOD_MS)}.in-flight.json`;
}
