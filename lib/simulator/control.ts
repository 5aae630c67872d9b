import type { IncomingMessage, ServerResponse } from 'node:http';
import { InvalidInputError } from './check';
import type { Cloud } from './cloud';
import type { WorldPatch } from './patch';
import { parseJson, readBody } from './request';

const MAX_BODY_BYTES = 64 * 1024 * 1024;
const LOOPBACK_PEERS = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);
const LOOPBACK_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/;

type Route = (cloud: Cloud, body: unknown) => unknown;

const ROUTES: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  '/_sim/world': {
    GET: (cloud) => cloud.world(),
    PATCH: (cloud, body) => {
      cloud.patch(body as WorldPatch);
      return cloud.world();
    },
  },
  '/_sim/requests': { GET: (cloud) => cloud.requests() },
  '/_sim/events': { GET: (cloud) => cloud.events() },
  '/_sim/faults': {
    GET: (cloud) => cloud.faults.list(),
    POST: (cloud, body) => {
      cloud.faults.set(body);
      return cloud.faults.list();
    },
  },
  '/_sim/reset': {
    POST: (cloud) => {
      cloud.reset();
      return cloud.world();
    },
  },
};

/**
 * Answers a request under `/_sim/`. Only this machine may ask, and a web page it shows may not, unless it comes from
 * here: `Host` must be loopback, whatever name led here, and `Origin`, which browsers send, must be this very server.
 */
export async function answerControl(
  cloud: Cloud,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { remoteAddress = '' } = request.socket;
  const { host = '', origin = `http://${host}` } = request.headers;
  if (!LOOPBACK_PEERS.has(remoteAddress) || !LOOPBACK_HOST.test(host) || origin !== `http://${host}`) {
    reply(response, 403, { error: 'the control of the simulator answers to this machine only' });
    return;
  }
  const [path = ''] = (request.url ?? '').split('?');
  const methods = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  if (methods === undefined) {
    reply(response, 404, { error: `there are: ${Object.keys(ROUTES).join(', ')}` });
    return;
  }
  const { method = '' } = request;
  const route = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (route === undefined) {
    reply(response, 405, { error: `${path} knows: ${Object.keys(methods).join(', ')}` });
    return;
  }
  const text = await readBody(request, MAX_BODY_BYTES);
  const body = text === undefined ? undefined : parseJson(text);
  if (body === undefined && text !== '') {
    reply(response, 400, { error: 'the body is not JSON of at most 64 MiB' });
    return;
  }
  try {
    reply(response, 200, route(cloud, body));
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    reply(response, 400, { error: error.message, issues: error.issues });
  }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...(response.req.complete ? {} : { connection: 'close' }),
  });
  response.end(text);
}
