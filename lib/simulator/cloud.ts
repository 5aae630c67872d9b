import type { NicId } from '../zec/ids';
import { ACTIONS, type Action } from '../zec/types';
import {
  codeOf,
  failure,
  isRefusal,
  refuse,
  success,
  type Answer,
  type Refusal,
  type WholeAnswer,
} from './answers';
import { describeInstances, describeInstancesStatus, describeNics } from './describe';
import { Faults, type FaultKind, type FaultRule } from './faults';
import { malformedPage, neverReachedApi } from './malformed';
import { parseCall, type Call, type Parameters } from './parameters';
import type { WorldPatch } from './patch';
import { Random } from './random';
import { RateLimit } from './rate-limit';
import { loggable, MAX_LOGGED_REQUESTS, type LoggedRequest } from './request-log';
import { Ring } from './ring';
import { attachRefusal, detachRefusal, heldBy } from './rules';
import { GroundTruth, type AsyncFailure, type Cause, type TruthEvent } from './truth';
import { parseWorld, type World, type WorldCredential, type WorldInput } from './world';

export interface CloudOptions {
  /** The starting world. @see WorldInput */
  readonly world: WorldInput;
  /** The time in milliseconds since the Unix epoch; by default the machine's. A test gives its own. */
  readonly now?: (() => number) | undefined;
}

/** What the API has to say, and which kind of fault rule had a hand in it. */
interface Handled {
  readonly answer: Answer;
  readonly fault?: FaultKind | undefined;
}

/**
 * The simulated account, without HTTP: the API's actions, its limits, its faults, and the truth behind them.
 * It has no timers: all that is due happens when somebody looks, so a made clock makes it deterministic.
 */
export class Cloud {
  /** What goes wrong. Shared by HTTP and by {@link handle}. */
  public readonly faults: Faults;
  private readonly log = new Ring<LoggedRequest>(MAX_LOGGED_REQUESTS);
  private readonly truth: GroundTruth;
  private rateLimit = new RateLimit();
  private ids: Random;
  private lags: Random;

  /** @throws InvalidInputError if the world is not a possible one, naming every mistake */
  public constructor(options: CloudOptions) {
    this.truth = new GroundTruth(parseWorld(options.world), options.now ?? Date.now);
    this.ids = this.stream('requests');
    this.lags = this.stream('lags');
    this.faults = new Faults(this.stream('faults'));
  }

  /**
   * Answers a request as the API would, once it knows who is asking.
   * @param action the value of `X-ZC-Action`
   * @param parameters the body, already parsed
   * @returns the answer, or, if a fault rule acts on it, what becomes of the connection
   */
  public handle(action: string, parameters: unknown = {}): Answer {
    const requestId = this.ids.requestId();
    if (!isAction(action)) {
      return this.logged({ requestId }, { answer: failure(requestId, unknownAction(action)) });
    }
    return this.logged({ requestId, action, parameters }, this.handled(action, parameters, requestId));
  }

  /** Answers a request that is turned down before the API looks at its action, and logs it without its body. */
  public turnDown(refusal: Refusal, action?: string): WholeAnswer {
    const requestId = this.ids.requestId();
    const answer = failure(requestId, refusal);
    const known = action !== undefined && isAction(action) ? { action } : {};
    this.logged({ requestId, ...known }, { answer });
    return answer;
  }

  /** The time of the cloud, in milliseconds since the Unix epoch. */
  public now(): number {
    return this.truth.now();
  }

  /** The round trip of a request, in milliseconds. */
  public get latencyMs(): number {
    return this.truth.settings.latencyMs;
  }

  /** Who may call. */
  public get credentials(): readonly WorldCredential[] {
    return this.truth.credentials;
  }

  /** All there is now, as a world file: the truth, whatever Describe shows. It holds the secrets. */
  public world(): World {
    return this.truth.world();
  }

  /** Changes the world, all at once or not at all. @throws InvalidInputError naming every mistake */
  public patch(patch: WorldPatch): void {
    this.truth.patch(patch);
  }

  /** The newest requests of the API path, oldest first. */
  public requests(): LoggedRequest[] {
    return this.log.entries();
  }

  /** What became of the vNICs since the start, oldest first. */
  public events(): TruthEvent[] {
    this.truth.now();
    return this.truth.events.entries();
  }

  /** Back to the starting world: no requests, no events, no faults. */
  public reset(): void {
    this.truth.reset();
    this.log.clear();
    this.rateLimit = new RateLimit();
    this.ids = this.stream('requests');
    this.lags = this.stream('lags');
    this.faults.reset(this.stream('faults'));
  }

  private handled(action: Action, parameters: unknown, requestId: string): Handled {
    const wait = this.rateLimit.take(this.truth.settings.rateLimitPerSecond, this.truth.now());
    if (wait > 0) return { answer: failure(requestId, tooMany(wait)) };
    const fault = this.faults.take(action, ['reset', 'hang', 'status', 'malformed']);
    if (fault === undefined) return this.carriedOut(action, parameters, requestId);
    const delayMs = fault.afterMs ?? 0;
    switch (fault.kind) {
      case 'reset':
      case 'hang':
        return { answer: { kind: fault.kind, delayMs }, fault: fault.kind };
      case 'status':
        return { answer: { ...failure(requestId, faultRefusal(fault)), delayMs }, fault: 'status' };
      case 'malformed':
      case 'drop-after-apply':
      case 'fail-async': {
        const proper = neverReachedApi(fault)
          ? ''
          : bodyOf(this.carriedOut(action, parameters, requestId).answer);
        const page = malformedPage(fault, requestId, proper);
        return { answer: { kind: 'malformed', delayMs, page }, fault: 'malformed' };
      }
    }
  }

