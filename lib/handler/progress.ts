import type { Clock } from '../zec/clock';
import type { NicId } from '../zec/ids';

/** Minimum time between two lines, in milliseconds. */
const INTERVAL_MS = 5_000;
const MAX_NAMED = 5;
/** Up to this number, the waiting ones are listed with their reasons. */
const MAX_EXPLAINED = 3;

/** Writes the progress of many attachments as one line, at most every five seconds. */
export class ConvergenceProgress {
  /** The current step of each attachment that has not ended. */
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

  /** Records that an attachment is complete, and writes a line if one is due. */
  public attached(nicId: NicId): void {
    this.ended(nicId);
  }

  /** Records that an attachment has failed, and writes a line if one is due. */
  public failed(nicId: NicId): void {
    this.failures += 1;
    this.ended(nicId);
  }

  /** Records the current step of an attachment, and writes a line if one is due. */
  public update(nicId: NicId, message: string): void {
    if (!this.waiting.has(nicId)) return;
    this.waiting.set(nicId, message);
    this.reportIfDue();
  }

  /** For example `12 of 40 attached, waiting for nic-3, nic-7 …`. */
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
    if (all.length > MAX_EXPLAINED) {
      const named = all.slice(0, MAX_NAMED).map(([nicId]) => nicId);
      return `${named.join(', ')}${all.length > MAX_NAMED ? ' …' : ''}`;
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
