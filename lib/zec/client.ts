import { fullJitter, systemClock, type Clock } from './clock';
import { redactor } from './credentials';
import { ZecResponseError, ZecError } from './errors';
import { InFlightFiles, type InFlightStore } from './in-flight';
import { networkError } from './network-errors';
import { rateFile } from './rate-file';
import { RateLimiter, type RateStore } from './rate-limiter';
import { readResponse } from './responses';
import type { ZecSettings } from './settings';
import { requestHeaders } from './signing';
import { Transport, TransportError } from './transport';
import { acceptedSchema, instancesSchema, nicsSchema, startStopSchema } from './types';
import type * as Api from './types';

/** Options of {@link ZecClient}. */
export interface ZecClientOptions {
  readonly clock?: Clock;
  /** Returns a number from 0 to 1, which varies the delays between attempts. Default: `Math.random`. */
  readonly random?: () => number;
  /** Shares the rate limit with other processes. Default: the rate of this client only. */
  readonly rateStore?: RateStore;
}

const API_PATH = '/api/v2/zec';
const MAX_TRIES = 4;
const RETRY = { baseMs: 500, capMs: 8_000 };

/**
 * A client of the ZEC API with keep-alive connections and a rate limiter.
 *
 * Reads are tried up to 4 times on transient errors. Requests that change something are sent at most once per call: after an error
 * whose `outcome` is `unknown` the caller has to read the state before it retries. All requests go
 * through one {@link RateLimiter}; the timeout of a request begins when it is sent.
 */
export class ZecClient implements Api.ZecApi {
  readonly #settings: ZecSettings;
  readonly #transport: Transport;
  readonly #redact: (text: string) => string;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #limiter: RateLimiter;
  #failure: ZecError | undefined;

  public constructor(settings: ZecSettings, options: ZecClientOptions = {}) {
    const { clock = systemClock, random = Math.random, rateStore } = options;
    this.#settings = settings;
    this.#transport = new Transport(`${settings.scheme}://${settings.domain}`, settings.proxy);
    this.#redact = redactor(settings);
    this.#clock = clock;
    this.#random = random;
    this.#limiter = new RateLimiter(clock, random, rateStore);
  }

  public attachNetworkInterface(request: Api.AttachNetworkInterfaceRequest, options?: Api.CallOptions) {
    return this.call('AttachNetworkInterface', request, acceptedSchema, options);
  }

  public detachNetworkInterface(request: Api.DetachNetworkInterfaceRequest, options?: Api.CallOptions) {
    return this.call('DetachNetworkInterface', request, acceptedSchema, options);
  }

  public startInstances(request: Api.StartStopRequest, options?: Api.CallOptions) {
    return this.call('StartInstances', request, startStopSchema, options);
  }

  public stopInstances(request: Api.StartStopRequest, options?: Api.CallOptions) {
    return this.call('StopInstances', request, startStopSchema, options);
  }

  public describeNetworkInterfaces(request: Api.DescribeNetworkInterfacesRequest, options?: Api.CallOptions) {
    return this.read('DescribeNetworkInterfaces', request, nicsSchema, options);
  }

  public describeInstances(request: Api.DescribeInstancesRequest, options?: Api.CallOptions) {
    return this.read('DescribeInstances', request, instancesSchema, options);
  }

  public get lastFailure(): ZecError | undefined {
    return this.#failure;
  }

  public waitForRead(signal?: AbortSignal): Promise<void> {
    return this.#limiter.waitForRead(signal);
  }

  /** Closes all connections. Calls in flight fail with a `ZecNetworkError`. */
  public close(): Promise<void> {
    return this.#transport.close();
  }

  private async read<T extends Api.Accepted>(
    action: Api.Action,
    request: Api.Paging,
    schema: Api.ResponseSchema<T>,
    options: Api.CallOptions = {},
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const response = await this.call(action, request, schema, options);
        this.#failure = undefined;
        return response;
      } catch (error) {
        if (!(error instanceof ZecError) || error.kind !== 'transient' || attempt >= MAX_TRIES) throw error;
        // The caller must request a smaller page.
        if (error instanceof ZecResponseError && error.tooLarge && request.pageSize > 1) throw error;
        const waitMs = Math.max(fullJitter(attempt, RETRY, this.#random), error.retryAfterMs ?? 0);
        this.#failure = error;
        await this.#clock.sleep(waitMs, options.signal);
      }
    }
  }

  /** Sends one request when the rate limiter allows it. */
  private call<T extends Api.Accepted>(
    action: Api.Action,
    request: object,
    schema: Api.ResponseSchema<T>,
    options: Api.CallOptions = {},
  ): Promise<T> {
    return this.#limiter.acquire(action, options, async () => {
      options.onSend?.();
      const { domain, proxy, clientTimeoutMs: timeoutMs, credentials } = this.#settings;
      const body = JSON.stringify(request);
      const headers = requestHeaders({ action, domain, body, wallMs: this.#clock.wall(), credentials });
      const context = { action, domain, proxy, timeoutMs, redact: this.#redact };
      const { signal } = options;
      try {
        const response = await this.#transport.send({ path: API_PATH, headers, body, timeoutMs, signal });
        return readResponse(response, schema, { ...context, wallMs: this.#clock.wall() });
      } catch (error) {
        throw error instanceof TransportError ? networkError(error, context) : error;
      }
    });
  }
}

/** A client, and the in-flight requests. The processes of a user share both the rate and these requests. */
export interface Connection {
  /** Must be closed after use. */
  readonly api: ZecClient;
  readonly inFlight: InFlightStore;
}

export function connect(settings: ZecSettings): Connection {
  return {
    api: new ZecClient(settings, { rateStore: rateFile(settings, systemClock) }),
    inFlight: new InFlightFiles(settings, systemClock),
  };
}

/** Calls `use` with access to the API, and closes its connections. */
export async function withConnection<T>(
  settings: ZecSettings,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = connect(settings);
  try {
    return await use(connection);
  } finally {
    await connection.api.close();
  }
}
