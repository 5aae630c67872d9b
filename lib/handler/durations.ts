const REMEMBERED = 20;
const ENOUGH = 3;
/** How many looks there are from the shortest to the longest time that was seen. */
const LOOKS = 8;

/** When a request is likely to have been carried out, in milliseconds since it was sent. */
export interface Expectation {
  /** Hardly before this. */
  readonly fromMs: number;
  /** Hardly after this. */
  readonly untilMs: number;
  /** Between the two, looks this far apart cost little beside what they save. */
  readonly gapMs: number;
}

/** How long the requests of this process took to be carried out, and what that says of the next. */
export class Durations {
  private readonly seen: number[] = [];

  public add(ms: number): void {
    this.seen.push(ms);
    if (this.seen.length > REMEMBERED) this.seen.shift();
  }

  /** @returns `undefined` while too few were seen */
  public get expectation(): Expectation | undefined {
    if (this.seen.length < ENOUGH) return undefined;
    const fromMs = Math.min(...this.seen) * 0.9;
    const longest = Math.max(...this.seen);
    return { fromMs, untilMs: longest * 1.5, gapMs: (longest - fromMs) / LOOKS };
  }
}
