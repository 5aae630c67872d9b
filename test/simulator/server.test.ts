import { createHash, createHmac } from 'node:crypto';
import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { startSimulator } from '../../lib/simulator';
import type { Simulator } from '../../lib/simulator';
import { KEY, world } from './worlds';

interface Raw {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}
interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

let simulator: Simulator;
beforeEach(async () => {
  simulator = await startSimulator({ world: world({ credentials: [KEY, { token: 'a-token' }] }) });
});
afterEach(() => simulator.close());

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** The headers of a signed request, implemented from the API's documentation, independently of the client. */
function signed(body: string, at = Date.now(), contentType = 'application/json'): Record<string, string> {
  const { host } = new URL(simulator.endpoint);
  const timestamp = String(Math.floor(at / 1000));
  const canonical = `POST\n/\n\ncontent-type:${contentType}\nhost:${host}\n\ncontent-type;host\n${sha256(body)}`;
  const hex = createHmac('sha256', KEY.accessKeyPassword)
    .update(`ZC2-HMAC-SHA256\n${timestamp}\n${sha256(canonical)}`)
    .digest('hex');
  return {
    host,
    'content-type': contentType,
    'x-zc-action': 'DescribeInstances',
    'x-zc-version': '2025-09-01',
    'x-zc-service': 'zec',
    'x-zc-timestamp': timestamp,
    'x-zc-signature-method': 'ZC2-HMAC-SHA256',
    authorization: `ZC2-HMAC-SHA256 Credential=${KEY.accessKeyId}, SignedHeaders=content-type;host, Signature=${hex}`,
  };
}

function send({ method = 'POST', path = '/api/v2/zec', body = '{}', headers = {} }: Sent = {}): Promise<Raw> {
  const all = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return new Promise((resolve, reject) => {
    const sent = request(
      simulator.endpoint + path,
      { method, headers: Object.fromEntries(all) },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
        response.on('error', reject);
      },
    );
    sent.on('error', reject).end(body);
  });
}

const codeOf = ({ status, text }: Raw) => [status, (JSON.parse(text) as { code?: string }).code];

test('a signed request succeeds with either content type, and the response has the cloud’s Date', async () => {
  for (const type of ['application/json', 'application/json; charset=utf-8']) {
    const response = await send({ headers: signed('{}', Date.now(), type) });
    expect(response.status).toBe(200);
    expect(JSON.parse(response.text)).toMatchObject({ response: { totalCount: 2 } });
    expect(Math.abs(Date.parse(response.headers.date ?? '') - simulator.cloud.now())).toBeLessThan(60_000);
  }
});

test('the older version of the API is served too', async () => {
  const headers = { ...signed('{}'), 'x-zc-version': '2024-04-01' };
  expect((await send({ headers })).status).toBe(200);
});

test('a request with a token needs no signature', async () => {
  const headers = { ...signed('{}'), 'x-zc-signature-method': undefined };
  expect((await send({ headers: { ...headers, authorization: 'Bearer a-token' } })).status).toBe(200);
  expect(codeOf(await send({ headers: { ...headers, authorization: 'Bearer b-token' } }))).toEqual([
    401,
    'AUTHFAILURE_INVALID_AUTHORIZATION',
  ]);
});

test.each<[string, (body: string) => Sent, number, string]>([
  [
    'another body',
    (body) => ({ headers: signed(body), body: '{"pageSize":1}' }),
    401,
    'AUTHFAILURE_SIGNATURE_FAILURE',
  ],
  [
    'another content type than signed',
    (body) => ({ headers: { ...signed(body), 'content-type': 'application/json; charset=utf-8' } }),
    401,
    'AUTHFAILURE_SIGNATURE_FAILURE',
  ],
  [
    'a clock ten minutes late',
    (body) => ({ headers: signed(body, Date.now() - 600_000) }),
    401,
    'AUTHFAILURE_SIGNATURE_EXPIRED',
  ],
  [
    'a clock ten minutes early',
    (body) => ({ headers: signed(body, Date.now() + 600_000) }),
    401,
    'AUTHFAILURE_SIGNATURE_EXPIRED',
  ],
  [
    'an unknown key',
    (body) => {
      const headers = signed(body);
      return { headers: { ...headers, authorization: headers.authorization?.replace('key-id', 'key-ie') } };
    },
    401,
    'AUTHFAILURE_SIGNATURE_FAILURE',
  ],
  [
    'no authorization',
    (body) => ({ headers: { ...signed(body), authorization: undefined } }),
    401,
    'AUTHFAILURE_INVALID_AUTHORIZATION',
  ],
  [
    'no version',
    (body) => ({ headers: { ...signed(body), 'x-zc-version': undefined } }),
    400,
    'INVALID_PARAMETER_VALUE',
  ],
  [
    'another service',
    (body) => ({ headers: { ...signed(body), 'x-zc-service': 'bmc' } }),
    400,
    'INVALID_PARAMETER_VALUE',
  ],
  [
    'a caller’s name with a bracket',
    (body) => ({ headers: { ...signed(body), 'x-zc-request-client': 'me(1)' } }),
    400,
    'INVALID_PARAMETER_PATTERN_ERROR',
  ],
  [
    'no action',
    (body) => ({ headers: { ...signed(body), 'x-zc-action': undefined } }),
    400,
    'MISSING_PARAMETER',
  ],
  ['another path', (body) => ({ headers: signed(body), path: '/api/v2/vm' }), 404, 'INVALID_REQUEST'],
  ['GET', (body) => ({ headers: signed(body), method: 'GET', body: '' }), 405, 'INVALID_REQUEST'],
  ['plain text', () => ({ headers: signed('{}', Date.now(), 'text/plain') }), 415, 'INVALID_REQUEST'],
  ['a body that is no object', () => ({ headers: signed('[]'), body: '[]' }), 400, 'INVALID_REQUEST'],
])('%s is rejected', async (_, sent, status, code) => {
  expect(codeOf(await send(sent('{}')))).toEqual([status, code]);
  expect(simulator.cloud.requests().at(-1)).toMatchObject({ status, code });
});

