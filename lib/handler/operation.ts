import { withTimeout } from '../zec/clock';
import { ZecError } from '../zec/errors';
import type { InstanceInfo, NicInfo } from '../zec/types';
import { AttemptHistory } from './attempt-history';
import { decide, NOTHING_DONE, settledByNic, type Goal } from './decide';
import { interrupted, refusedByApi, timedOut, type FailureDetails } from './errors';
import type { OperationContext, OperationOptions, OperationResult } from './options';
import { PollSchedule } from './polling';
import { trustedFrom } from './stale-reads';
import { viewOf, type Observation, type Target, type View } from './view';

/** Maximum age of the read on which a detach is based when the detach is sent, in milliseconds: a detach names no instance. */
const DETACH_WITHIN_MS = 2_000;

/** How long a read of an instance may be reused while only the vNIC is read, in milliseconds. */
const INSTANCE_REUSED_MS = 30_000;
/** How long the read at the deadline may take, including the wait for the rate limiter, in milliseconds. */
const LAST_READ_MS = 5_000;

class LockTimeout extends Error {}
class ReadTimeout extends Error {}

/** The reconcile loop: read both ends, decide, send at most one request, wait. */
export class Operation {
  private readonly history: AttemptHistory;
  private readonly schedule: PollSchedule;
  private readonly startedAt: number;
  private readonly deadline: number;
  /** The next change is expected in the vNIC alone. */
  private nicIsNext = false;
  /** The instance as it was read last. */
  private instance: { readonly info: InstanceInfo | undefined; readonly readAt: number } | undefined;

  public constructor(
    private readonly context: OperationContext,
    private readonly goal: Goal,
    private readonly target: Target,
    private readonly options: OperationOptions,
  ) {
    this.startedAt = this.now();
    this.deadline = this.startedAt + options.timeoutMs;
    this.history = new AttemptHistory(goal, target, context.inFlight);
    this.schedule = new PollSchedule(context, this.deadline);
  }

