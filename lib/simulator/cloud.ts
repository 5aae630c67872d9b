import { ACTIONS, type Action } from '../zec/types';
import { failure, refuse, success, type Answer, type Refusal, type WholeAnswer } from './answers';
import { describeInstances, describeInstancesStatus, describeNics } from './describe';
import { faultRefusal, Faults, malformedPage, neverReachedApi, type FaultKind } from './faults';
import { loggable, MAX_LOGGED_REQUESTS, Ring, type LoggedRequest } from './history';
import type { WorldPatch } from './patch';
import { Random } from './random';
import { attachRefusal, detachRefusal, parseCall, RateLimit, type Call, type Parameters } from './rules';
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

interface Outcome {
  readonly refusal?: Refusal | undefined;
  readonly response?: Readonly<Record<string, unknown>>;
  readonly fault?: FaultKind | undefined;
}

/**
 * The simulated account, without HTTP: the API's actions, its limits, its faults, and the truth behind them.
 * It has no timers: all that is due happens at the next read, so a fake clock makes it deterministic.
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
    if (!isAction(action)) return this.turnDown(unknownAction(action));
    const requestId = this.ids.requestId();
    const handled = this.handled(action, parameters, requestId);
    this.record({ requestId, action, parameters }, handled);
    return handled.answer;
  }

  /** Answers a request that is rejected before its action is read, and logs it without its body. */
  public turnDown(refusal: Refusal, action?: string): WholeAnswer {
    const requestId = this.ids.requestId();
    const answer = failure(requestId, refusal);
    this.record(
      { requestId, action: action !== undefined && isAction(action) ? action : undefined },
      { answer },
    );
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
    const { kind, afterMs: delayMs = 0 } = fault;
    if (kind === 'reset' || kind === 'hang') return { answer: { kind, delayMs }, fault: kind };
    if (kind === 'status') {
      return { answer: { ...failure(requestId, faultRefusal(fault)), delayMs }, fault: kind };
    }
    const proper = neverReachedApi(fault) ? undefined : this.carriedOut(action, parameters, requestId).answer;
    const text = proper?.kind === 'answer' ? JSON.stringify(proper.body) : '';
    const page = malformedPage(fault, requestId, text);
    return { answer: { kind: 'malformed', delayMs, page }, fault: 'malformed' };
  }

  private carriedOut(action: Action, parameters: unknown, requestId: string): Handled {
    const call = parseCall(action, parameters);
    if ('refused' in call) return { answer: failure(requestId, call) };
    const outcome = this.perform(call, { kind: 'request', action, requestId });
    if (outcome.refusal !== undefined) return { answer: failure(requestId, outcome.refusal) };
    const dropped = this.faults.take(action, ['drop-after-apply']);
    if (dropped !== undefined) {
      return {
        answer: { kind: dropped.kind as 'drop-after-apply', delayMs: dropped.afterMs ?? 0 },
        fault: dropped.kind,
      };
    }
    return { answer: success(requestId, outcome.response ?? {}), fault: outcome.fault };
  }

  private perform(call: Call, by: Cause): Outcome {
    const { describeLagMs } = this.truth.settings;
    const lagMs = typeof describeLagMs === 'number' ? describeLagMs : this.lags.between(describeLagMs);
    switch (call.action) {
      case 'AttachNetworkInterface':
        return this.attach(call.parameters, by);
      case 'DetachNetworkInterface':
        return this.detach(call.parameters, by);
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

  private attach({ nicId, instanceId }: Parameters<'AttachNetworkInterface'>, by: Cause): Outcome {
    const nic = this.truth.nic(nicId);
    const instance = this.truth.instance(instanceId);
    // Those on their way to and from it included.
    const heldByInstance = this.truth.nics().filter((each) => each.instanceId === instanceId).length;
    const refusal = attachRefusal({ nic, instance, heldByInstance });
    if (refusal !== undefined || nic === undefined) return { refusal };
    const failing = this.asyncFailure('AttachNetworkInterface');
    this.truth.beginAttach(nic, instanceId, by, failing);
    return { fault: failing && 'fail-async' };
  }

  private detach({ nicId }: Parameters<'DetachNetworkInterface'>, by: Cause): Outcome {
    const nic = this.truth.nic(nicId);
    const instance = nic?.instanceId === undefined ? undefined : this.truth.instance(nic.instanceId);
    const refusal = detachRefusal({ nic, instance });
    if (refusal !== undefined || nic === undefined) return { refusal };
    const failing = this.asyncFailure('DetachNetworkInterface');
    this.truth.beginDetach(nic, by, failing);
    return { fault: failing && 'fail-async' };
  }

  private asyncFailure(action: Action): AsyncFailure | undefined {
    const rule = this.faults.take(action, ['fail-async']);
    return rule && { afterMs: rule.afterMs };
  }

  private record(
    request: {
      readonly requestId: string;
      readonly action?: Action | undefined;
      readonly parameters?: unknown;
    },
    { answer, fault }: Handled,
  ): void {
    const { requestId, action = null, parameters } = request;
    const secrets = this.credentials
      .flatMap(({ accessKeyPassword, token }) => [accessKeyPassword, token])
      .filter((secret) => secret !== undefined);
    this.log.add({
      time: new Date(this.truth.now()).toISOString(),
      action,
      ...(parameters === undefined ? {} : { parameters: loggable(parameters, secrets) }),
      status: answer.kind === 'answer' ? answer.status : null,
      code: answer.kind === 'answer' && 'code' in answer.body ? answer.body.code : null,
      requestId,
      ...(fault === undefined ? {} : { fault }),
    });
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
