import { withTimeout } from '../zec/clock';
import { ZecError } from '../zec/errors';
import type { InstanceInfo, NicInfo } from '../zec/types';
import { AttemptHistory } from './attempt-history';
import { decide, NO_ATTEMPTS, dependsOnNicOnly, type Goal } from './decide';
import { interrupted, refusedByApi, timedOut, type FailureDetails } from './errors';
import type { OperationContext, OperationOptions, OperationResult } from './options';
import { PollSchedule } from './polling';
import { earliestTrustedRead } from './stale-reads';
import { viewOf, type Observation, type Target, type View } from './view';

/** Maximum time from a read to the detach that is based on it, in milliseconds. A detach does not name the instance. */
const DETACH_WITHIN_MS = 2_000;

/** Maximum age of a reused read of the instance, in milliseconds. */
const INSTANCE_MAX_AGE_MS = 30_000;
/** Timeout of the read at the deadline, in milliseconds, including the wait for the rate limiter. */
const LAST_READ_MS = 5_000;

class Timeout extends Error {}

/** The reconcile loop: read both ends, decide, send at most one request, wait. */
export class Operation {
  private readonly history: AttemptHistory;
  private readonly schedule: PollSchedule;
  private readonly startedAt: number;
  private readonly deadline: number;
  /** Whether the next change is expected in the vNIC only. */
  private nicIsNext = false;
  private instance: { readonly info: InstanceInfo | undefined; readonly readAt: number } | undefined;

  public constructor(
    private readonly context: OperationContext,
    private readonly goal: Goal,
    private readonly target: Target,
    private readonly options: OperationOptions,
  ) {
    const now = this.now();
    this.startedAt = options.startedAt ?? now;
    // At least one read, also if the caller has waited until the timeout.
    this.deadline = Math.max(this.startedAt + options.timeoutMs, now + 1);
    this.history = new AttemptHistory(goal, target, context.inFlight);
    this.schedule = new PollSchedule(context, this.deadline);
  }

  /** Runs the operation. Failures of the API or the network, and an abort, are results and not exceptions. */
  public async run(): Promise<OperationResult> {
    try {
      const release = await this.acquireLock();
      return await this.reconcile().finally(release);
    } catch (error) {
      if (this.options.signal?.aborted) return this.fails(interrupted(this.goal, this.history.lastRead));
      if (!(error instanceof Timeout)) throw error;
      const state = 'another operation of this process on the vNIC is still running';
      return this.fails(timedOut(this.options.timeoutMs, state));
    }
  }

  private acquireLock(): Promise<() => void> {
    const { lock, clock } = this.context;
    const { signal } = this.options;
    const { nicId } = this.target;
    if (!lock.isHeld(nicId)) return lock.acquire(nicId, signal);
    this.report('waiting for another operation of this process on the vNIC');
    const acquire = (either: AbortSignal) => lock.acquire(nicId, either);
    return withTimeout(clock, this.deadline - this.now(), () => new Timeout(), signal, acquire);
  }

  private async reconcile(): Promise<OperationResult> {
    let recent = this.goal === 'attach' ? this.options.recentObservation : undefined;
    // Only an attach may be based on the observation of the caller.
    if (recent && decide('attach', viewOf(this.target, recent), NO_ATTEMPTS).kind !== 'act')
      recent = undefined;
    for (;;) {
      const readAt = this.now();
      this.schedule.lastAt = readAt;
      this.schedule.recheckAt = undefined;
      const observation = recent ?? (await this.read(readAt));
      recent = undefined;
      if (observation !== undefined && 'reason' in observation) return this.fails(observation);
      const end = observation === undefined ? undefined : await this.step(observation, readAt);
      if (end !== undefined) return end;
      if (this.now() >= this.deadline) return this.timesOut();
      await this.schedule.pause(this.options.signal);
      // Unless the API has never responded, read once more: the change may have just completed.
      if (this.now() >= this.deadline && this.history.lastView === undefined) return this.timesOut();
    }
  }

