import { InterruptedError } from './exit';

const INTERVAL_MS = 250;

/**
 * Notices that the process which started this one has ended. Terraform that was killed leaves its provisioners running:
 * what they attach from then on could come after the next destroy.
 */
export class ParentWatch {
  private readonly controller = new AbortController();
  private readonly parent = process.ppid;
  private readonly timer = setInterval(() => this.check(), INTERVAL_MS);

  /** Aborts when the parent has ended. */
  public get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Looks now, instead of at the next interval. */
  public check(): void {
    if (process.ppid === this.parent || this.signal.aborted) return;
    this.controller.abort(new InterruptedError('the end of the process that started it'));
  }

  public stop(): void {
    clearInterval(this.timer);
  }
}
