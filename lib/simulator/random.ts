import { createHash } from 'node:crypto';

/**
 * Reproducible random numbers by seed and stream. Each purpose has its own stream, so that for example an additional fault
 * rule does not change the duration of an attach.
 */
export class Random {
  private drawn = 0;

  public constructor(
    private readonly seed: number,
    private readonly stream: string,
  ) {}

  /** A number from 0, inclusive, to 1, exclusive. */
  public next(): number {
    return this.block().readUInt32BE(0) / 2 ** 32;
  }

  /** A whole number from `low` to `high`, inclusive. */
  public between([low, high]: readonly [number, number]): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** A request ID in the API's format: `T` and an upper-case UUID. */
  public requestId(): string {
    const hex = this.block().toString('hex', 0, 16).toUpperCase();
    return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, 'T$1-$2-4$3-A$4-$5');
  }

  private block(): Buffer {
    this.drawn += 1;
    return createHash('sha256').update(`${this.seed}/${this.stream}/${this.drawn}`).digest();
  }
}
