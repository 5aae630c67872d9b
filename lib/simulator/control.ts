import type { IncomingMessage } from 'node:http';
import { InvalidInputError } from './check';
import type { Cloud } from './cloud';
import { readBody } from './http';
import type { WorldPatch } from './patch';

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
 * The status and the body of the response to a request under `/_sim/`. Only this machine may send one, and a web page in its
 * browser only if this server served it: `Host` must be a loopback name, and `Origin`, which browsers send, must be this
 * server.
 */
export async function controlResponse(cloud: Cloud, request: IncomingMessage): Promise<[number, unknown]> {
  const { socket, method = '', url = '' } = request;
  const { host = '', origin = `http://${host}` } = request.headers;
  if (
    !LOOPBACK_PEERS.has(socket.remoteAddress ?? '') ||
    !LOOPBACK_HOST.test(host) ||
    origin !== `http://${host}`
  ) {
    return [403, { error: 'the control of the simulator is available from this machine only' }];
  }
  const [path = ''] = url.split('?');
  const methods = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
  if (methods === undefined)
    return [404, { error: `unknown path; known paths: ${Object.keys(ROUTES).join(', ')}` }];
  const route = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (route === undefined) return [405, { error: `${path} supports: ${Object.keys(methods).join(', ')}` }];
  const { text, json } = await readBody(request, MAX_BODY_BYTES);
  if (json === undefined && text !== '') {
    return [400, { error: 'the body is not JSON of at most 64 MiB' }];
  }
  try {
    return [200, route(cloud, json)];
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return [400, { error: error.message, issues: error.issues }];
  }
}
