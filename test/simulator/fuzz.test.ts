import { connect } from 'node:net';
import fc from 'fast-check';
import { Cloud, InvalidInputError, parseWorld, startSimulator } from '../../lib/simulator';
import type { Simulator } from '../../lib/simulator';
import { ACTION_NAMES } from '../../lib/simulator/faults';
import { Secret } from '../../lib/zec/credentials';
import { requestHeaders } from '../../lib/zec/signing';
import type { Action } from '../../lib/zec/types';
import { fuzz } from '../support/fuzz';
import { broken, hostileJson, hostileKey, hostileText, hostileValue } from '../support/hostile';
import { instance, KEY, nic, world } from './worlds';

const maybe = (likely: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 4, arbitrary: likely }, { weight: 1, arbitrary: hostileValue });
const object = (entries: fc.Arbitrary<readonly (readonly [string, unknown])[]>) =>
  entries.map((all) => Object.fromEntries(all) as unknown);

const FIELDS = [
  'nicId',
  'instanceId',
  'status',
  'regionId',
  'zoneId',
  'nicType',
  'lbAssociated',
  'accessKeyId',
  'token',
];
const entry = maybe(
  fc.oneof(
    fc.constantFrom<unknown>(nic('nic-1'), instance('ins-1'), KEY, nic('nic-9', { instanceId: 'ins-1' })),
    object(
      fc.array(fc.tuple(fc.oneof(fc.constantFrom(...FIELDS), hostileKey), hostileValue), { maxLength: 4 }),
    ),
  ),
);
const PARTS = ['instances', 'nics', 'credentials', 'settings'];
const byId = object(fc.array(fc.tuple(fc.oneof(fc.constant('nic-1'), hostileKey), entry), { maxLength: 3 }));
const worldLike = object(
  fc.array(
    fc.tuple(
      fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...PARTS) }, { weight: 1, arbitrary: hostileKey }),
      maybe(fc.oneof(fc.array(entry, { maxLength: 3 }), byId)),
    ),
    { maxLength: 4 },
  ),
);

