/** A log that keeps the newest `capacity` entries, so that a simulator may run for days. */
export class Ring<T> {
  private readonly slots: T[] = [];
  private added = 0;

  public constructor(private readonly capacity: number) {}

  public add(entry: T): void {
    this.slots[this.added % this.capacity] = entry;
    this.added += 1;
  }

  /** The kept entries, oldest first. */
  public entries(): T[] {
    const oldest = this.added % this.capacity;
    return this.added <= this.capacity
      ? [...this.slots]
      : [...this.slots.slice(oldest), ...this.slots.slice(0, oldest)];
  }

  /** How many entries were pushed out by newer ones. Zero means that {@link entries} is the whole story. */
  public get dropped(): number {
    return Math.max(0, this.added - this.capacity);
  }

  public clear(): void {
    this.slots.length = 0;
    this.added = 0;
  }
}
