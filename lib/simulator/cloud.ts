import { ACTIONS } from './actions';
import { Faults, applyFault, type ActionName, type FaultRule } from './faults';
import { addNewest, loggable, MAX_LOGGED_REQUESTS, type LoggedRequest } from './history';
import type { WorldPatch } from './patch';
import { Random } from './random';
import { failure, refuse, success } from './responses';
import type { ApiResponse, Refusal, SimulatedResponse } from './responses';
import { RateLimit } from './rules';
import { GroundTruth, type TruthEvent } from './truth';
import { parseWorld, type World, type WorldCredential, type WorldInput } from './world';

/** Options of {@link Cloud}. */
export interface CloudOptions {
  /** The initial world. @see WorldInput */
  readonly world: WorldInput;
  /** Returns the time in milliseconds since the Unix epoch. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

interface Handled {
  readonly response: SimulatedResponse;
  /** The fault rule that acted on the request. */
  readonly fault?: FaultRule | undefined;
}

/**
 * A simulated account without HTTP: the actions of the API, its limits, and injected faults. It has no timers. Changes that
 * are due complete at the next read, so it is deterministic with a fake clock.
 */
export class Cloud {
  /** The fault rules, which apply to HTTP requests and to {@link handle}. */
  public readonly faults = new Faults();
  private readonly start: World;
  private readonly clock: () => number;
  private truth!: GroundTruth;
  private log!: LoggedRequest[];
  private rateLimit!: RateLimit;
  private ids!: Random;
  private lags!: Random;

  /** @throws InvalidInputError if the world is invalid */
  public constructor({ world, now = Date.now }: CloudOptions) {
    let time = -Infinity;
    // The cloud's time is monotonic, even if the machine's is not.
    this.clock = () => (time = Math.max(time, now()));
    this.start = parseWorld(world);
    this.reset();
  }

  /**
   * Handles an authenticated request like the API.
   * @param action the value of `X-ZC-Action`
   * @param parameters the body, already parsed
   * @returns the response, or the effect of a fault rule on the connection
   */
  public handle(action: string, parameters: unknown = {}): SimulatedResponse {
    if (!isAction(action)) {
      const name = JSON.stringify(action.slice(0, 64));
      return this.reject(refuse('AUTHFAILURE_UNAUTHORIZED_OPERATION', `X-ZC-Action: no action ${name}`));
    }
    const requestId = this.ids.requestId();
    const handled = this.handled(action, parameters, requestId);
    this.record(action, requestId, handled, parameters);
    return handled.response;
  }

  /** Rejects a request before its action is handled, and logs it without its body. */
  public reject(refusal: Refusal, action = ''): ApiResponse {
    const requestId = this.ids.requestId();
    const response = failure(requestId, refusal);
    this.record(isAction(action) ? action : null, requestId, { response });
    return response;
  }

  /** The time of the cloud, in milliseconds since the Unix epoch. */
  public now(): number {
    return this.truth.now();
  }

  /** The round trip of a request, in milliseconds. */
  public get latencyMs(): number {
    return this.truth.settings.latencyMs;
  }

  public get credentials(): readonly WorldCredential[] {
    return this.truth.credentials;
  }

  /** The current world in the format of a world file, without the lag of reads. Includes the secrets of the credentials. */
  public world(): World {
    return this.truth.world();
  }

  /** Applies a patch to the world, completely or not at all. @throws InvalidInputError with all issues */
  public patch(patch: WorldPatch): void {
    this.truth.patch(patch);
  }

  /** The last 10,000 requests to the API, oldest first. */
  public requests(): LoggedRequest[] {
    return [...this.log];
  }

  /** The last 10,000 changes of vNICs, oldest first. */
  public events(): TruthEvent[] {
    this.truth.now();
    return [...this.truth.events];
  }

  /** Resets to the initial world, and removes all requests, events and fault rules. */
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
      return {
        response: failure(requestId, { ...refusal, ...(retryAfter && { retryAfter: String(wait) }) }),
      };
    }
    const carryOut = () => this.carriedOut(action, parameters, requestId);
    const fault = this.faults.useRule(action, ['reset', 'hang', 'status', 'malformed']);
    if (fault === undefined) return carryOut();
    return { response: applyFault(fault, requestId, () => carryOut().response), fault };
  }

  private carriedOut(action: ActionName, parameters: unknown, requestId: string): Handled {
    const { describeLagMs } = this.truth.settings;
    const result = ACTIONS[action](parameters, {
      truth: this.truth,
      lagMs: typeof describeLagMs === 'number' ? describeLagMs : this.lags.between(describeLagMs),
      by: { kind: 'request', action, requestId },
      takeAsyncFault: () => this.faults.useRule(action, ['fail-async']),
    });
    if ('refused' in result) return { response: failure(requestId, result) };
    const response = success(requestId, result.response);
    const dropped = this.faults.useRule(action, ['drop-after-apply']);
    return dropped === undefined
      ? { response, fault: result.fault }
      : { response: applyFault(dropped, requestId, () => response), fault: dropped };
  }

  private record(
    action: string | null,
    requestId: string,
    { response, fault }: Handled,
    parameters?: unknown,
  ): void {
    const secrets = this.credentials
      .flatMap(({ accessKeyPassword, token }) => [accessKeyPassword, token])
      .filter((secret) => secret !== undefined);
    addNewest(this.log, MAX_LOGGED_REQUESTS, {
      time: new Date(this.truth.now()).toISOString(),
      action,
      ...(parameters === undefined ? {} : { parameters: loggable(parameters, secrets) }),
      status: response.kind === 'response' ? response.status : null,
      code: response.kind === 'response' && 'code' in response.body ? response.body.code : null,
      requestId,
      ...(fault === undefined ? {} : { fault: fault.kind }),
    });
  }
}

function isAction(name: string): name is ActionName {
  return Object.hasOwn(ACTIONS, name);
}
