import { ZecError, ZecNetworkError } from '../zec/errors';
import type { InFlightStore, SentRequest } from '../zec/in-flight';
import type { ZecApi } from '../zec/types';
import { decide, NOTHING_DONE, settledByNic } from './decide';
import type { Decision, Goal, Until } from './decide';
import { interrupted, refusedByApi, refusedByDecision, timedOut } from './endings';
import type { Ending } from './endings';
import { OperationError } from './errors';
import { Journal } from './journal';
import { describeView, viewOf } from './observation';
import type { Observation, Target, View } from './observation';
import { PollTimer } from './poll-timer';
import type { PollTimerOptions } from './poll-timer';
import { trustedFrom } from './stale-reads';
import { ReadTimeout, TargetReader } from './target-reader';
import type { TargetReaderOptions } from './target-reader';
import type { Turn, Turns } from './turns';

/** One line of an operation's progress. */
export interface ProgressEvent {
  readonly goal: Goal;
  readonly target: Target;
  /** Since the operation began, in milliseconds. */
  readonly elapsedMs: number;
  /** As the last look at it showed; absent while no look succeeded. */
  readonly nicStatus?: string | undefined;
  readonly instanceStatus?: string | undefined;
  /** What is done or waited for. */
  readonly message: string;
  /** Something a person should know although the operation goes on. */
  readonly warning?: string | undefined;
}

export interface OperationOptions {
  /** How long the operation may take, in milliseconds. The last look happens at this moment. */
  readonly timeoutMs: number;
  /** When a create is done; `converged` by default. A delete takes no notice of it. */
  readonly until?: Until | undefined;
  /**
   * What a read of the last seconds showed. If an attach is possible by that, it is sent without another read: the API
   * refuses it if that is no longer true. A delete takes no notice of it.
   */
  readonly seen?: Observation | undefined;
  /** Ends the operation early; it then fails with the reason `interrupted`. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: ProgressEvent) => void) | undefined;
}

export interface ConvergeContext extends PollTimerOptions, TargetReaderOptions {
  readonly api: ZecApi;
  /** Shared by all operations that might meet at a vNIC. */
  readonly turns: Turns;
  readonly inFlight: InFlightStore;
}

export type Convergence =
  | { readonly ok: true; readonly observation: Observation; readonly view: View; readonly acted: boolean }
  | { readonly ok: false; readonly error: OperationError };

/**
 * Brings the attachment `target` to `goal`: look, decide, do at most one thing, look again.
 * Never throws for what the API, the network or the caller's signal do.
 */
export function converge(
  context: ConvergeContext,
  goal: Goal,
  target: Target,
  options: OperationOptions,
): Promise<Convergence> {
  return new Convergent(context, goal, target, options).run();
}

/**
 * How long an API that never answered anything is asked again, in milliseconds. A wrong host name should not
 * take the whole timeout to be noticed.
 */
const UNREACHABLE_MS = 30_000;

/** How old a read may get until the detach that it led to is sent, in milliseconds: a detach names no instance. */
const DETACH_WITHIN_MS = 2_000;

class Convergent {
  private readonly journal: Journal;
  private readonly turn: Turn;
  private readonly reader: TargetReader;
  private readonly timer: PollTimer;
  private readonly startedAt: number;
  private readonly deadline: number;
  /** Our requests that the API accepted. */
  private readonly accepted: SentRequest[] = [];
  private seen: Observation | undefined;
  private shown = '';
  /** A request of ours may have been carried out. */
  private acted = false;
  private askedAt: number;
  /** What comes next shows in the vNIC, as far as it is known. */
  private nicIsNext = false;
  private lastTrouble: Error | undefined;

  public constructor(
    private readonly context: ConvergeContext,
    private readonly goal: Goal,
    private readonly target: Target,
    private readonly options: OperationOptions,
  ) {
    this.journal = new Journal(goal);
    this.turn = context.turns.join(target.nicId);
    this.reader = new TargetReader(target, context);
    this.startedAt = context.clock.now();
    this.deadline = this.startedAt + options.timeoutMs;
    this.timer = new PollTimer(context, this.deadline);
    this.askedAt = this.startedAt;
    this.seen = this.isFitToAttach(options.seen) ? options.seen : undefined;
  }

  public async run(): Promise<Convergence> {
    try {
      for (;;) {
        const result = await this.step();
        if (result !== undefined) return result;
        if (this.now() >= this.deadline) return this.fails(this.tooLate());
        await this.timer.pause(this.options.signal);
      }
    } catch (error) {
      if (this.options.signal?.aborted) return this.fails(interrupted(this.goal, this.shown));
      throw error;
    } finally {
      this.turn.leave();
    }
  }

  private async step(): Promise<Convergence | undefined> {
    this.askedAt = this.now();
    this.timer.reading();
    this.turn.looking();
    const observation = this.seen ?? (await this.read());
    this.seen = undefined;
    if (observation === undefined) return undefined;
    if (observation instanceof ZecError) return this.fails(refusedByApi(observation));
    const view = viewOf(this.target, observation);
    this.note(view);
    const decision = decide(this.goal, view, this.journal.progress(this.now()), this.options.until);
    this.nicIsNext = decision.kind === 'act' || (decision.kind === 'wait' && decision.onNic === true);
    if (this.mayBeStale(decision)) {
      this.report('re-checking shortly: a request that was sent a moment ago may not show yet');
      return undefined;
    }
    switch (decision.kind) {
      case 'done':
        for (const each of this.accepted) each.settled();
        return { ok: true, observation, view, acted: this.acted };
      case 'fail':
        return this.fails(refusedByDecision(decision));
      case 'wait':
        this.report(`waiting for ${decision.reason}`, decision);
        return undefined;
      case 'act':
        // The last look happens at the deadline: nothing could be confirmed after it.
        if (this.now() >= this.deadline) return undefined;
        if (this.turn.mayAct()) return (await this.act()) ?? this.requested(observation, view);
        this.report('waiting for another operation of this process on the vNIC');
        return undefined;
    }
  }

