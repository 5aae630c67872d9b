import { Random } from '../../lib/simulator/random';

/** Seeded random choices. */
export class Chance {
  private readonly random: Random;

  public constructor(seed: number, stream: string) {
    this.random = new Random(seed, stream);
  }

  public between(low: number, high: number): number {
    return this.random.between([low, high]);
  }

  public happens(probability: number): boolean {
    return this.random.next() < probability;
  }

  public one<T>(choices: readonly T[]): T {
    return choices[this.between(0, choices.length - 1)] as T;
  }

  /** `count` of them, in random order. */
  public some<T>(choices: readonly T[], count: number): T[] {
    const left = [...choices];
    return Array.from({ length: Math.min(count, left.length) }, () => {
      const [taken] = left.splice(this.between(0, left.length - 1), 1);
      return taken as T;
    });
  }
}