function expectPlainError(error: unknown): void {
  expect(error).toBeInstanceOf(InvalidInputError);
  const { message } = error as Error;
  expect(message.length).toBeLessThan(20_000);
  expect(message.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  expect(message).not.toContain(KEY.accessKeyPassword);
}

fuzz(
  'any value in a world file is either a valid world or rejected with its mistakes',
  [fc.oneof(worldLike, hostileValue)],
  (value) => {
    try {
      const parsed = parseWorld(value);
      expect(parseWorld(parsed)).toEqual(parsed);
    } catch (error) {
      expectPlainError(error);
    }
  },
);

fuzz(
  'a change of the world is applied as a whole or not at all',
  [fc.oneof(worldLike, hostileValue)],
  (patch) => {
    const cloud = new Cloud({ world: world(), now: () => 0 });
    const before = cloud.world();
    try {
      cloud.patch(patch as never);
      expect(() => parseWorld(cloud.world())).not.toThrow();
    } catch (error) {
      expectPlainError(error);
      expect(cloud.world()).toEqual(before);
    }
  },
  300,
);

fuzz(
  'a list of fault rules is accepted or rejected as a whole',
  [
    fc.oneof(
      hostileValue,
      fc.array(
        object(
          fc.array(
            fc.tuple(
              fc.constantFrom(
                'action',
                'kind',
                'status',
                'times',
                'probability',
                'afterMs',
                'retryAfter',
                '__proto__',
              ),
              maybe(fc.constantFrom<unknown>('*', 'reset', 'status', 503, 1, 0.5)),
            ),
            { maxLength: 5 },
          ),
        ),
        { maxLength: 3 },
      ),
    ),
  ],
  (rules) => {
    const cloud = new Cloud({ world: world(), now: () => 0 });
    cloud.faults.set([{ kind: 'reset' }]);
    try {
      cloud.faults.set(rules);
    } catch (error) {
      expectPlainError(error);
      expect(cloud.faults.list()).toHaveLength(1);
    }
  },
);

describe('over HTTP', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator({ world: world({ settings: { attachMs: [1, 1], detachMs: [1, 1] } }) });
  });
  afterAll(() => simulator.close());

  const host = () => new URL(simulator.endpoint).host;

  /** Writes bytes to a connection. @returns everything received until the connection ends */
  function exchange(bytes: Buffer): Promise<string> {
    return new Promise((resolve) => {
      let response = '';
      const { port } = new URL(simulator.endpoint);
      const socket = connect(Number(port), '127.0.0.1', () => socket.end(bytes));
      socket.setEncoding('latin1').on('data', (text: string) => (response += text));
      socket.on('error', () => undefined).on('close', () => resolve(response));
    });
  }

  function http(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: Buffer,
  ): Buffer {
    const all = { host: host(), connection: 'close', 'content-length': String(body.length), ...headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`), body]);
  }

  const stillThere = async () => {
    const response = await fetch(`${simulator.endpoint}/_sim/world`);
    expect(((await response.json()) as { nics: unknown[] }).nics).toHaveLength(2);
  };

  const header = hostileText.map((text) => text.replace(/[\r\n\0]/g, ' ').slice(0, 4000));
  const HEADERS = [
    'authorization',
    'x-zc-action',
    'x-zc-version',
    'x-zc-timestamp',
    'content-type',
    'host',
    'origin',
  ];

  fuzz(
    'a request without credentials is rejected and changes nothing, whatever its bytes',
    [
      fc.constantFrom('POST', 'GET', 'PUT', 'X'),
      fc.constantFrom('/api/v2/zec', '/', '/api/v2/zec/../zec', '/api/v2/zec?a', '*', '//', '/%00'),
      fc.dictionary(fc.constantFrom(...HEADERS), header),
      hostileJson(hostileValue),
      fc.boolean(),
    ],
    async (method, path, headers, body, whole) => {
      const before = simulator.cloud.world().nics;
      const bytes = http(method, path, { 'x-zc-action': 'DetachNetworkInterface', ...headers }, body);
      const response = await exchange(whole ? bytes : bytes.subarray(0, bytes.length - 5));
      if (response !== '') expect(response).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(simulator.cloud.world().nics).toEqual(before);
    },
    100,
  );

  fuzz(
    'bytes that are not HTTP at most end the connection',
    [
      fc.oneof(
        fc.uint8Array().map((each) => Buffer.from(each)),
        broken(fc.constant(Buffer.from('POST / HTTP/1.1\r\n\r\n'))),
      ),
    ],
    async (bytes) => {
      await exchange(bytes);
      await stillThere();
    },
    40,
  );

  const parameters = object(
    fc.array(
      fc.tuple(
        fc.oneof(fc.constantFrom('nicId', 'instanceId', 'nicIds', 'pageSize', 'pageNum', 'name'), hostileKey),
        maybe(fc.constantFrom<unknown>('nic-9', 'ins-9', ['nic-1'], 1, 1000)),
      ),
      { maxLength: 4 },
    ),
  );

  fuzz(
    'a signed request gets a response in the API’s form, whatever its body',
    [fc.constantFrom(...ACTION_NAMES), hostileJson(parameters)],
    async (action, bytes) => {
      const body = bytes.toString('utf8');
      const credentials = {
        kind: 'access-key',
        accessKeyId: KEY.accessKeyId,
        accessKeyPassword: new Secret(KEY.accessKeyPassword),
      } as const;
      const headers = requestHeaders({
        action: action as Action,
        domain: host(),
        body,
        wallMs: Date.now(),
        credentials,
      });
      const response = await exchange(http('POST', '/api/v2/zec', headers, Buffer.from(body)));
      const [head = '', json = ''] = response.split('\r\n\r\n');
      expect(head).toMatch(/^HTTP\/1\.1 (200|4\d\d) /);
      expect(JSON.parse(json)).toMatchObject({ requestId: expect.stringMatching(/^T[\dA-F-]+$/) as unknown });
    },
    150,
  );

  fuzz(
    'a signature is valid only for the request that was signed',
    [
      fc.constantFrom('body', 'host', 'content-type', 'x-zc-timestamp', 'authorization', 'password'),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      hostileText,
    ],
    async (what, at, by, password) => {
      const key = {
        kind: 'access-key',
        accessKeyId: KEY.accessKeyId,
        accessKeyPassword: new Secret(what === 'password' ? password : KEY.accessKeyPassword),
      } as const;
      const body = '{"nicIds":["nic-1"],"pageSize":1}';
      const parts = { action: 'DescribeNetworkInterfaces', domain: host(), body, credentials: key } as const;
      const headers = requestHeaders({ ...parts, wallMs: Date.now() });
      const status = async (more: Record<string, string>, sent = body) =>
        Number(
          (await exchange(http('POST', '/api/v2/zec', { ...headers, ...more }, Buffer.from(sent)))).slice(
            9,
            12,
          ),
        );
      if (what === 'password') {
        expect(await status({})).toBe(password === KEY.accessKeyPassword ? 200 : 401);
        return;
      }
      expect(await status({})).toBe(200);
      const changed = (text: string) => {
        const bytes = Buffer.from(text, 'latin1');
        const index = at % bytes.length;
        const octet = 0x21 + (((bytes[index] ?? 0) - 0x21 + by) % 0x5e);
        bytes[index] = Number.isNaN(octet) || octet < 0x21 ? 0x21 : octet;
        return bytes.toString('latin1');
      };
      const original = what === 'body' ? body : (headers[what] ?? '');
      const other = changed(original);
      if (other === original) return;
      const code = what === 'body' ? await status({}, other) : await status({ [what]: other });
      expect([400, 401, 403, 415]).toContain(code);
    },
    60,
  );

  fuzz(
    'the control rejects malformed requests and keeps running',
    [
      fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE'),
      fc.constantFrom(
        '/_sim/world',
        '/_sim/faults',
        '/_sim/__proto__',
        '/_sim/constructor',
        '/_sim/../x',
        '/_sim/',
      ),
      hostileJson(fc.oneof(worldLike, hostileValue)),
    ],
    async (method, path, body) => {
      const response = await exchange(http(method, path, {}, body));
      expect(response).toMatch(/^HTTP\/1\.1 (200|400|404|405) /);
      await fetch(`${simulator.endpoint}/_sim/reset`, { method: 'POST' });
      await stillThere();
    },
    80,
  );
});
