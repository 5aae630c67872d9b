import { ZecError, ZecNetworkError } from '../zec/errors';
import { SETTLE_MS, type InFlightStore, type SentRequest } from '../zec/in-flight';
import type { Goal, Progress } from './decide';
import { CHECK_NETWORK, OperationError, refusedByApi, timedOut, type FailureDetails } from './errors';
import { describeView, type Target, type View } from './view';

/** How long to retry an API that has never responded, in milliseconds. */
const UNRESPONSIVE_MS = 30_000;
/** How long to retry a host that does not exist or refuses connections, in milliseconds. */
const UNREACHABLE_MS = 5_000;
/** Maximum number of observations, and of request IDs, in an error. */
const MAX_OBSERVATIONS = 20;
const MAX_REQUEST_IDS = 10;

/** A request whose effect no read has shown yet. */
interface PendingRequest {
  readonly at: number;
  readonly waitingFor: string;
  /** Whether the API accepted it, or a read showed its effect. */
  arrived: boolean;
}

/** The requests and reads of one operation, for decisions, timeouts and errors. */
export class AttemptHistory {
  /** The view of the last successful read. */
  public lastView: View | undefined;
  /** Whether a request of the operation may have been carried out. */
  public acted = false;
  private pending: PendingRequest | undefined;
  private refusals = 0;
  private conflict: (NonNullable<Progress['conflict']> & { code: string; until: number }) | undefined;
  private readonly observations = new Map<string, number>();
  private readonly requestIds: string[] = [];
  private lastApiError: ZecError | undefined;
  private reportOutcome: SentRequest | undefined;
  private readonly accepted: SentRequest[] = [];

  public constructor(
    private readonly goal: Goal,
    private readonly target: Target,
    private readonly inFlight: InFlightStore,
  ) {}

  /**
   * Records a successful read, and updates the pending request.
   * @returns whether the view differs from that of the previous read
   */
  public observed(view: View, readAt: number): boolean {
    const shown = describeView(view);
    const changed = this.lastView === undefined || shown !== describeView(this.lastView);
    this.lastView = view;
    this.count(shown);
    this.updatePending(view, readAt);
    return changed;
  }

  /**
   * Updates the pending request from a view of the vNIC. Idempotent.
   * @param readAt start of the read, which shows a state at most {@link SETTLE_MS} older
   */
  public updatePending(view: View, readAt: number): void {
    if (this.pending === undefined) return;
    if (this.showsEffect(view)) {
      this.pending.arrived = true;
      this.conflict = undefined;
    } else if (readAt - this.pending.at >= SETTLE_MS) {
      // A change that was started and reverted was refused by the platform. Otherwise the request never arrived.
      if (this.pending.arrived) this.refusals += 1;
      this.pending = undefined;
    }
  }

  public readFailed(error: Error): void {
    if (error instanceof ZecError) this.lastApiError = error;
    this.count(`failed read (${error.message})`);
  }

  public sending(now: number): void {
    const { nicId, instanceId } = this.target;
    this.reportOutcome = this.inFlight.add(nicId, { goal: this.goal, instanceId });
    this.pending = { at: now, waitingFor: 'the outcome of the request in flight', arrived: false };
  }

  public requestAccepted(requestId: string, now: number): void {
    this.acted = true;
    if (this.reportOutcome !== undefined) this.accepted.push(this.reportOutcome);
    this.reportOutcome = undefined;
    this.remember(requestId);
    const waitingFor = `the ${this.goal} that the API accepted (requestId ${requestId}) to show`;
    this.pending = { at: now, waitingFor, arrived: true };
  }

  public requestFailed(error: ZecError, now: number): void {
    const { reportOutcome } = this;
    this.reportOutcome = undefined;
    if (error.requestId !== undefined) this.remember(error.requestId);
    if (error.outcome === 'unknown') {
      this.acted = true;
      const waitingFor = `a read that shows whether the ${this.goal} was carried out: its response was lost (${error.message})`;
      this.pending = { at: now, waitingFor, arrived: false };
      return;
    }
    reportOutcome?.('refused');
    this.pending = undefined;
    if (error.kind !== 'conflict') return;
    const code = error.code ?? error.name;
    const count = this.conflict?.code === code ? this.conflict.count + 1 : 1;
    this.conflict = { code, count, text: error.message, advice: error.advice, until: now + SETTLE_MS };
  }

  /** Reports the accepted requests as settled, after the operation has succeeded. */
  public settle(): void {
    for (const request of this.accepted) request('settled');
  }

  public progress(now: number): Progress {
    const { refusals, conflict } = this;
    let pending = this.pending?.waitingFor;
    if (pending === undefined && conflict !== undefined && now < conflict.until)
      pending = `the vNIC and the instance to agree after the API returned ${conflict.code}`;
    return { pending, refusals, conflict };
  }

  public get wasAccepted(): boolean {
    return this.accepted.length > 0;
  }

  /** The failure of the operation after a failed read; `undefined` to retry. */
  public giveUp(error: ZecError, elapsedMs: number): FailureDetails | undefined {
    const failure = refusedByApi(error);
    if (error.kind === 'terminal') return failure;
    if (!(error instanceof ZecNetworkError) || this.lastView !== undefined) return undefined;
    if (elapsedMs < (error.hostUnreachable ? UNREACHABLE_MS : UNRESPONSIVE_MS)) return undefined;
    const summary = `gave up after ${Math.round(elapsedMs / 1000)} s without a response: ${failure.summary}`;
    return { ...failure, summary };
  }

  public get lastRead(): string {
    return this.lastView === undefined ? 'nothing was read yet' : `last read: ${describeView(this.lastView)}`;
  }

  public timeout(timeoutMs: number): FailureDetails {
    if (this.lastView !== undefined) return timedOut(timeoutMs, this.lastRead);
    if (this.lastApiError === undefined)
      return { ...timedOut(timeoutMs, 'the API did not respond'), advice: CHECK_NETWORK };
    const { summary, advice, cause } = refusedByApi(this.lastApiError);
    return { ...timedOut(timeoutMs, summary), advice, cause };
  }

  public errorOf(failure: FailureDetails): OperationError {
    const mayBeAttached = this.pending !== undefined || this.lastView?.owner === 'target';
    return new OperationError({
      ...failure,
      goal: this.goal,
      target: this.target,
      leftBehind: mayBeAttached ? 'possibly-attached' : 'nothing',
      observed: [...this.observations].map(([what, times]) => `${times} × ${what}`),
      requestIds: this.requestIds,
      conflict: this.conflict?.code,
    });
  }

  private showsEffect(view: View): boolean {
    if (this.goal === 'attach') return view.owner === 'target' && view.nicStatus !== 'AVAILABLE';
    return view.owner !== 'target' || view.nicStatus !== 'USED';
  }

  private count(what: string): void {
    const times = this.observations.get(what) ?? 0;
    this.observations.delete(what);
    const [oldest] = this.observations.keys();
    if (this.observations.size >= MAX_OBSERVATIONS && oldest !== undefined) this.observations.delete(oldest);
    this.observations.set(what, times + 1);
  }

  private remember(requestId: string): void {
    this.requestIds.push(requestId);
    if (this.requestIds.length > MAX_REQUEST_IDS) this.requestIds.shift();
  }
}
