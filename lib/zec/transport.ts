import type { Agent, AgentOptions, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Duplex } from 'node:stream';

/** Largest answer that is read, in bytes. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
/** Most connections to the API at one time. */
export const MAX_CONNECTIONS = 16;
/** An idle connection is dropped after this long, in milliseconds: longer than the time between two looks. */
const KEEP_ALIVE_MS = 10_000;
const TCP_KEEP_ALIVE_MS = 60_000;

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

/** Why there is no answer. `too-large` is an answer of more than {@link MAX_ANSWER_BYTES}. */
export type FailureReason = 'connection' | 'timeout' | 'too-large' | 'closed';

/** A request without a whole answer. */
export class TransportError extends Error {
  public constructor(
    public readonly reason: FailureReason,
    /** Whether any of the request may have reached the network. */
    public readonly sent: boolean,
    /** The error of the network, for `connection`. */
    public readonly network?: Error,
  ) {
    super(reason);
    this.name = 'TransportError';
  }
}

/** Kept-alive connections to one host, over which POST requests go one at a time each. Never repeats a request. */
export class Transport {
  readonly #origin: string;
  readonly #secure: boolean;
  readonly #client: HttpClient;
  readonly #agent: Agent;
  readonly #open = new Set<Exchange>();
  /** Connections that carried a request before. */
  readonly #ready = new WeakSet<Duplex>();
  #closed = false;

  public constructor(origin: string) {
    this.#origin = origin;
    this.#secure = origin.startsWith('https:');
    // Only the one that is needed: TLS takes as long to load as everything else that a request needs.
    this.#client = process.getBuiltinModule(this.#secure ? 'node:https' : 'node:http');
    this.#agent = new this.#client.Agent({
      keepAlive: true,
      keepAliveMsecs: TCP_KEEP_ALIVE_MS,
      maxSockets: MAX_CONNECTIONS,
      // For idle connections; a server that announces less has its way. One timer covers the whole of a request.
      timeout: KEEP_ALIVE_MS,
      // Said outright, because NODE_TLS_REJECT_UNAUTHORIZED=0 changes the default.
      ...(this.#secure ? { rejectUnauthorized: true } : {}),
    });
  }

  /**
   * Sends one request, once.
   * @throws TransportError, or the signal's reason as soon as it aborts.
   */
  public send({ path, headers, body, timeoutMs, signal }: RawRequest): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      if (this.#closed) {
        reject(new TransportError('closed', false));
        return;
      }
      const request = this.#client.request(this.#origin + path, {
        agent: this.#agent,
        method: 'POST',
        headers,
      });
      const onAbort = () => exchange.abandon(signal?.reason as Error);
      const timer = setTimeout(
        () => exchange.abandon(new TransportError('timeout', exchange.sent)),
        timeoutMs,
      );
      const release = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        this.#open.delete(exchange);
      };
      const exchange = new Exchange(
        request,
        (answer) => {
          release();
          resolve(answer);
        },
        (error) => {
          release();
          reject(error);
        },
      );
      this.#open.add(exchange);
      signal?.addEventListener('abort', onAbort, { once: true });
      request.once('socket', (socket) => this.watch(socket, exchange));
      request.end(body);
    });
  }

  /** Ends all requests and connections. */
  public close(): Promise<void> {
    this.#closed = true;
    for (const exchange of this.#open) exchange.abandon(new TransportError('closed', exchange.sent));
    this.#agent.destroy();
    return Promise.resolve();
  }

  /** A request leaves when its connection is there: for TLS, when the server has proved who it is. */
  private watch(socket: Duplex, exchange: Exchange): void {
    if (this.#ready.has(socket)) {
      exchange.sent = true;
      return;
    }
    socket.once(this.#secure ? 'secureConnect' : 'connect', () => {
      this.#ready.add(socket);
      exchange.sent = true;
    });
  }
}

/** What `node:http` and `node:https` have in common. */
interface HttpClient {
  readonly Agent: new (options: AgentOptions) => Agent;
  readonly request: (url: string, options: RequestOptions) => ClientRequest;
}

/** One request and its answer. */
class Exchange {
  /** Whether any of the request may have left. */
  public sent = false;
  private abandoned: Error | undefined;
  private readonly chunks: Buffer[] = [];
  private length = 0;

  public constructor(
    private readonly request: ClientRequest,
    private readonly resolve: (answer: RawAnswer) => void,
    private readonly reject: (error: Error) => void,
  ) {
    request.once('response', (response) => this.read(response));
    // A connection may break in several ways at once; the first one tells why.
    request.on('error', (error) => this.fail(error));
    request.once('close', () => this.fail(new Error('the connection was closed')));
  }

  /** Gives the request up. Its connection, if it has one, is discarded, for an answer may still be on its way. */
  public abandon(reason: Error): void {
    this.abandoned ??= reason;
    this.reject(this.abandoned);
    this.request.destroy();
  }

  private fail(error: Error): void {
    this.reject(this.abandoned ?? new TransportError('connection', this.sent, error));
  }

  private read(response: IncomingMessage): void {
    response.on('error', (error) => this.fail(error));
    response.on('data', (chunk: Buffer) => {
      this.length += chunk.length;
      if (this.length > MAX_ANSWER_BYTES) this.abandon(new TransportError('too-large', true));
      else this.chunks.push(chunk);
    });
    response.on('end', () =>
      this.resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: Buffer.concat(this.chunks, this.length),
      }),
    );
  }
}
