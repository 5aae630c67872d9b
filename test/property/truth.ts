import type { Cloud, AttachmentState, TruthEvent } from '../../lib/simulator';
import { T0 } from '../simulator/worlds';

/** The actual vNIC states over a run. Times are in milliseconds from its start. */
export class Truth {
  private readonly events: readonly (TruthEvent & { readonly at: number })[];

  public constructor(
    private readonly start: ReadonlyMap<string, AttachmentState>,
    cloud: Cloud,
  ) {
    this.events = cloud.events().map((event) => ({ ...event, at: Date.parse(event.time) - T0 }));
  }

  /** All states of a vNIC from `from` to `to`, oldest first. `null` means that it did not exist. */
  public during(nicId: string, from: number, to: number): readonly (AttachmentState | null)[] {
    // The cloud's clock has a resolution of one millisecond.
    const first = Math.floor(from);
    const mine = this.of(nicId);
    const before = mine.findLast(({ at }) => at < first);
    const atFirst = before === undefined ? (this.start.get(nicId) ?? null) : before.to;
    return [
      atFirst,
      ...mine.filter(({ at }) => at >= first && at <= Math.floor(to)).map((event) => event.to),
    ];
  }

  public at(nicId: string, time: number): AttachmentState | null {
    return this.during(nicId, time, time).at(-1) ?? null;
  }

  /** All states of a vNIC from one of its events until `to`, oldest first. */
  public after(event: TruthEvent & { readonly at: number }, to: number): readonly (AttachmentState | null)[] {
    const mine = this.of(event.nicId);
    const later = mine.slice(mine.indexOf(event) + 1).filter(({ at }) => at <= Math.floor(to));
    return [event.to, ...later.map((each) => each.to)];
  }

  public of(nicId: string): readonly (TruthEvent & { readonly at: number })[] {
    return this.events.filter((event) => event.nicId === nicId);
  }

  /** The immediate effect of a request, or `undefined` if it had none. */
  public effectOf(requestId: string | undefined): (TruthEvent & { readonly at: number }) | undefined {
    return this.events.find(({ by }) => by.kind === 'request' && by.requestId === requestId);
  }
}
