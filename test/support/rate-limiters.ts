/** How the API may count the requests of an account: it is undocumented. Times are in milliseconds. */
export interface ServerLimiter {
  /** Counts a request. @returns 0 if so, else the whole seconds of its `Retry-After` */
  take(now: number): number;
}

/** So many requests a second, and `burst` at once after a pause. */
export class TokenBucket implements ServerLimiter {
  private tokens: number;
  private filledAt = 0;

  public constructor(
    private readonly perSecond: number,
    private readonly burst: number,
  ) {
    this.tokens = burst;
  }

  public take(now: number): number {
    const refill = ((now - this.filledAt) / 1000) * this.perSecond;
    this.tokens = Math.min(this.burst, this.tokens + refill);
    this.filledAt = now;
    if (this.tokens < 1) return Math.ceil((1 - this.tokens) / this.perSecond);
    this.tokens -= 1;
    return 0;
  }
}

/** So many requests in each second of the clock, however close together. */
export class FixedWindow implements ServerLimiter {
  private second = -1;
  private count = 0;

  public constructor(private readonly perSecond: number) {}

  public take(now: number): number {
    const second = Math.floor(now / 1000);
    if (second !== this.second) this.count = 0;
    this.second = second;
    if (this.count >= this.perSecond) return 1;
    this.count += 1;
    return 0;
  }
}

/** So many requests in any second. */
export class SlidingWindow implements ServerLimiter {
  private passed: number[] = [];

  public constructor(private readonly perSecond: number) {}

  public take(now: number): number {
    this.passed = this.passed.filter((at) => now - at < 1000);
    if (this.passed.length >= this.perSecond) return 1;
    this.passed.push(now);
    return 0;
  }
}
