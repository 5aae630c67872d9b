/** Possible algorithms of the API's rate limit, which is undocumented. Times are in milliseconds. */
export interface ServerLimiter {
  /** Counts a request. @returns 0 if it is admitted, otherwise the whole seconds of the `Retry-After` */
  take(now: number): number;
}

/** `perSecond` requests per second, and `burst` at once after a pause. */
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

/** `perSecond` requests in each calendar second. */
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

/** `perSecond` requests in any period of one second. */
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
