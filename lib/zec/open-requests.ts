import { randomUUID } from 'node:crypto';
import type { NicId } from './ids';

/** A request to change a vNIC that left. One of both is called, once. */
export interface OpenRequest {
  /** What came of it was seen, or surely nothing came of it. */
  settled(): void;
  /** The operation that sent it ends, and what came of it is open. */
  abandoned(): void;
}

/** Where the time is kept at which the last request about a vNIC left, so that other processes find it. */
export interface SentTimes {
  /** Keeps the present time. `by` is who: one process, and no other. */
  keep(nicId: NicId, by: string): void;
  /** Removes what was kept by this one, unless another has kept a time since. */
  remove(nicId: NicId, by: string): void;
  /** How long ago the kept time is, in milliseconds; `undefined` if none is kept, or one that is of no use any more. */
  age(nicId: NicId): number | undefined;
}

/**
 * What was sent of late to change vNICs and may still arrive or show, although the operation that sent it is over: one
 * that was cut off would else be followed by one that looks too early.
 */
export class OpenRequests {
  /** How many of this process there are whose operations go on: those look after them. */
  private readonly live = new Map<NicId, number>();
  private readonly left = new Set<NicId>();
  private readonly name = randomUUID();

  public constructor(private readonly times: SentTimes) {}

  /** A request about the vNIC leaves. */
  public sent(nicId: NicId): OpenRequest {
    if (this.age(nicId) !== undefined) this.left.add(nicId);
    this.live.set(nicId, (this.live.get(nicId) ?? 0) + 1);
    this.times.keep(nicId, this.name);
    const ended = () => {
      const others = (this.live.get(nicId) ?? 1) - 1;
      if (others > 0) this.live.set(nicId, others);
      else this.live.delete(nicId);
    };
    return {
      settled: () => {
        ended();
        if (!this.live.has(nicId) && !this.left.has(nicId)) this.times.remove(nicId, this.name);
      },
      abandoned: () => {
        ended();
        this.left.add(nicId);
      },
    };
  }

  /** How long ago one left of which {@link OpenRequest.abandoned} is true, in milliseconds; `undefined` if there is none. */
  public age(nicId: NicId): number | undefined {
    if (this.live.has(nicId) && !this.left.has(nicId)) return undefined;
    const age = this.times.age(nicId);
    if (age === undefined) this.left.delete(nicId);
    return age;
  }
}
