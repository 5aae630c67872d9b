const PARENT_CHECK_MS = 1_000;
/** How long running operations have to end after this process was told to. */
const SHUTDOWN_GRACE_MS = 2_000;

/** When this process stops what runs, and when it ends. */
export class Lifecycle {
  private readonly stopping = new AbortController();
  private running = 0;

  /** @param leave ends the process, and takes away what it leaves behind */
  public constructor(private readonly leave: () => void) {}

  /** Aborts as soon as nothing more shall be done. */
  public get signal(): AbortSignal {
    return this.stopping.signal;
  }

  /** Counts `work` among what has a while to finish before the process ends. */
  public async track<T>(work: () => Promise<T>): Promise<T> {
    this.running += 1;
    try {
      return await work();
    } finally {
      this.running -= 1;
    }
  }

  public stop(reason: string): void {
    if (!this.stopping.signal.aborted) this.stopping.abort(new Error(reason));
  }

  /** Stops what runs, and ends this process as soon as nothing does, or when that takes too long. */
  public end(reason: string): void {
    this.stop(reason);
    const giveUpAt = Date.now() + SHUTDOWN_GRACE_MS;
    const check = () => {
      if (this.running === 0 || Date.now() >= giveUpAt) this.leave();
      else setTimeout(check, 20);
    };
    check();
  }

  public watchForTheEnd(): void {
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) this.end('Terraform is gone');
    }, PARENT_CHECK_MS).unref();
    // Ctrl-C reaches the whole process group; Terraform then tells its plugins what to do.
    process.on('SIGINT', () => undefined);
    process.on('SIGTERM', () => this.end('received SIGTERM'));
    process.on('SIGHUP', () => this.end('received SIGHUP'));
  }
}