  private carriedOut(action: Action, parameters: unknown, requestId: string): Handled {
    const call = parseCall(action, parameters);
    if (isRefusal(call)) return { answer: failure(requestId, call) };
    const by: Cause = { kind: 'request', action, requestId };
    const outcome = this.perform(call, by);
    if (outcome.refusal !== undefined) return { answer: failure(requestId, outcome.refusal) };
    const dropped = this.faults.take(action, ['drop-after-apply']);
    if (dropped !== undefined) {
      const answer: Answer = { kind: 'drop-after-apply', delayMs: dropped.afterMs ?? 0 };
      return { answer, fault: 'drop-after-apply' };
    }
    return { answer: success(requestId, outcome.response ?? {}), fault: outcome.fault };
  }

  private perform(
    call: Call,
    by: Cause,
  ): {
    readonly refusal?: Refusal | undefined;
    readonly response?: Record<string, unknown>;
    fault?: FaultKind;
  } {
    const lagMs = this.lagMs();
    switch (call.action) {
      case 'AttachNetworkInterface':
        return this.attach(call.parameters, by);
      case 'DetachNetworkInterface':
        return this.detach(call.parameters.nicId, by);
      case 'DescribeNetworkInterfaces':
        return { response: describeNics(this.truth.nics(lagMs), call.parameters) };
      case 'DescribeInstances': {
        const nics = this.truth.nics(lagMs);
        return { response: describeInstances(this.truth.instances(lagMs), nics, call.parameters) };
      }
      case 'DescribeInstancesStatus':
        return { response: describeInstancesStatus(this.truth.instances(lagMs), call.parameters) };
    }
  }

  private lagMs(): number {
    const { describeLagMs } = this.truth.settings;
    return typeof describeLagMs === 'number' ? describeLagMs : this.lags.between(describeLagMs);
  }

  private attach({ nicId, instanceId }: Parameters<'AttachNetworkInterface'>, by: Cause) {
    const nic = this.truth.nic(nicId);
    const instance = this.truth.instance(instanceId);
    const heldByInstance = heldBy(instanceId, this.truth.nics());
    const refusal = attachRefusal({ nic, instance, heldByInstance });
    if (refusal !== undefined || nic === undefined) return { refusal };
    const failing = this.failing('AttachNetworkInterface');
    this.truth.beginAttach(nic, instanceId, by, failing);
    return failing === undefined ? {} : { fault: 'fail-async' as const };
  }

  private detach(nicId: NicId, by: Cause) {
    const nic = this.truth.nic(nicId);
    const instance = nic?.instanceId === undefined ? undefined : this.truth.instance(nic.instanceId);
    const refusal = detachRefusal({ nic, instance });
    if (refusal !== undefined || nic === undefined) return { refusal };
    const failing = this.failing('DetachNetworkInterface');
    this.truth.beginDetach(nic, by, failing);
    return failing === undefined ? {} : { fault: 'fail-async' as const };
  }

  private failing(action: Action): AsyncFailure | undefined {
    const rule = this.faults.take(action, ['fail-async']);
    return rule === undefined ? undefined : { afterMs: rule.afterMs };
  }

  private logged(
    request: { readonly requestId: string; readonly action?: Action; readonly parameters?: unknown },
    { answer, fault }: Handled,
  ): Answer {
    const secrets = this.credentials.flatMap(({ accessKeyPassword, token }) =>
      [accessKeyPassword, token].filter((secret) => secret !== undefined),
    );
    this.log.add({
      time: new Date(this.truth.now()).toISOString(),
      action: request.action ?? null,
      ...(request.parameters === undefined ? {} : { parameters: loggable(request.parameters, secrets) }),
      status: answer.kind === 'answer' ? answer.status : null,
      code: answer.kind === 'answer' && 'code' in answer.body ? answer.body.code : null,
      requestId: request.requestId,
      ...(fault === undefined ? {} : { fault }),
    });
    return answer;
  }

  private stream(name: string): Random {
    return new Random(this.truth.settings.seed, name);
  }
}

function isAction(name: string): name is Action {
  return (ACTIONS as readonly string[]).includes(name);
}

function unknownAction(name: string): Refusal {
  return refuse('INVALID_PARAMETER', `X-ZC-Action: ${JSON.stringify(name.slice(0, 64))} is no action of zec`);
}

function tooMany(seconds: number): Refusal {
  return {
    ...refuse('REQUEST_LIMIT_EXCEEDED', 'The request rate exceeds the limit of the account.'),
    retryAfter: String(seconds),
  };
}

function faultRefusal({ status = 503, code, message, retryAfter }: FaultRule): Refusal {
  return {
    ...refuse('INTERNAL_SERVER_ERROR', message ?? 'The simulator was told to fail.', status),
    code: code ?? codeOf(status),
    retryAfter: retryAfter === undefined ? undefined : String(retryAfter),
  };
}

function bodyOf(answer: Answer): string {
  return answer.kind === 'answer' ? JSON.stringify(answer.body) : '';
}