  /** Brings the attachment to the goal. Never throws for what the API, the network or the signal do. */
  public async run(): Promise<OperationResult> {
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

  private async reconcile(): Promise<OperationResult> {
    let seen = this.goal === 'attach' ? this.options.seen : undefined;
    // An attach may be sent without another read; nothing else may.
    if (seen && decide('attach', viewOf(this.target, seen), NOTHING_DONE).kind !== 'act') seen = undefined;
    for (;;) {
      const readAt = this.now();
      this.schedule.lastAt = readAt;
      this.schedule.recheckAt = undefined;
      const observation = seen ?? (await this.read(readAt));
      seen = undefined;
      if (observation !== undefined && 'reason' in observation) return this.fails(observation);
      const end = observation === undefined ? undefined : await this.step(observation, readAt);
      if (end !== undefined) return end;
      if (this.now() >= this.deadline) return this.timesOut();
      await this.schedule.pause(this.options.signal);
      // A last read shows a change that has just completed.
      if (this.now() >= this.deadline && this.history.last === undefined) return this.timesOut();
    }
  }

  private async step(observation: Observation, readAt: number): Promise<OperationResult | undefined> {
    const { goal, target, options, history } = this;
    const view = viewOf(target, observation);
    if (history.observed(view, readAt)) this.schedule.changedAt = this.now();
    const decision = this.decide(view);
    this.nicIsNext = decision.kind === 'act' || (decision.kind === 'wait' && decision.onNic === true);
    const requests = this.context.inFlight.requests(target.nicId);
    const trusted = trustedFrom(goal, target, decision, requests, this.now());
    if (readAt < trusted) {
      this.schedule.recheckAt = trusted;
      this.report('re-checking shortly: a recent request may not be visible yet');
      return undefined;
    }
    switch (decision.kind) {
      case 'done':
        return this.succeeds(observation);
      case 'fail': {
        const { kind: _, ...why } = decision;
        return this.fails({ reason: 'refused', ...why });
      }
      case 'wait':
        this.report(`waiting for ${decision.reason}`, decision.warning);
        return undefined;
      case 'act': {
        // No read could show the effect of a request that is sent at the deadline.
        if (this.now() >= this.deadline) return undefined;
        const failure = await this.act();
        if (failure !== undefined) return failure;
        const isEnough = goal === 'attach' && options.until === 'requested' && history.wasAccepted;
        return isEnough ? this.succeeds(observation) : undefined;
      }
    }
  }

  /** One read; `undefined` if it failed and may be retried, a failure if a retry would be useless. */
  private async read(readAt: number): Promise<Observation | FailureDetails | undefined> {
    const { context, options } = this;
    const leftMs = Math.max(0, this.deadline - readAt);
    // An API that never responded gets no time beyond the timeout.
    const extraMs = leftMs > 0 && this.history.last === undefined ? 0 : LAST_READ_MS;
    const ms = Math.min(context.readTimeoutMs, leftMs + extraMs);
    const limit = ms < context.readTimeoutMs ? 'before the timeout' : `within ${Math.round(ms / 1000)} s`;
    const timeout = () => new ReadTimeout(`no response ${limit}`);
    const work = (either: AbortSignal) => this.observe(readAt, either);
    try {
      const observation = await withTimeout(context.clock, ms, timeout, options.signal, work);
      this.schedule.readSucceeded();
      return observation;
    } catch (error) {
      if (options.signal?.aborted) throw error;
      if (!(error instanceof ZecError) && !(error instanceof ReadTimeout)) throw error;
      // Cut off between two tries of the client: why the last one failed says more.
      this.history.readFailed(error instanceof ReadTimeout ? (context.api.lastFailure ?? error) : error);
      const failure = error instanceof ZecError ? this.history.giveUp(error, this.elapsedMs) : undefined;
      if (failure === undefined) this.retryAfter(error);
      return failure;
    }
  }

  /** Reads both ends, or only the vNIC while only its change matters. A request, a success and the last read depend on both. */
  private async observe(readAt: number, signal: AbortSignal): Promise<Observation> {
    const { reader } = this.context;
    const known = this.instance;
    let nic: { readonly info: NicInfo | undefined } | undefined;
    const isKnown = known !== undefined && readAt < known.readAt + INSTANCE_REUSED_MS;
    if (isKnown && this.nicIsNext && readAt < this.deadline) {
      nic = { info: await reader.nic(this.target.nicId, signal, true) };
      const half = { nic: nic.info, instance: known.info };
      const view = viewOf(this.target, half);
      this.history.resolve(view, readAt);
      if (settledByNic(this.decide(view))) return half;
    }
    const instanceReadAt = this.now();
    const observation = await reader.both(this.target, signal, nic);
    this.instance = { info: observation.instance, readAt: instanceReadAt };
    return observation;
  }

  /** Sends the request. @returns a failure that a retry would not change */
  private async act(): Promise<OperationResult | undefined> {
    this.report(this.goal === 'attach' ? 'sending the attach request' : 'sending the detach request');
    try {
      const { requestId } = await this.send();
      this.history.requestAccepted(requestId, this.now());
      this.schedule.acted();
    } catch (error) {
      // The reason of an interruption may be an API error as well, which does not concern this request.
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
    if (this.now() < this.deadline) this.report(`retrying after: ${error.message}`);
  }

  private succeeds(observation: Observation): OperationResult {
    this.history.settle();
    return { ok: true, observation, acted: this.history.acted };
  }

  private fails(failure: FailureDetails): OperationResult {
    return { ok: false, error: this.history.errorOf(failure) };
  }

  private timesOut(): OperationResult {
    return this.fails(this.history.timeout(this.options.timeoutMs));
  }

  private decide(view: View) {
    return decide(this.goal, view, this.history.progress(this.now()), this.options.until);
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
