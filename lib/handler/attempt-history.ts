import { ZecError, ZecNetworkError } from '../zec/errors';
import { SETTLE_MS, type InFlightStore, type SentRequest } from '../zec/in-flight';
import type { Goal, Progress } from './decide';
import { CHECK_NETWORK, OperationError, refusedByApi, timedOut, type FailureDetails } from './errors';
import { describeView, type Target, type View } from './view';

/** How long to retry an API that has never responded, in milliseconds. */
const UNRESPONSIVE_MS = 30_000;
/** The same for a host that does not exist or refuses connections: its name or port is probably wrong. */
const UNREACHABLE_MS = 5_000;
/** Maximum number of observations, and of request IDs, in an error. */
const MAX_OBSERVATIONS = 20;
const MAX_REQUEST_IDS = 10;

/** A request whose outcome no read has shown yet. */
interface PendingRequest {
  readonly at: number;
  readonly waitingFor: string;
  /** The API accepted it, or a read showed its effect. */
  arrived: boolean;
}

/** The requests and reads of one operation, for decisions, timeouts and errors. */
export class AttemptHistory {
  /** What the last successful read showed. */
  public last: View | undefined;
  /** A request of the operation may have been carried out. */
  public acted = false;
  private pending: PendingRequest | undefined;
  private refusals = 0;
  private conflict: (NonNullable<Progress['conflict']> & { code: string; until: number }) | undefined;
  private readonly observations = new Map<string, number>();
  private readonly requestIds: string[] = [];
  private lastApiError: ZecError | undefined;
  private sent: SentRequest | undefined;
  private readonly accepted: SentRequest[] = [];

  public constructor(
    private readonly goal: Goal,
    private readonly target: Target,
    private readonly inFlight: InFlightStore,
  ) {}

  /**
   * A read succeeded. Resolves as {@link resolve} does.
   * @returns whether it showed something else than the read before
   */
  public observed(view: View, readAt: number): boolean {
    const shown = describeView(view);
    const changed = this.last === undefined || shown !== describeView(this.last);
    this.last = view;
    this.count(shown);
    this.resolve(view, readAt);
    return changed;
  }

  /**
   * Resolves the pending request as far as a view of the vNIC shows. Idempotent.
   * @param readAt when the read was requested: it shows a state at most {@link SETTLE_MS} older
   */
  public resolve(view: View, readAt: number): void {
    if (this.pending === undefined) return;
    if (this.showsEffect(view)) {
      this.pending.arrived = true;
      this.conflict = undefined;
    } else if (readAt - this.pending.at >= SETTLE_MS) {
      // Undone after it had started: the platform refused it. Otherwise it never arrived.
      if (this.pending.arrived) this.refusals += 1;
      this.pending = undefined;
    }
  }

  public readFailed(error: Error): void {
    if (error instanceof ZecError) this.lastApiError = error;
    this.count(`no response (${error.message})`);
  }

  /** The request is about to be sent. Until its outcome is known it may have been carried out. */
  public sending(now: number): void {
    const { nicId, instanceId } = this.target;
    this.sent = this.inFlight.add(nicId, { goal: this.goal, instanceId });
    this.pending = { at: now, waitingFor: 'the outcome of the request in flight', arrived: false };
  }

  public requestAccepted(requestId: string, now: number): void {
    this.acted = true;
    if (this.sent !== undefined) this.accepted.push(this.sent);
    this.sent = undefined;
    this.remember(requestId);
    const waitingFor = `the ${this.goal} that the API accepted (requestId ${requestId}) to show`;
    this.pending = { at: now, waitingFor, arrived: true };
  }

  public requestFailed(error: ZecError, now: number): void {
    const { sent } = this;
    this.sent = undefined;
    if (error.requestId !== undefined) this.remember(error.requestId);
    if (error.outcome === 'unknown') {
      this.acted = true;
      const waitingFor = `a read that shows whether the ${this.goal} was carried out: its response was lost (${error.message})`;
      this.pending = { at: now, waitingFor, arrived: false };
      return;
    }
    sent?.('refused');
    this.pending = undefined;
    if (error.kind !== 'conflict') return;
    const code = error.code ?? error.name;
    const count = this.conflict?.code === code ? this.conflict.count + 1 : 1;
    this.conflict = { code, count, text: error.message, advice: error.advice, until: now + SETTLE_MS };
  }

  /** The operation succeeded: none of its accepted requests can still take effect. */
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

  /** A request of the operation was accepted. */
  public get wasAccepted(): boolean {
    return this.accepted.length > 0;
  }

  /** Why to stop after a failed read, if so: the API rejected it, or has never responded within the retry period. */
  public giveUp(error: ZecError, elapsedMs: number): FailureDetails | undefined {
    const failure = refusedByApi(error);
    if (error.kind === 'terminal') return failure;
    if (!(error instanceof ZecNetworkError) || this.last !== undefined) return undefined;
    if (elapsedMs < (error.hostUnreachable ? UNREACHABLE_MS : UNRESPONSIVE_MS)) return undefined;
    const summary = `gave up after ${Math.round(elapsedMs / 1000)} s without a response: ${failure.summary}`;
    return { ...failure, summary };
  }

  /** What the last successful read showed, as text. */
  public get lastRead(): string {
    return this.last === undefined ? 'nothing was read yet' : `last read: ${describeView(this.last)}`;
  }

  public timeout(timeoutMs: number): FailureDetails {
    if (this.last !== undefined) return timedOut(timeoutMs, this.lastRead);
    if (this.lastApiError === undefined)
      return { ...timedOut(timeoutMs, 'the API did not respond'), advice: CHECK_NETWORK };
    const { summary, advice, cause } = refusedByApi(this.lastApiError);
    return { ...timedOut(timeoutMs, summary), advice, cause };
  }

  /** The error of a failed operation, with the details of the history. */
  public errorOf(failure: FailureDetails): OperationError {
    // An attach may have left an attachment to the target, or may still do so.
    const mayBeAttached = this.pending !== undefined || this.last?.owner === 'target';
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
