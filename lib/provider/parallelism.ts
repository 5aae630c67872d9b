/** Terraform works on so many resources at a time unless `-parallelism` says otherwise. */
const DEFAULT_PARALLELISM = 10;

/** Notices when creates that wait for the cloud keep others from starting. */
export class Parallelism {
  private running = 0;
  private most = 0;
  private reported = false;

  /** @param report called once, when a create had to wait until one of Terraform's slots was free */
  public async run<T>(work: () => Promise<T>, report: (message: string) => void): Promise<T> {
    this.running += 1;
    // One that makes ten of them again came in when another ended, and more than ten there never were.
    const queued = this.running === DEFAULT_PARALLELISM && this.most === DEFAULT_PARALLELISM;
    this.most = Math.max(this.most, this.running);
    if (queued && !this.reported) {
      this.reported = true;
      report(
        `${this.running} attachments are waiting at the same time, as many as Terraform creates at once by default, and ` +
          'others start only when one of them is attached. -parallelism=100 (cdktf deploy --terraform-parallelism 100) or ' +
          'Convergence.TOGETHER makes this faster.',
      );
    }
    try {
      return await work();
    } finally {
      this.running -= 1;
    }
  }
}
