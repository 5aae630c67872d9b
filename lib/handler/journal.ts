import type { ZecError } from '../zec/errors';
import { SETTLE_MS } from '../zec/in-flight';
import type { Goal, Progress } from './decide';
import { describeView } from './observation';
import type { View } from './observation';

const MAX_TALLY = 20;
const MAX_REQUEST_IDS = 10;

interface Request {
  readonly at: number;
  readonly text: string;
  /** It arrived: the API said yes, or a look showed its effect. */
  arrived: boolean;
}

/** What one operation did and saw: the memory behind {@link Progress}, timeouts that tell, and honest failures. */
export class Journal {
  private open: Request | undefined;
  private refusals = 0;
  private conflict:
    { code: string; text: string; count: number; advice: string | undefined; until: number } | undefined;
  private readonly tally = new Map<string, number>();
  private readonly requestIds: string[] = [];
  private lastView: View | undefined;

  public constructor(private readonly goal: Goal) {}

  /** A look succeeded. Resolves as {@link resolve} does. */
  public saw(view: View, askedAt: number): void {
    this.lastView = view;
    this.count(describeView(view));
    this.resolve(view, askedAt);
  }

  /**
   * Resolves what an earlier request left open, where what was shown of the vNIC can tell. Once more changes nothing.
   * @param askedAt when the look was asked for: what it shows is at least as new as the reads' lag before that
   */
  public resolve(view: View, askedAt: number): void {
    if (this.open === undefined) return;
    if (this.showsEffect(view)) {
      this.open.arrived = true;
      this.conflict = undefined;
    } else if (askedAt - this.open.at >= SETTLE_MS) {
      // Undone after it had begun, or never begun: the platform refused it, or it never arrived.
      if (this.open.arrived) this.refusals += 1;
      this.open = undefined;
    }
  }

  /** A look failed. */
  public lookFailed(error: Error): void {
    this.count(`no answer (${error.message})`);
  }

  /** The request is about to leave; until told otherwise it may have been carried out. */
  public sending(now: number): void {
    this.open = { at: now, text: 'the outcome of the request that was under way', arrived: false };
  }

  public accepted(requestId: string, now: number): void {
    this.remember(requestId);
    this.open = {
      at: now,
      text: `the ${this.goal} that the API accepted (requestId ${requestId}) to show`,
      arrived: true,
    };
  }

  public rejected(error: ZecError, now: number): void {
    if (error.requestId !== undefined) this.remember(error.requestId);
    if (error.outcome === 'unknown') {
      this.open = {
        at: now,
        text: `a look that tells whether the ${this.goal} was carried out, since its answer was lost (${error.message})`,
        arrived: false,
      };
      return;
    }
    this.open = undefined;
    if (error.kind !== 'conflict') return;
    const code = error.code ?? error.name;
    const count = this.conflict?.code === code ? this.conflict.count + 1 : 1;
    this.conflict = { code, count, text: error.message, advice: error.advice, until: now + SETTLE_MS };
  }

  public progress(now: number): Progress {
    return { pending: this.pending(now), refusals: this.refusals, conflict: this.conflict };
  }

  /** Whether an attach may have left an attachment to the target, or may still do so. */
  public mayHaveLeftAttachment(): boolean {
    return this.open !== undefined || this.lastView?.owner === 'target';
  }

  public get last(): View | undefined {
    return this.lastView;
  }

  /** `14 × vNIC ATTACHING …`, most recent kind last. */
  public observed(): readonly string[] {
    return [...this.tally].map(([what, times]) => `${times} × ${what}`);
  }

  /** The API's ids of the requests that this operation made to change something, newest last. */
  public get mutatingRequestIds(): readonly string[] {
    return this.requestIds;
  }

  private pending(now: number): string | undefined {
    if (this.open !== undefined) return this.open.text;
    if (this.conflict !== undefined && now < this.conflict.until) {
      return `both views to settle, since the API answered ${this.conflict.code}`;
    }
    return undefined;
  }

  private showsEffect(view: View): boolean {
    if (this.goal === 'attach') return view.owner === 'target' && view.nicStatus !== 'AVAILABLE';
    return view.owner !== 'target' || view.nicStatus !== 'USED';
  }

  private count(what: string): void {
    const times = this.tally.get(what) ?? 0;
    this.tally.delete(what);
    if (this.tally.size >= MAX_TALLY) {
      const [oldest] = this.tally.keys();
      if (oldest !== undefined) this.tally.delete(oldest);
    }
    this.tally.set(what, times + 1);
  }

  private remember(requestId: string): void {
    this.requestIds.push(requestId);
    if (this.requestIds.length > MAX_REQUEST_IDS) this.requestIds.shift();
  }
}