  private async step(observation: Observation, readAt: number): Promise<OperationResult | undefined> {
    const { goal, target, options, history } = this;
    const view = viewOf(target, observation);
    if (history.observed(view, readAt)) this.schedule.changedAt = this.now();
    const decision = this.decide(view);
    this.nicIsNext = decision.kind === 'act' || (decision.kind === 'wait' && decision.nicOnly === true);
    const requests = this.context.inFlight.requests(target.nicId);
    const trusted = earliestTrustedRead(goal, target, decision, requests, this.now());
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
        // There would be no time left to read the effect.
        if (this.now() >= this.deadline) return undefined;
        const failure = await this.act();
        if (failure !== undefined) return failure;
        const isEnough = goal === 'attach' && options.until === 'requested' && history.wasAccepted;
        return isEnough ? this.succeeds(observation) : undefined;
      }
    }
  }

  /** Reads once. Returns `undefined` if the read failed and is to be retried, or a failure that a retry would not change. */
  private async read(readAt: number): Promise<Observation | FailureDetails | undefined> {
    const { context, options } = this;
    const leftMs = Math.max(0, this.deadline - readAt);
    // No extra time for an API that has never responded.
    const extraMs = leftMs > 0 && this.history.lastView === undefined ? 0 : LAST_READ_MS;
    const ms = Math.min(context.readTimeoutMs, leftMs + extraMs);
    const limit = ms < context.readTimeoutMs ? 'before the timeout' : `within ${Math.round(ms / 1000)} s`;
    const timeout = () => new Timeout(`no response ${limit}`);
    const work = (either: AbortSignal) => this.observe(readAt, either);
    try {
      const observation = await withTimeout(context.clock, ms, timeout, options.signal, work);
      this.schedule.readSucceeded();
      return observation;
    } catch (error) {
      if (options.signal?.aborted) throw error;
      if (!(error instanceof ZecError) && !(error instanceof Timeout)) throw error;
      // If the timeout interrupted the client's retries, report the error of its last attempt.
      this.history.readFailed(error instanceof Timeout ? (context.api.lastFailure ?? error) : error);
      const failure = error instanceof ZecError ? this.history.giveUp(error, this.elapsedMs) : undefined;
      if (failure === undefined) this.retryAfter(error);
      return failure;
    }
  }

  /** Reads the vNIC and the instance, or only the vNIC while the decision depends on it only. The last read reads both. */
  private async observe(readAt: number, signal: AbortSignal): Promise<Observation> {
    const { reader } = this.context;
    const known = this.instance;
    let nic: { readonly info: NicInfo | undefined } | undefined;
    const isKnown = known !== undefined && readAt < known.readAt + INSTANCE_MAX_AGE_MS;
    if (isKnown && this.nicIsNext && readAt < this.deadline) {
      nic = { info: await reader.nic(this.target.nicId, signal, true) };
      const half = { nic: nic.info, instance: known.info };
      const view = viewOf(this.target, half);
      this.history.updatePending(view, readAt);
      if (dependsOnNicOnly(this.decide(view))) return half;
    }
    const instanceReadAt = this.now();
    const observation = await reader.read(this.target, signal, nic);
    this.instance = { info: observation.instance, readAt: instanceReadAt };
    return observation;
  }

  /** Sends the request. Returns a failure that a retry would not change. */
  private async act(): Promise<OperationResult | undefined> {
    this.report(this.goal === 'attach' ? 'sending the attach request' : 'sending the detach request');
    try {
      const { requestId } = await this.send();
      this.history.requestAccepted(requestId, this.now());
      this.schedule.acted();
    } catch (error) {
      // The reason of an abort may be a ZecError of another operation.
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
      // An attach may be sent late, because the API refuses one that is no longer possible.
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
    const view = this.history.lastView;
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
