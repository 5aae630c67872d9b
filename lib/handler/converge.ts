import { withTimeout } from '../zec/clock';
import { ZecError } from '../zec/errors';
import type { NicId } from '../zec/ids';
import type { InFlightStore } from '../zec/in-flight';
import type { ZecApi } from '../zec/types';
import { AttemptHistory } from './attempt-history';
import { decide, NOTHING_DONE, settledByNic } from './decide';
import type { Decision, Goal } from './decide';
import { interrupted, refusedByApi, refusedByDecision, timedOut } from './errors';
import type { Failure } from './errors';
import type { KeyedLock } from './keyed-lock';
import type { Convergence, OperationOptions } from './operation';
import { PollSchedule } from './poll-schedule';
import type { PollScheduleOptions } from './poll-schedule';
import { ReadTimeout, TargetReader } from './reader';
import type { Reader } from './reader';
import { trustedFrom } from './stale-reads';
import { viewOf } from './view';
import type { Observation, Target, View } from './view';

export interface ConvergeContext extends PollScheduleOptions {
  readonly api: ZecApi;
  readonly reader: Reader;
  /** How long one read may take, in milliseconds. */
  readonly readTimeoutMs: number;
  /** Operations on one vNIC run one after the other. */
  readonly lock: KeyedLock<NicId>;
  readonly inFlight: InFlightStore;
}

/** How old a read may be when the detach that rests on it is sent, in milliseconds: a detach names no instance. */
const DETACH_WITHIN_MS = 2_000;

class LockTimeout extends Error {}

/** Brings the attachment `target` to `goal`. Never throws for what the API, the network or the signal do. */
export function converge(
  context: ConvergeContext,
  goal: Goal,
  target: Target,
  options: OperationOptions,
): Promise<Convergence> {
  return new Operation(context, goal, target, options).run();
}

/** The reconcile loop: read both ends, decide, do at most one thing, wait. */
class Operation {
  private readonly history: AttemptHistory;
  private readonly reader: TargetReader;
  private readonly schedule: PollSchedule;
  private readonly startedAt: number;
  private readonly deadline: number;
  /** The next change, as far as it is known, shows in the vNIC alone. */
  private nicIsNext = false;

  public constructor(
    private readonly context: ConvergeContext,
    private readonly goal: Goal,
    private readonly target: Target,
    private readonly options: OperationOptions,
  ) {
    this.startedAt = this.now();
    this.deadline = this.startedAt + options.timeoutMs;
    this.history = new AttemptHistory(goal, target, context.inFlight);
    this.reader = new TargetReader(context.reader, target, context.readTimeoutMs, this.deadline);
    this.schedule = new PollSchedule(context, this.deadline);
  }

  public async run(): Promise<Convergence> {
    try {
      const release = await this.acquireLock();
      return await this.reconcile().finally(release);
    } catch (error) {
      if (this.options.signal?.aborted) return this.fails(interrupted(this.goal, this.history.lastRead));
      if (!(error instanceof LockTimeout)) throw error;
      const state = 'another operation of this process on the vNIC is still running';
      return this.fails(timedOut(this.options.timeoutMs, state));
    }
  }

  private acquireLock(): Promise<() => void> {
    const { lock, clock } = this.context;
    const { timeoutMs, signal } = this.options;
    const { nicId } = this.target;
    if (!lock.isHeld(nicId)) return lock.acquire(nicId, signal);
    this.report('waiting for another operation of this process on the vNIC');
    const acquire = (either: AbortSignal) => lock.acquire(nicId, either);
    return withTimeout(clock, timeoutMs, () => new LockTimeout(), signal, acquire);
  }

  private async reconcile(): Promise<Convergence> {
    let { seen } = this.options;
    if (seen !== undefined && !this.allowsRequest(seen)) seen = undefined;
    for (;;) {
      const readAt = this.now();
      this.schedule.reading();
      const observation = seen ?? (await this.read(readAt));
      seen = undefined;
      if (observation instanceof ZecError) return this.fails(refusedByApi(observation));
      const end = observation === undefined ? undefined : await this.step(observation, readAt);
      if (end !== undefined) return end;
      if (this.now() >= this.deadline) return this.fails(this.history.timeout(this.options.timeoutMs));
      await this.schedule.pause(this.options.signal);
    }
  }

