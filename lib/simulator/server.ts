import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRecord } from './check';
import { Cloud, type CloudOptions } from './cloud';
import { controlResponse } from './control';
import { readBody, sendJson } from './http';
import { authRefusal, headerRefusal } from './request';
import { refuse, type SimulatedResponse } from './responses';

const PATH = '/api/v2/zec';
const MAX_BODY_BYTES = 1024 * 1024;
const HOST = '127.0.0.1';

/** Options of {@link startSimulator}. */
export interface SimulatorOptions extends CloudOptions {
  /** The port on 127.0.0.1. Default: 0, which selects a free port. */
  readonly port?: number | undefined;
  /** The key and certificate for HTTPS as `localhost`. Default: HTTP. */
  readonly tls?: { readonly keyPem: string; readonly certificatePem: string } | undefined;
}

/** A running simulator. */
export interface Simulator {
  /** Its URL, such as `http://127.0.0.1:8080`. The API is at `/api/v2/zec`, the control interface at `/_sim/`. */
  readonly endpoint: string;
  /** The simulated account. */
  readonly cloud: Cloud;
  /** Closes all connections, and stops listening. */
  close(): Promise<void>;
}

/**
 * Starts a simulated ZEC API on 127.0.0.1.
 * @throws InvalidInputError if the world is invalid, and a system error if the port is in use
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const cloud = new Cloud(options);
  const closing = new AbortController();
  // Each delayed request adds a listener.
  setMaxListeners(0, closing.signal);
  const { port: wanted = 0, tls } = options;
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    serve(cloud, request, response, closing.signal).catch(() => response.destroy());
  };
  const server =
    tls === undefined
      ? createServer(listener)
      : createTlsServer({ key: tls.keyPem, cert: tls.certificatePem }, listener);
  server.on('clientError', (_, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(wanted, HOST, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: tls === undefined ? `http://${HOST}:${port}` : `https://localhost:${port}`,
    cloud,
    close: () =>
      new Promise((resolve) => {
        closing.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  cloud: Cloud,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  if (request.url?.startsWith('/_sim/') === true) {
    const [status, body] = await controlResponse(cloud, request);
    sendJson(response, status, `${JSON.stringify(body)}\n`);
    return;
  }
  const halfway = cloud.latencyMs / 2;
  if (halfway > 0) await sleep(halfway, undefined, { signal });
  const simulated = await responseTo(cloud, request);
  const delayMs = simulated.delayMs + halfway;
  if (delayMs > 0) await sleep(delayMs, undefined, { signal });
  deliver(simulated, response, cloud.now());
}

async function responseTo(cloud: Cloud, request: IncomingMessage): Promise<SimulatedResponse> {
  const { headers, method, url } = request;
  const action = String(headers['x-zc-action'] ?? '');
  const reject = (...refusal: Parameters<typeof refuse>) => cloud.reject(refuse(...refusal), action);
  if (url !== PATH) return reject('INVALID_REQUEST', `The path must be ${PATH}.`, 404);
  if (method !== 'POST') return reject('INVALID_REQUEST', 'The method must be POST.', 405);
  const { text: body, json } = await readBody(request, MAX_BODY_BYTES);
  if (body === undefined) return reject('REQUEST_TOO_LARGE', 'The body must be UTF-8 of at most 1 MiB.');
  const signed = { headers, body, nowMs: cloud.now(), credentials: cloud.credentials };
  const refusal = headerRefusal(headers) ?? authRefusal(signed);
  if (refusal !== undefined) return cloud.reject(refusal, action);
  if (headers['x-zc-action'] === undefined) return reject('MISSING_PARAMETER', 'X-ZC-Action: missing');
  if (!isRecord(json)) return reject('INVALID_REQUEST', 'The body must be a JSON object.');
  return cloud.handle(action, json);
}

/** Sends a response, or applies a fault to the connection. */
function deliver(simulated: SimulatedResponse, response: ServerResponse, nowMs: number): void {
  switch (simulated.kind) {
    case 'hang':
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'drop-after-apply':
      response.socket?.destroy();
      return;
    case 'malformed':
      response.writeHead(simulated.response.status, { ...simulated.response.headers });
      response.end(simulated.response.text);
      return;
    case 'response':
      sendJson(response, simulated.status, JSON.stringify(simulated.body), {
        ...simulated.headers,
        'content-type': 'application/json; charset=utf-8',
        date: new Date(nowMs).toUTCString(),
      });
  }
}
