/** A token bucket: a burst of one second's requests, refilled evenly. Times are in milliseconds. */
export class RateLimit {
  private tokens = Infinity;
  private filledAt = -Infinity;

  /**
   * Takes a token, if there is one.
   * @returns 0 if the request may pass, else the whole seconds after which there will be a token
   */
  public take(perSecond: number, now: number): number {
    if (perSecond === 0) {
      this.tokens = Infinity;
      return 0;
    }
    const capacity = Math.max(1, perSecond);
    const refill = this.filledAt === -Infinity ? 0 : ((now - this.filledAt) / 1000) * perSecond;
    this.tokens = Math.min(capacity, this.tokens + refill);
    this.filledAt = now;
    if (this.tokens >= 1) {
      this.tokens -= 1;
      return 0;
    }
    return Math.max(1, Math.ceil((1 - this.tokens) / perSecond));
  }
}
