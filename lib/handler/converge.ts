import type { Clock } from '../zec/clock';
import { ZecError, ZecNetworkError } from '../zec/errors';
import type { InFlightStore, SentRequest } from '../zec/in-flight';
import type { InstanceInfo, ZecApi } from '../zec/types';
import { decide, settledByNic } from './decide';
import type { Decision, Goal, Until } from './decide';
import type { Durations } from './durations';
import { interrupted, refusedByApi, refusedByDecision, timedOut } from './endings';
import type { Ending } from './endings';
import { OperationError } from './errors';
import { Journal } from './journal';
import { describeView, viewOf } from './observation';
import type { Observation, Target, View } from './observation';
import type { Observer } from './observer';
import { pollDelay, troubleDelay } from './polling';
import type { Rounds } from './rounds';
import { trustedFrom } from './stale-reads';
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
  /** Ends the operation early; it then fails with the reason `interrupted`. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: ProgressEvent) => void) | undefined;
}

export interface ConvergeContext {
  readonly api: ZecApi;
  readonly observer: Observer;
  /** Shared by all operations that might meet at a vNIC. */
  readonly turns: Turns;
  readonly rounds: Rounds;
  readonly durations: Readonly<Record<Goal, Durations>>;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  /** How long one look may take, in milliseconds. */
  readonly lookTimeoutMs: number;
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

/** How long what was seen of an instance may still be shown while only the vNIC is looked at, in milliseconds. */
const INSTANCE_SHOWN_MS = 30_000;

/** For the sake of others a look may come later by this part of the time that was waited already. */
const PATIENCE = 0.25;

/** The first look waits for the next round, up to this long for each that waits for it already, in milliseconds. */
const COMPANY_MS = 10;

/** A look that took longer than one request may. */
class LookTimeout extends Error {}

class Convergent {
  private readonly journal: Journal;
  private readonly turn: Turn;
  private readonly startedAt: number;
  private readonly deadline: number;
  /** The next read is asked for at this moment: what the last one showed may be from before a request that was sent. */
  private recheckAt: number | undefined;
  /** Our requests that the API accepted. */
  private readonly accepted: SentRequest[] = [];
  private changedAt: number;
  private shown = '';
  private actedAt: number | undefined;
  /** Our request was accepted, and nothing but its beginning was seen since. */
  private underWay = false;
  /** The last look at the instance, while the next one may be at the vNIC alone. */
  private instance: { readonly info: InstanceInfo | undefined; readonly seenAt: number } | undefined;
  /** The API asked for a pause until this moment. */
  private holdUntil = 0;
  private troubles = 0;
  private lastTrouble: Error | undefined;

  public constructor(
    private readonly context: ConvergeContext,
    private readonly goal: Goal,
    private readonly target: Target,
    private readonly options: OperationOptions,
  ) {
    this.journal = new Journal(goal);
    this.turn = context.turns.join(target.nicId);
    this.startedAt = context.clock.now();
    this.deadline = this.startedAt + options.timeoutMs;
    this.changedAt = this.startedAt;
  }

  public async run(): Promise<Convergence> {
    const { rounds } = this.context;
    try {
      const patienceMs = Math.min(this.options.timeoutMs, rounds.waiting * COMPANY_MS);
      if (patienceMs > 0) await rounds.wait(0, patienceMs, this.options.signal);
      for (;;) {
        const result = await this.step();
        if (result !== undefined) return result;
        const left = this.deadline - this.now();
        if (left <= 0) return this.fails(this.tooLate());
        await this.pause(left);
      }
    } catch (error) {
      if (this.options.signal?.aborted) return this.fails(interrupted(this.goal, this.shown));
      throw error;
    } finally {
      this.turn.leave();
    }
  }

  private async step(): Promise<Convergence | undefined> {
    const askedAt = this.now();
    this.turn.looking();
    this.recheckAt = undefined;
    const observation = await this.look();
    if (observation === undefined) return undefined;
    if (observation instanceof ZecError) return this.fails(refusedByApi(observation));
    const view = viewOf(this.target, observation);
    this.note(view, askedAt);
    const decision = decide(this.goal, view, this.journal.progress(this.now()), this.options.until);
    if (this.mayBeStale(decision, askedAt)) {
      this.report('re-checking shortly: a request that was sent a moment ago may not show yet');
      return undefined;
    }
    switch (decision.kind) {
      case 'done':
        for (const each of this.accepted) each.settled();
        if (this.actedAt !== undefined) this.context.durations[this.goal].add(this.now() - this.actedAt);
        return { ok: true, observation, view, acted: this.actedAt !== undefined };
      case 'fail':
        return this.fails(refusedByDecision(decision));
      case 'wait':
        this.report(`waiting for ${decision.reason}`, decision);
        return undefined;
      case 'act':
        // The last look happens at the deadline: nothing could be confirmed after it.
        if (this.now() >= this.deadline) return undefined;
        if (this.turn.mayAct()) return this.act();
        this.report('waiting for another operation of this process on the vNIC');
        return undefined;
    }
  }

  private mayBeStale(decision: Decision, askedAt: number): boolean {
    const now = this.now();
    const requests = this.context.inFlight.requests(this.target.nicId);
    const from = trustedFrom(this.goal, this.target, decision, requests, now);
    if (askedAt >= from) return false;
    this.recheckAt = from;
    return true;
  }