  private async step(observation: Observation, readAt: number): Promise<Convergence | undefined> {
    const view = viewOf(this.target, observation);
    if (this.history.observed(view, readAt)) this.schedule.changed();
    const decision = this.decide(view);
    this.nicIsNext = decision.kind === 'act' || (decision.kind === 'wait' && decision.onNic === true);
    const trusted = this.trustedFrom(decision);
    if (readAt < trusted) {
      this.schedule.recheck(trusted);
      this.report('re-checking shortly: a recent request may not be visible yet');
      return undefined;
    }
    switch (decision.kind) {
      case 'done':
        return this.succeeds(observation, view);
      case 'fail':
        return this.fails(refusedByDecision(decision));
      case 'wait':
        this.report(`waiting for ${decision.reason}`, decision.warning);
        return undefined;
      case 'act':
        // No read could show the effect of a request that is sent at the deadline.
        if (this.now() >= this.deadline) return undefined;
        return (await this.act()) ?? (this.isRequestEnough() ? this.succeeds(observation, view) : undefined);
    }
  }

  /** One read; `undefined` if it failed and may be retried, an error if a retry would be useless. */
  private async read(readAt: number): Promise<Observation | ZecError | undefined> {
    const { signal } = this.options;
    // A request, a success and the last read rest on a read of both ends.
    const nicFirst = this.nicIsNext && readAt < this.deadline;
    const isEnough = nicFirst ? (half: Observation) => this.isSettledByNic(half, readAt) : undefined;
    try {
      const observation = await this.reader.read(signal, isEnough);
      this.schedule.readSucceeded();
      return observation;
    } catch (error) {
      if (signal?.aborted) throw error;
      if (!(error instanceof ZecError) && !(error instanceof ReadTimeout)) throw error;
      this.history.readFailed(error);
      if (
        error instanceof ZecError &&
        (error.kind === 'terminal' || this.history.isUnreachable(error, this.elapsedMs))
      )
        return error;
      this.retryAfter(error);
      return undefined;
    }
  }

  /** Sends the request. @returns a failure that a retry would not change */
  private async act(): Promise<Convergence | undefined> {
    this.report(this.goal === 'attach' ? 'sending the attach request' : 'sending the detach request');
    try {
      const { requestId } = await this.send();
      this.history.requestAccepted(requestId, this.now());
      this.schedule.acted();
    } catch (error) {
      // The reason of an interruption may be an error of the API, too: it says nothing of this request.
      if (!(error instanceof ZecError) || error === this.options.signal?.reason) throw error;
      this.history.requestFailed(error, this.now());
      this.schedule.acted();
      if (error.kind === 'terminal') return this.fails(refusedByApi(error));
      this.report(`reading again after: ${error.message}`);
      if (error.kind === 'transient') this.retryAfter(error);
    }
    return undefined;
  }

  private send(): Promise<{ readonly requestId: string }> {
    const { api } = this.context;
    const { signal } = this.options;
    const onSend = () => this.history.sending(this.now());
    if (this.goal === 'attach') {
      // The API refuses an attach that is no longer possible, so it may be sent late.
      return api.attachNetworkInterface(this.target, { signal, sendBefore: this.deadline, onSend });
    }
    const sendBefore = Math.min(this.deadline, this.now() + DETACH_WITHIN_MS);
    return api.detachNetworkInterface({ nicId: this.target.nicId }, { signal, sendBefore, onSend });
  }

  private retryAfter(error: Error): void {
    this.schedule.failed(error);
    this.report(`retrying after: ${error.message}`);
  }

  private succeeds(observation: Observation, view: View): Convergence {
    this.history.settle();
    return { ok: true, observation, view, acted: this.history.acted };
  }

  private fails(failure: Failure): Convergence {
    return { ok: false, error: this.history.errorOf(failure) };
  }

  private decide(view: View): Decision {
    return decide(this.goal, view, this.history.progress(this.now()), this.options.until);
  }

  private isSettledByNic(half: Observation, readAt: number): boolean {
    const view = viewOf(this.target, half);
    this.history.resolve(view, readAt);
    return settledByNic(this.decide(view));
  }

  private trustedFrom(decision: Decision): number {
    const requests = this.context.inFlight.requests(this.target.nicId);
    return trustedFrom(this.goal, this.target, decision, requests, this.now());
  }

  /** Whether an attach may be sent without another read. */
  private allowsRequest(seen: Observation): boolean {
    return this.goal === 'attach' && decide('attach', viewOf(this.target, seen), NOTHING_DONE).kind === 'act';
  }

  private isRequestEnough(): boolean {
    return this.goal === 'attach' && this.options.until === 'requested' && this.history.wasAccepted;
  }

  private report(message: string, warning?: string): void {
    const view = this.history.last;
    this.options.onProgress?.({
      goal: this.goal,
      target: this.target,
      elapsedMs: this.elapsedMs,
      nicStatus: view?.nicStatus,
      instanceStatus: view === undefined ? undefined : (view.instanceStatus ?? 'missing'),
      message,
      warning,
    });
  }

  private get elapsedMs(): number {
    return this.now() - this.startedAt;
  }

  private now(): number {
    return this.context.clock.now();
  }
}