test('a body over the limit is rejected before it is read completely', async () => {
  const body = `{"name":"${'x'.repeat(2 * 1024 * 1024)}"}`;
  const result = await send({ headers: signed(body), body }).then(
    codeOf,
    (error: unknown) => (error as Error).message,
  );
  expect([[413, 'REQUEST_TOO_LARGE'], 'write EPIPE', 'read ECONNRESET', 'write ECONNRESET']).toContainEqual(
    result,
  );
  expect(simulator.cloud.requests().at(-1)).toMatchObject({ code: 'REQUEST_TOO_LARGE' });
});

test.each([
  ['reset', /ECONNRESET/],
  ['drop-after-apply', /socket hang up|ECONNRESET/],
] as const)('%s breaks the connection', async (kind, message) => {
  simulator.cloud.faults.set([{ kind }]);
  await expect(send({ headers: signed('{}') })).rejects.toThrow(message);
});

test('hang sends no response, and closing the simulator ends the connection', async () => {
  simulator.cloud.faults.set([{ kind: 'hang' }]);
  const pending = send({ headers: signed('{}') });
  pending.catch(() => undefined);
  while (simulator.cloud.requests().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await simulator.close();
  await expect(pending).rejects.toThrow();
});

test('malformed responses are not in the API’s form', async () => {
  simulator.cloud.faults.set([
    { kind: 'malformed', variant: 'challenge', times: 1 },
    { kind: 'malformed', variant: 'truncated', times: 1 },
    { kind: 'malformed', variant: 'oversized' },
  ]);
  const challenge = await send({ headers: signed('{}') });
  expect([challenge.status, challenge.headers['cf-mitigated']]).toEqual([403, 'challenge']);
  const truncated = await send({ headers: signed('{}') });
  expect(() => JSON.parse(truncated.text) as unknown).toThrow(SyntaxError);
  expect((await send({ headers: signed('{}') })).text.length).toBeGreaterThan(32 * 1024 * 1024);
});

describe('the control API', () => {
  const control = (method: string, path: string, body = '', headers: Record<string, string> = {}) =>
    send({ method, path: `/_sim/${path}`, body, headers });

  test('shows and changes the world', async () => {
    const patched = await control('PATCH', 'world', '{"nics":{"nic-1":{"name":"front"},"nic-2":null}}');
    expect(JSON.parse(patched.text)).toMatchObject({ nics: [{ nicId: 'nic-1', name: 'front' }] });
    expect((await control('GET', 'world')).text).toBe(patched.text);
    expect(simulator.cloud.world().nics).toHaveLength(1);
  });

  test('sets faults, shows requests and events, and resets', async () => {
    expect((await control('POST', 'faults', '[{"kind":"status","times":1}]')).status).toBe(200);
    expect((await send({ headers: signed('{}') })).status).toBe(503);
    expect(JSON.parse((await control('GET', 'faults')).text)).toMatchObject([{ hits: 1 }]);
    expect(JSON.parse((await control('GET', 'requests')).text)).toMatchObject([
      { action: 'DescribeInstances', parameters: {}, status: 503, code: 'SERVICE_TEMPORARY_UNAVAILABLE' },
    ]);
    expect(JSON.parse((await control('GET', 'events')).text)).toEqual([]);
    await control('POST', 'reset');
    expect(JSON.parse((await control('GET', 'requests')).text)).toEqual([]);
  });

  test.each<[string, () => Promise<Raw>, number]>([
    ['another host name', () => control('GET', 'world', '', { host: 'evil.example' }), 403],
    ['an unknown path', () => control('GET', 'toString'), 404],
    ['another method', () => control('DELETE', 'world'), 405],
    ['a body that is no JSON', () => control('PATCH', 'world', '{'), 400],
    [
      'a change that is impossible',
      () => control('PATCH', 'world', '{"nics":{"nic-1":{"status":"USED"}}}'),
      400,
    ],
  ])('rejects %s', async (_, ask, status) => {
    const before = simulator.cloud.world();
    const response = await ask();
    expect(response.status).toBe(status);
    expect((JSON.parse(response.text) as { error: string }).error).not.toBe('');
    expect(simulator.cloud.world()).toEqual(before);
  });
});

test('the request log never holds a secret, wherever it appears', async () => {
  const body = JSON.stringify({ name: `x${KEY.accessKeyPassword}y` });
  await send({ headers: signed(body), body });
  expect(simulator.cloud.requests()).toHaveLength(1);
  expect(JSON.stringify(simulator.cloud.requests())).not.toContain(KEY.accessKeyPassword);
});

test('half of latencyMs is added before the request and half after it', async () => {
  simulator.cloud.patch({ settings: { latencyMs: 200 } });
  const sentAt = Date.now();
  const { status } = await send({ headers: signed('{}') });
  const respondedAt = Date.now();
  const carriedOutAt = Date.parse(simulator.cloud.requests()[0]?.time ?? '');
  expect(status).toBe(200);
  expect(carriedOutAt - sentAt).toBeGreaterThan(80);
  expect(respondedAt - carriedOutAt).toBeGreaterThan(80);
});
