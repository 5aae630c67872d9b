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

  /** A request id as the API forms it: `T` and an upper-case UUID. */
  public requestId(): string {
    const hex = this.block().toString('hex').toUpperCase();
    const parts = [
      hex.slice(0, 8),
      hex.slice(8, 12),
      `4${hex.slice(13, 16)}`,
      `A${hex.slice(17, 20)}`,
      hex.slice(20, 32),
    ];
    return `T${parts.join('-')}`;
  }

  private block(): Buffer {
    this.drawn += 1;
    return createHash('sha256').update(`${this.seed}/${this.stream}/${this.drawn}`).digest();
  }
}
