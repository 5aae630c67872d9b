import type { Dispatcher } from 'undici';
// The public entry loads all of undici: `zec-nic delete` takes 116 ms to its first request with it, 89 ms without.
import Pool from 'undici/lib/dispatcher/pool.js';
import { orAborted } from './clock';
import { Connector } from './connector';

/** Largest response that is read, in bytes. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** The maximum number of connections to the API. */
export const MAX_CONNECTIONS = 16;
/** How long an idle connection is kept, in milliseconds: longer than the longest poll interval. */
const KEEP_ALIVE_MS = 10_000;

export interface RawRequest {
  readonly path: string;
  /** With a `host` header, which goes over the wire as it is: the signature covers it. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/**
 * Why there is no response. `too-large`: it has more than {@link MAX_ANSWER_BYTES}. `https-expected`: the server takes no
 * plain HTTP.
 */
export type TransportFailure = 'connection' | 'timeout' | 'too-large' | 'closed' | 'https-expected';

/** A request without a complete response. */
export class TransportError extends Error {
  public constructor(
    public readonly reason: TransportFailure,
    /** Whether any of the request may have reached the network. */
    public readonly sent: boolean,
    /** The error of the network, for `connection`. */
    public readonly network?: Error,
  ) {
    super(reason);
    this.name = 'TransportError';
  }
}

/** Sends POST requests to one host over keep-alive connections. Never repeats a request. */
export class Transport {
  readonly #connector = new Connector();
  readonly #pool: Pool;
  #answered = false;
  #closed = false;

  public constructor(origin: string) {
    this.#pool = new Pool(origin, {
      connections: MAX_CONNECTIONS,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connect: this.#connector.connect,
      // One timer covers the whole of a request.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /**
   * Sends one request, once.
   * @throws TransportError, or the signal's reason as soon as it aborts.
   */
  public async send(request: RawRequest): Promise<RawAnswer> {
    const exchange = new Exchange();
    try {
      const answer = await this.#run(exchange, request);
      this.#answered = true;
      return answer;
    } catch (error) {
      if (this.#closed) throw new TransportError('closed', exchange.sent);
      if (await this.#isHttpsExpected(error, request.signal))
        throw new TransportError('https-expected', false);
      throw error;
    }
  }

  async #run(exchange: Exchange, request: RawRequest): Promise<RawAnswer> {
    const { path, headers, body, timeoutMs, signal } = request;
    signal?.throwIfAborted();
    const onAbort = () => exchange.abandon(signal?.reason as Error);
    const timeout = () => exchange.abandon(new TransportError('timeout', exchange.sent));
    const timer = setTimeout(timeout, timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const options = { path, method: 'POST', headers: { ...headers }, body, idempotent: false } as const;
      this.#pool.dispatch(options, exchange);
      return await exchange.answer;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Servers of HTTPS close a plain connection without a word. */
  async #isHttpsExpected(error: unknown, signal: AbortSignal | undefined): Promise<boolean> {
    const isLost = error instanceof TransportError && error.reason === 'connection' && error.sent;
    return isLost && !this.#answered && (await orAborted(this.#connector.isPlainRefused(), signal));
  }

  /** Ends all requests and connections. */
  public async close(): Promise<void> {
    this.#closed = true;
    this.#connector.close();
    await this.#pool.destroy();
  }
}

/** One request and its response, as the pool reports them. */
class Exchange implements Dispatcher.DispatchHandler {
  public readonly answer: Promise<RawAnswer>;
  /** Whether the request may have been sent: set just before the pool writes to the connection. */
  public sent = false;
  private resolve: (answer: RawAnswer) => void = () => undefined;
  private reject: (error: Error) => void = () => undefined;
  private controller: Dispatcher.DispatchController | undefined;
  private abandoned: Error | undefined;
  private status = 0;
  private headers: RawAnswer['headers'] = {};
  private readonly chunks: Buffer[] = [];
  private length = 0;

  public constructor() {
    this.answer = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** Abandons the request. Its connection, if it has one, is closed: a response may still arrive on it. */
  public abandon(reason: Error): void {
    this.abandoned = reason;
    this.reject(reason);
    this.controller?.abort(reason);
  }

  public onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.abandoned === undefined) this.sent = true;
    else controller.abort(this.abandoned);
  }

  /** The last one counts: a 1xx response is followed by another. */
  public onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    headers: RawAnswer['headers'],
  ): void {
    this.status = status;
    this.headers = headers;
  }

  public onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.length += chunk.length;
    if (this.length > MAX_ANSWER_BYTES) this.abandon(new TransportError('too-large', true));
    else this.chunks.push(chunk);
  }

  public onResponseEnd(): void {
    const { status, headers } = this;
    this.resolve({ status, headers, body: Buffer.concat(this.chunks, this.length) });
  }

  public onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.reject(this.abandoned ?? new TransportError('connection', this.sent, error));
  }
}