  /** One look; `undefined` if it told nothing and may be repeated, an error if repeating it is pointless. */
  private async look(): Promise<Observation | ZecError | undefined> {
    const { clock, lookTimeoutMs } = this.context;
    const finished = new AbortController();
    const timeout = new AbortController();
    const signals = [timeout.signal, ...(this.options.signal === undefined ? [] : [this.options.signal])];
    clock.sleep(lookTimeoutMs, finished.signal).then(
      () => timeout.abort(new LookTimeout(`no answer within ${lookTimeoutMs / 1000} s`)),
      () => undefined,
    );
    try {
      const observation = await this.observe(AbortSignal.any(signals));
      this.troubles = 0;
      return observation;
    } catch (error) {
      if (this.options.signal?.aborted) throw error;
      if (!(error instanceof ZecError) && !(error instanceof LookTimeout)) throw error;
      this.journal.lookFailed(error);
      if (error instanceof ZecError && (error.kind === 'terminal' || this.isUnreachable(error))) return error;
      this.trouble(error);
      return undefined;
    } finally {
      finished.abort();
    }
  }

  /**
   * Looks at both ends; at the vNIC alone as long as that one settles that there is only to wait, or that an attach
   * was accepted. A decision to act, or that both ends agree, always comes from a whole look.
   */
  private async observe(signal: AbortSignal): Promise<Observation> {
    const { observer } = this.context;
    const known = this.instance;
    this.instance = undefined;
    const now = this.now();
    if (known === undefined || now >= Math.min(this.deadline, known.seenAt + INSTANCE_SHOWN_MS)) {
      const observation = await observer.look(this.target, signal);
      this.instance = { info: observation.instance, seenAt: now };
      return observation;
    }
    const nic = await observer.nic(this.target.nicId, { signal, atOnce: true });
    if (settledByNic(this.goal, viewOf(this.target, { nic, instance: known.info }), this.options.until)) {
      this.instance = known;
      return { nic, instance: known.info };
    }
    const seenAt = this.now();
    const observation = await observer.complete(this.target, nic, signal);
    this.instance = { info: observation.instance, seenAt };
    return observation;
  }

  private async act(): Promise<Convergence | undefined> {
    const { nicId, instanceId } = this.target;
    this.report(this.goal === 'attach' ? 'sending the attach request' : 'sending the detach request');
    this.journal.sending(this.now());
    const sentAt = this.now();
    let sent: SentRequest | undefined;
    const options = {
      signal: this.options.signal,
      sendBefore: this.deadline,
      onSend: () => {
        sent = this.context.inFlight.add(nicId, { goal: this.goal, instanceId });
      },
    };
    try {
      const { requestId } = await this.turn.act(() =>
        this.goal === 'attach'
          ? this.context.api.attachNetworkInterface(this.target, options)
          : this.context.api.detachNetworkInterface({ nicId }, options),
      );
      this.actedAt = sentAt;
      if (sent !== undefined) this.accepted.push(sent);
      this.journal.accepted(requestId, this.now());
      this.underWay = true;
    } catch (error) {
      // An interruption, too, may have an error of the API as its reason: it says nothing of this request.
      if (!(error instanceof ZecError) || error === this.options.signal?.reason) throw error;
      if (error.outcome === 'unknown') this.actedAt = sentAt;
      else sent?.refused();
      this.journal.rejected(error, this.now());
      if (error.kind === 'terminal') return this.fails(refusedByApi(error));
      this.report(`looking again after: ${error.message}`);
      if (error.kind === 'transient') this.trouble(error);
    }
    this.changedAt = this.now();
    return undefined;
  }

  private trouble(error: Error): void {
    this.troubles += 1;
    this.lastTrouble = error;
    if (error instanceof ZecError && error.retryAfterMs !== undefined) {
      this.holdUntil = this.now() + error.retryAfterMs;
    }
    this.report(`trying again after: ${error.message}`);
  }

  private isUnreachable(error: ZecError): boolean {
    const { last } = this.journal;
    return (
      error instanceof ZecNetworkError && last === undefined && this.now() - this.startedAt >= UNREACHABLE_MS
    );
  }

  private async pause(leftMs: number): Promise<void> {
    const { clock, durations, random, rounds } = this.context;
    const { signal } = this.options;
    const now = this.now();
    if (this.troubles > 0) {
      const delay = Math.max(troubleDelay(this.troubles, random()), this.holdUntil - now);
      await clock.sleep(Math.min(leftMs, delay), signal);
      return;
    }
    if (this.recheckAt !== undefined) {
      await clock.sleep(Math.min(leftMs, this.recheckAt - now), signal);
      return;
    }
    const expected = this.underWay ? durations[this.goal].expectation : undefined;
    const sinceMs = now - this.changedAt;
    const delay = Math.min(leftMs, pollDelay(sinceMs, random(), expected));
    await rounds.wait(delay, Math.min(leftMs - delay, sinceMs * PATIENCE), signal);
  }

  private note(view: View, askedAt: number): void {
    this.journal.saw(view, askedAt);
    const shown = describeView(view);
    const begun = this.underWay && (view.nicStatus === 'ATTACHING' || view.nicStatus === 'DETACHING');
    if (shown !== this.shown && !begun) {
      this.changedAt = this.now();
      this.underWay = false;
    }
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
