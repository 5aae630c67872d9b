import type { Rate } from '../../lib/zec/rate';
import type { RateStore } from '../../lib/zec/rate-limiter';

/** Stores the rate like a file that other processes may change. */
export class LockedRate implements RateStore {
  public readonly saved: Rate[] = [];
  public locked = 0;
  public meanwhile: () => void = () => undefined;
  private inside = false;

  public constructor(public rate: Rate | undefined) {}

  public load(): Rate | undefined {
    return this.rate;
  }

  public save(rate: Rate): void {
    if (!this.inside) throw new Error('saved while another process may come between');
    this.rate = rate;
    this.saved.push(rate);
  }

  public withLock<T>(work: () => T): T {
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
