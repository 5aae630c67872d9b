const PARENT_CHECK_MS = 1_000;
/** How long running RPCs may take to finish before the process exits. */
const SHUTDOWN_GRACE_MS = 2_000;

/** Stops running RPCs and exits the process on request, on a signal, or when Terraform exits. */
export class Lifecycle {
  private readonly stopping = new AbortController();
  private running = 0;

  /** @param exit removes the socket and exits the process */
  public constructor(private readonly exit: () => void) {}

  /** Aborts when running RPCs must stop. */
  public get signal(): AbortSignal {
    return this.stopping.signal;
  }

  /** Delays the exit of the process, within the grace period, until `work` has finished. */
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

  /** Stops running RPCs, and exits when they have finished or the grace period is over. */
  public shutDown(reason: string): void {
    this.stop(reason);
    const deadline = Date.now() + SHUTDOWN_GRACE_MS;
    const check = () => {
      if (this.running === 0 || Date.now() >= deadline) this.exit();
      else setTimeout(check, 20);
    };
    check();
  }

  public watchParentAndSignals(): void {
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) this.shutDown('Terraform exited');
    }, PARENT_CHECK_MS).unref();
    // Ctrl-C signals the whole process group. Terraform then sends StopProvider, so the signal itself is ignored.
    process.on('SIGINT', () => undefined);
    process.on('SIGTERM', () => this.shutDown('received SIGTERM'));
    process.on('SIGHUP', () => this.shutDown('received SIGHUP'));
  }
}
