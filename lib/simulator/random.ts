import { createHash } from 'node:crypto';

/**
 * Reproducible randomness: the same seed and stream name give the same numbers.
 * Each user has a stream of its own, so that one more fault rule does not change how long an attach takes.
 */
export class Random {
  private drawn = 0;

  public constructor(
    private readonly seed: number,
    private readonly stream: string,
  ) {}

  /** A number from 0 (included) to 1 (not included). */
  public next(): number {
    return this.block().readUInt32BE(0) / 2 ** 32;
  }

  /** A whole number from `low` to `high`, both included. */
  public between([low, high]: readonly [number, number]): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** A request ID as the API forms it: `T` and an upper-case UUID. */
  public requestId(): string {
    const hex = this.block().toString('hex', 0, 16).toUpperCase();
    return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, 'T$1-$2-4$3-A$4-$5');
  }

  private block(): Buffer {
    this.drawn += 1;
    return createHash('sha256').update(`${this.seed}/${this.stream}/${this.drawn}`).digest();
  }
}
