import type { Pace } from '../../lib/zec/pace';
import type { PaceStore } from '../../lib/zec/pacer';

/** Keeps the pace as a file does, where other processes may change it. */
export class SharedPace implements PaceStore {
  public readonly saved: Pace[] = [];
  public locked = 0;
  public meanwhile: () => void = () => undefined;
  private inside = false;

  public constructor(public pace: Pace | undefined) {}

  public load(): Pace | undefined {
    return this.pace;
  }

  public save(pace: Pace): void {
    if (!this.inside) throw new Error('saved while another process may come between');
    this.pace = pace;
    this.saved.push(pace);
  }

  public alone<T>(work: () => T): T {
    this.locked += 1;
    this.meanwhile();
    this.inside = true;
    try {
      return work();
    } finally {
      this.inside = false;
    }
  }
}
