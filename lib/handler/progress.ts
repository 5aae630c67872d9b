import type { Clock } from '../zec/clock';
import type { NicId } from '../zec/ids';

/** The shortest time between two lines, in milliseconds. */
const INTERVAL_MS = 5_000;
const NAMED = 5;
/** Up to this many are listed with the reason of each wait. */
const EXPLAINED = 3;

/** Reports the progress of operations on many attachments, in one line every few seconds. */
export class ConvergenceProgress {
  /** What each one waits for, as far as it is known. */
  private readonly waiting: Map<NicId, string>;
  private readonly total: number;
  private failures = 0;
  private lastAt: number;

  public constructor(
    nicIds: readonly NicId[],
    private readonly clock: Clock,
    private readonly write: (line: string) => void,
  ) {
    this.waiting = new Map(nicIds.map((nicId) => [nicId, '']));
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

  /** Records what an operation does or waits for, and writes a line if one is due. */
  public update(nicId: NicId, message: string): void {
    if (!this.waiting.has(nicId)) return;
    this.waiting.set(nicId, message);
    this.reportIfDue();
  }

  /** `12 of 40 attached, waiting for nic-3, nic-7 …` */
  public get line(): string {
    const attached = this.total - this.waiting.size - this.failures;
    return [
      `${attached} of ${this.total} attached`,
      ...(this.failures > 0 ? [`${this.failures} failed`] : []),
      ...(this.waiting.size > 0 ? [`waiting for ${this.names()}`] : []),
    ].join(', ');
  }

  private names(): string {
    const all = [...this.waiting];
    if (all.length > EXPLAINED) {
      const named = all.slice(0, NAMED).map(([nicId]) => nicId);
      return `${named.join(', ')}${all.length > NAMED ? ' …' : ''}`;
    }
    return all.map(([nicId, why]) => (why === '' ? nicId : `${nicId} (${why})`)).join(', ');
  }

  private ended(nicId: NicId): void {
    this.waiting.delete(nicId);
    this.reportIfDue();
  }

  private reportIfDue(): void {
    const now = this.clock.now();
    if (this.waiting.size > 0 && now - this.lastAt < INTERVAL_MS) return;
    this.lastAt = now;
    this.write(this.line);
  }
}
