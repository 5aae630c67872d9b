import type { Clock } from '../zec/clock';
import type { NicId } from '../zec/ids';

/** The shortest time between two lines, in milliseconds. */
const INTERVAL_MS = 5_000;
const NAMED = 5;

/** How far an operation on many attachments is, in one line now and then. */
export class ConvergenceProgress {
  private readonly waiting: Set<NicId>;
  private readonly total: number;
  private failures = 0;
  private lastAt: number;

  public constructor(
    nicIds: readonly NicId[],
    private readonly clock: Clock,
    private readonly write: (line: string) => void,
  ) {
    this.waiting = new Set(nicIds);
    this.total = this.waiting.size;
    this.lastAt = clock.now();
  }

  public attached(nicId: NicId): void {
    this.ended(nicId);
  }

  public failed(nicId: NicId): void {
    this.failures += 1;
    this.ended(nicId);
  }

  /** Something happened: writes the line if it is time for one. */
  public update(): void {
    if (this.clock.now() - this.lastAt >= INTERVAL_MS) this.report();
  }

  /** `12 of 40 attached, waiting for nic-3, nic-7 …` */
  public get line(): string {
    const attached = this.total - this.waiting.size - this.failures;
    const named = [...this.waiting].slice(0, NAMED).join(', ');
    return [
      `${attached} of ${this.total} attached`,
      ...(this.failures > 0 ? [`${this.failures} failed`] : []),
      ...(this.waiting.size > 0 ? [`waiting for ${named}${this.waiting.size > NAMED ? ' …' : ''}`] : []),
    ].join(', ');
  }

  private ended(nicId: NicId): void {
    this.waiting.delete(nicId);
    if (this.waiting.size === 0) this.report();
    else this.update();
  }

  private report(): void {
    this.lastAt = this.clock.now();
    this.write(this.line);
  }
}
