import type { Dispatcher } from 'undici';
// The public entry loads all of undici, which delays the first request.
import Pool from 'undici/lib/dispatcher/pool.js';
import { onAbort } from './clock';
import { Connector } from './connector';
import type { Proxy } from './proxy';

/** Maximum size of a response, in bytes. */
export const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;
export const MAX_CONNECTIONS = 16;
/** How long an idle connection is kept, in milliseconds: longer than the longest poll interval. */
const KEEP_ALIVE_MS = 10_000;

export interface RawRequest {
  readonly path: string;
  /** Contain a `host` header, which is sent unchanged because the signature covers it. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Why there is no response. `too-large`: it exceeds {@link MAX_RESPONSE_BYTES}. */
export type TransportFailure = 'connection' | 'timeout' | 'too-large' | 'closed';

/** A request without a complete response. */
export class TransportError extends Error {
  public constructor(
    public readonly reason: TransportFailure,
    /** Whether a part of the request may have been sent. */
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
  readonly #dispatcher: Dispatcher | Promise<Dispatcher>;
  #closed = false;

  public constructor(
    private readonly origin: string,
    proxy?: Proxy,
  ) {
    const options = {
      connections: MAX_CONNECTIONS,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // One timer covers the whole request.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    this.#dispatcher =
      proxy === undefined
        ? new Pool(origin, { ...options, connect: this.#connector.connect })
        : proxied(proxy, options);
  }

  /** Sends one request, once. @throws TransportError, or the signal's reason as soon as it aborts. */
  public async send(request: RawRequest): Promise<RawResponse> {
    const state = { sent: false };
    const dispatcher = await this.#dispatcher;
    request.signal?.throwIfAborted();
    try {
      return await exchange(dispatcher, { ...request, origin: this.origin }, state);
    } catch (error) {
      throw this.#closed ? new TransportError('closed', state.sent) : error;
    }
  }

  public async close(): Promise<void> {
    this.#closed = true;
    this.#connector.close();
    await (await this.#dispatcher).destroy();
  }
}

/**
 * Connections through a proxy. Loaded on demand, because few need it, and by private paths: they add 20 kB to each bundle,
 * the public entry 264 kB.
 */
async function proxied(proxy: Proxy, options: object): Promise<Dispatcher> {
  const { default: ProxyAgent } = await import('undici/lib/dispatcher/proxy-agent.js');
  const { default: connect } = await import('undici/lib/api/api-connect.js');
  // Explicit, because NODE_TLS_REJECT_UNAUTHORIZED=0 changes the default.
  const tls = { rejectUnauthorized: true };
  return new ProxyAgent({
    ...options,
    uri: proxy.uri.reveal(),
    requestTls: tls,
    proxyTls: tls,
    // The public entry gives every dispatcher this method; here only the one that needs it has it.
    clientFactory: (origin, poolOptions) => Object.assign(new Pool(origin, poolOptions), { connect }),
  });
}

/** @param state `sent` is set just before the request is written to a connection */
function exchange(
  dispatcher: Dispatcher,
  request: RawRequest & { readonly origin: string },
  state: { sent: boolean },
): Promise<RawResponse> {
  const { origin, path, headers, body, timeoutMs, signal } = request;
  let abandon: (reason: Error) => void = () => undefined;
  const timer = setTimeout(() => abandon(new TransportError('timeout', state.sent)), timeoutMs);
  const remove = onAbort(signal, () => abandon(signal?.reason as Error));
  const response = new Promise<RawResponse>((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let abandoned: Error | undefined;
    let head: Omit<RawResponse, 'body'> = { status: 0, headers: {} };
    const chunks: Buffer[] = [];
    let length = 0;
    abandon = (reason) => {
      abandoned = reason;
      reject(reason);
      // Closes the connection, if there is one: a response may still arrive on it.
      controller?.abort(reason);
    };
    const options = {
      origin,
      path,
      method: 'POST',
      headers: { ...headers },
      body,
      idempotent: false,
    } as const;
    dispatcher.dispatch(options, {
      onRequestStart: (started) => {
        controller = started;
        if (abandoned === undefined) state.sent = true;
        else started.abort(abandoned);
      },
      onResponseStart: (_, status, received) => {
        // Use the last one: a 1xx response is followed by another.
        head = { status, headers: received };
      },
      onResponseData: (_, chunk) => {
        length += chunk.length;
        if (length > MAX_RESPONSE_BYTES) abandon(new TransportError('too-large', true));
        else chunks.push(chunk);
      },
      onResponseEnd: () => resolve({ ...head, body: Buffer.concat(chunks, length) }),
      onResponseError: (_, error) => reject(abandoned ?? new TransportError('connection', state.sent, error)),
    });
  });
  return response.finally(() => {
    clearTimeout(timer);
    remove();
  });
}
