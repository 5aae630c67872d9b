import { ACTIONS } from './actions';
import { failure, refuse, success, type Answer, type Refusal, type WholeAnswer } from './answers';
import { Faults, faultyAnswer, type ActionName, type FaultRule } from './faults';
import { addNewest, loggable, MAX_LOGGED_REQUESTS, type LoggedRequest } from './history';
import type { WorldPatch } from './patch';
import { Random } from './random';
import { RateLimit } from './rules';
import { GroundTruth, type TruthEvent } from './truth';
import { parseWorld, type World, type WorldCredential, type WorldInput } from './world';

export interface CloudOptions {
  /** The initial world. @see WorldInput */
  readonly world: WorldInput;
  /** The time in milliseconds since the Unix epoch; by default the machine's. A test gives its own. */
  readonly now?: (() => number) | undefined;
}

interface Handled {
  readonly answer: Answer;
  /** The fault rule that acted on the request. */
  readonly fault?: FaultRule | undefined;
}

/**
 * The simulated account, without HTTP: the API's actions, its limits, its faults, and the truth behind them.
 * It has no timers: what is due is carried out at the next read, so a fake clock makes it deterministic.
 */
export class Cloud {
  /** The fault rules, which apply to HTTP and to {@link handle}. */
  public readonly faults = new Faults();
  private readonly start: World;
  private readonly clock: () => number;
  private truth!: GroundTruth;
  private log!: LoggedRequest[];
  private rateLimit!: RateLimit;
  private ids!: Random;
  private lags!: Random;

  /** @throws InvalidInputError if the world is invalid, naming every mistake */
  public constructor({ world, now = Date.now }: CloudOptions) {
    let time = -Infinity;
    // The cloud's time never goes back, even if the machine's does.
    this.clock = () => (time = Math.max(time, now()));
    this.start = parseWorld(world);
    this.reset();
  }

  /**
   * Responds to an authenticated request as the API would.
   * @param action the value of `X-ZC-Action`
   * @param parameters the body, already parsed
   * @returns the answer, or, if a fault rule applies, what happens to the connection
   */
  public handle(action: string, parameters: unknown = {}): Answer {
    if (!isAction(action)) {
      const name = JSON.stringify(action.slice(0, 64));
      return this.reject(refuse('AUTHFAILURE_UNAUTHORIZED_OPERATION', `X-ZC-Action: no action ${name}`));
    }
    const requestId = this.ids.requestId();
    const handled = this.handled(action, parameters, requestId);
    this.record(action, requestId, handled, parameters);
    return handled.answer;
  }

  /** Answers a request that is rejected before its action is read, and logs it without its body. */
  public reject(refusal: Refusal, action = ''): WholeAnswer {
    const requestId = this.ids.requestId();
    const answer = failure(requestId, refusal);
    this.record(isAction(action) ? action : null, requestId, { answer });
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

  /** The accepted credentials. */
  public get credentials(): readonly WorldCredential[] {
    return this.truth.credentials;
  }

  /** The current world as a world file, without the lag of Describe. It contains the secrets. */
  public world(): World {
    return this.truth.world();
  }

  /** Changes the world as a whole or not at all. @throws InvalidInputError naming every mistake */
  public patch(patch: WorldPatch): void {
    this.truth.patch(patch);
  }

  /** The newest requests of the API path, oldest first. */
  public requests(): LoggedRequest[] {
    return [...this.log];
  }

  /** The newest changes of vNICs, oldest first. */
  public events(): TruthEvent[] {
    this.truth.now();
    return [...this.truth.events];
  }

  /** Resets to the initial world: no requests, no events, no faults. */
  public reset(): void {
    const stream = (name: string) => new Random(this.start.settings.seed, name);
    this.truth = new GroundTruth(this.start, this.clock);
    this.log = [];
    this.rateLimit = new RateLimit();
    this.ids = stream('requests');
    this.lags = stream('lags');
    this.faults.reset(stream('faults'));
  }

  private handled(action: ActionName, parameters: unknown, requestId: string): Handled {
    const { rateLimitPerSecond, retryAfter } = this.truth.settings;
    const wait = this.rateLimit.take(rateLimitPerSecond, this.truth.now());
    if (wait > 0) {
      const refusal = refuse('REQUEST_LIMIT_EXCEEDED', 'The request rate exceeds the limit of the account.');
      return { answer: failure(requestId, { ...refusal, ...(retryAfter && { retryAfter: String(wait) }) }) };
    }
    const carryOut = () => this.carriedOut(action, parameters, requestId);
    const fault = this.faults.take(action, ['reset', 'hang', 'status', 'malformed']);
    if (fault === undefined) return carryOut();
    return { answer: faultyAnswer(fault, requestId, () => carryOut().answer), fault };
  }

  private carriedOut(action: ActionName, parameters: unknown, requestId: string): Handled {
    const { describeLagMs } = this.truth.settings;
    const result = ACTIONS[action](parameters, {
      truth: this.truth,
      lagMs: typeof describeLagMs === 'number' ? describeLagMs : this.lags.between(describeLagMs),
      by: { kind: 'request', action, requestId },
      takeAsyncFault: () => this.faults.take(action, ['fail-async']),
    });
    if ('refused' in result) return { answer: failure(requestId, result) };
    const answer = success(requestId, result.response);
    const dropped = this.faults.take(action, ['drop-after-apply']);
    return dropped === undefined
      ? { answer, fault: result.fault }
      : { answer: faultyAnswer(dropped, requestId, () => answer), fault: dropped };
  }

  private record(
    action: string | null,
    requestId: string,
    { answer, fault }: Handled,
    parameters?: unknown,
  ): void {
    const secrets = this.credentials
      .flatMap(({ accessKeyPassword, token }) => [accessKeyPassword, token])
      .filter((secret) => secret !== undefined);
    addNewest(this.log, MAX_LOGGED_REQUESTS, {
      time: new Date(this.truth.now()).toISOString(),
      action,
      ...(parameters === undefined ? {} : { parameters: loggable(parameters, secrets) }),
      status: answer.kind === 'answer' ? answer.status : null,
      code: answer.kind === 'answer' && 'code' in answer.body ? answer.body.code : null,
      requestId,
      ...(fault === undefined ? {} : { fault: fault.kind }),
    });
  }
}

function isAction(name: string): name is ActionName {
  return Object.hasOwn(ACTIONS, name);
}