  private isFitToAttach(seen: Observation | undefined): boolean {
    if (seen === undefined || this.goal !== 'attach') return false;
    return decide('attach', viewOf(this.target, seen), NOTHING_DONE).kind === 'act';
  }

  /** The end of an operation for which it is enough that the API accepted its request. */
  private requested(observation: Observation, view: View): Convergence | undefined {
    if (this.goal === 'detach' || this.options.until !== 'requested' || this.accepted.length === 0)
      return undefined;
    for (const each of this.accepted) each.settled();
    return { ok: true, observation, view, acted: true };
  }

  private mayBeStale(decision: Decision): boolean {
    if (decision.kind === 'wait') return false;
    const now = this.now();
    const requests = this.context.inFlight.requests(this.target.nicId);
    const from = trustedFrom(this.goal, this.target, decision, requests, now);
    if (this.askedAt >= from) return false;
    this.timer.recheck(from);
    return true;
  }

  /** One read; `undefined` if it told nothing and may be repeated, an error if repeating it is pointless. */
  private async read(): Promise<Observation | ZecError | undefined> {
    const { signal } = this.options;
    try {
      // A decision to act, or that both ends agree, always comes from a read of both. So does the last one.
      const alone = this.nicIsNext && this.now() < this.deadline;
      const observation = await this.reader.read(
        signal,
        this.deadline,
        alone ? (seen) => this.isSettledByNic(seen) : undefined,
      );
      this.timer.readSucceeded();
      return observation;
    } catch (error) {
      if (signal?.aborted) throw error;
      if (!(error instanceof ZecError) && !(error instanceof ReadTimeout)) throw error;
      this.journal.lookFailed(error);
      if (error instanceof ZecError && (error.kind === 'terminal' || this.isUnreachable(error))) return error;
      this.trouble(error);
      return undefined;
    }
  }

  private isSettledByNic(observation: Observation): boolean {
    const view = viewOf(this.target, observation);
    this.journal.resolve(view, this.askedAt);
    return settledByNic(this.goal, view, this.journal.progress(this.now()), this.options.until);
  }

  private async act(): Promise<Convergence | undefined> {
    const { nicId, instanceId } = this.target;
    this.report(this.goal === 'attach' ? 'sending the attach request' : 'sending the detach request');
    let sent: SentRequest | undefined;
    const options = {
      signal: this.options.signal,
      // An attach that is overtaken by events is refused by the API; a detach is not.
      sendBefore:
        this.goal === 'attach' ? this.deadline : Math.min(this.deadline, this.now() + DETACH_WITHIN_MS),
      onSend: () => {
        this.journal.sending(this.now());
        sent = this.context.inFlight.add(nicId, { goal: this.goal, instanceId });
      },
    };
    try {
      const { requestId } = await this.turn.act(() =>
        this.goal === 'attach'
          ? this.context.api.attachNetworkInterface(this.target, options)
          : this.context.api.detachNetworkInterface({ nicId }, options),
      );
      this.acted = true;
      this.timer.acted();
      if (sent !== undefined) this.accepted.push(sent);
      this.journal.accepted(requestId, this.now());
    } catch (error) {
      // An interruption, too, may have an error of the API as its reason: it says nothing of this request.
      if (!(error instanceof ZecError) || error === this.options.signal?.reason) throw error;
      if (error.outcome === 'unknown') {
        this.acted = true;
        this.timer.acted();
      } else {
        sent?.refused();
        this.timer.changed();
      }
      this.journal.rejected(error, this.now());
      if (error.kind === 'terminal') return this.fails(refusedByApi(error));
      this.report(`looking again after: ${error.message}`);
      if (error.kind === 'transient') this.trouble(error);
    }
    return undefined;
  }

  private trouble(error: Error): void {
    this.lastTrouble = error;
    this.timer.failed(error);
    this.report(`trying again after: ${error.message}`);
  }

  private isUnreachable(error: ZecError): boolean {
    const { last } = this.journal;
    return (
      error instanceof ZecNetworkError && last === undefined && this.now() - this.startedAt >= UNREACHABLE_MS
    );
  }

  private note(view: View): void {
    this.journal.saw(view, this.askedAt);
    const shown = describeView(view);
    if (shown !== this.shown) this.timer.changed();
    this.shown = shown;
  }

  private report(message: string, decision?: Decision & { kind: 'wait' }): void {
    const view = this.journal.last;
    this.options.onProgress?.({
      goal: this.goal,
      target: this.target,
      elapsedMs: this.now() - this.startedAt,
      nicStatus: view?.nicStatus,
      instanceStatus: view === undefined ? undefined : (view.instanceStatus ?? 'missing'),
      message,
      warning: decision?.warning,
    });
  }

  private tooLate(): Ending {
    const { lastTrouble } = this;
    if (this.shown === '' && lastTrouble instanceof ZecError) return refusedByApi(lastTrouble);
    return timedOut(this.options.timeoutMs, this.shown);
  }

  private fails(ending: Ending): Convergence {
    const error = new OperationError({
      ...ending,
      goal: this.goal,
      target: this.target,
      leftBehind: this.journal.mayHaveLeftAttachment() ? 'possibly-attached' : 'nothing',
      observed: this.journal.observed(),
      requestIds: this.journal.mutatingRequestIds,
    });
    return { ok: false, error };
  }

  private now(): number {
    return this.context.clock.now();
  }
}
