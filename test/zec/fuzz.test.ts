import fc from 'fast-check';
import { parseDuration } from '../../lib/duration';
import { redactor, Secret, ZecError } from '../../lib/zec';
import { InvalidIdError, parseInstanceId, parseNicId } from '../../lib/zec/ids';
import { networkError } from '../../lib/zec/network-errors';
import { MAX_RETRY_AFTER_MS, parseRetryAfter, readResponse } from '../../lib/zec/responses';
import { parseDomain, resolveSettings, SettingsError } from '../../lib/zec/settings';
import { TransportError } from '../../lib/zec/transport';
import { acceptedSchema, instancesSchema, nicsSchema } from '../../lib/zec/types';
import { fuzz } from '../support/fuzz';
import { broken, hostileJson, hostileKey, hostileText, hostileValue } from '../support/hostile';

const PASSWORD = 'pass/word+"with" ünusual <parts>&';
const context = {
  action: 'DescribeInstances',
  wallMs: 0,
  redact: redactor({
    credentials: { kind: 'access-key', accessKeyId: 'id', accessKeyPassword: new Secret(PASSWORD) },
  }),
} as const;
const schema = fc.constantFrom<typeof acceptedSchema>(acceptedSchema, instancesSchema, nicsSchema);
const status = fc.constantFrom(200, 204, 301, 400, 401, 403, 429, 451, 500, 503);

const maybe = (likely: fc.Arbitrary<unknown>) => fc.oneof(likely, hostileValue);
const some = (fields: Record<string, fc.Arbitrary<unknown>>) => fc.record(fields, { requiredKeys: [] });
const nic = some({
  nicId: maybe(fc.constant('nic-1')),
  status: maybe(fc.constant('USED')),
  instanceId: maybe(fc.constant('ins-1')),
  name: hostileValue,
  privateIpList: hostileValue,
});
const item = fc.oneof(
  nic,
  some({
    instanceId: maybe(fc.constant('ins-1')),
    status: maybe(fc.constant('RUNNING')),
    nics: maybe(fc.array(nic)),
  }),
);
const response = some({
  requestId: maybe(fc.constant('T-1')),
  code: maybe(fc.constant('INVALID_NIC_STATUS')),
  message: hostileValue,
  response: maybe(
    some({
      requestId: maybe(fc.constant('T-1')),
      totalCount: maybe(fc.nat({ max: 3 })),
      dataSet: maybe(fc.array(item, { maxLength: 3 })),
    }),
  ),
});
const headers = fc.dictionary(
  fc.constantFrom('retry-after', 'date', 'cf-mitigated', 'location'),
  fc.oneof(hostileText, fc.constantFrom('challenge', '5', '-5', 'Thu, 01 Jan 1970 00:00:05 GMT')),
);

fuzz(
  'any response is accepted or is a ZecError with one line',
  [hostileJson(response), status, headers, schema],
  (body, code, fields, expected) => {
    try {
      readResponse({ status: code, headers: fields, body }, expected, context);
    } catch (error) {
      expect(error).toBeInstanceOf(ZecError);
      const { message, advice, retryAfterMs = 0 } = error as ZecError;
      expect(message.length).toBeLessThan(1000);
      expect(`${message}${advice ?? ''}`).not.toMatch(/\p{Cc}/u);
      expect(retryAfterMs >= 0 && retryAfterMs <= MAX_RETRY_AFTER_MS).toBe(true);
    }
  },
  400,
);

/** The encodings of a secret by servers and libraries. */
const written = fc.constantFrom<(secret: string) => string>(
  (secret) => secret,
  (secret) => JSON.stringify(secret),
  (secret) => JSON.stringify(JSON.stringify({ secret })),
  (secret) => encodeURIComponent(secret),
  (secret) => new URLSearchParams({ secret }).toString(),
  (secret) => Buffer.from(secret).toString('base64'),
  (secret) => Buffer.from(`user:${secret}`).toString('base64'),
  (secret) => Buffer.from(`{"a":"${secret}"}`).toString('base64url'),
  (secret) => Buffer.from(secret).toString('hex'),
);
/** The format of real secrets. */
const secretText = fc.string({
  unit: fc.constantFrom(...'abcXYZ019+/=-_%~.!*'.split('')),
  minLength: 16,
  maxLength: 40,
});

fuzz(
  'a secret that the API echoes is in no error, even in part, wherever the text is truncated',
  [secretText, written, fc.constantFrom(0, 150, 190, 480, 65_520), status, fc.boolean()],
  (secret, write, before, code, isJson) => {
    const redact = redactor({ credentials: { kind: 'token', token: new Secret(secret) } });
    const text = `${before > 1000 ? ' '.repeat(before) : 'x '.repeat(before / 2)}${write(secret)} tail`;
    const body = Buffer.from(isJson ? JSON.stringify({ code: 'SOME_CODE', message: text }) : text);
    let shown = '';
    try {
      readResponse({ status: code, headers: {}, body }, acceptedSchema, { ...context, redact });
    } catch (error) {
      shown = (error as Error).message;
    }
    const network = new TransportError('connection', false, new Error(text));
    shown += networkError(network, { ...context, redact, domain: 'host', timeoutMs: 1 }).message;
    // Ten characters from the middle of the encoded secret would reveal too much.
    const form = write(secret);
    const middle = form.slice(Math.floor(form.length / 4), Math.floor(form.length / 4) + 10);
    expect(shown).not.toContain(secret.slice(0, 10));
    expect(shown).not.toContain(middle);
  },
);

fuzz(
  'a secret in a name or an address of a response is redacted',
  [secretText, fc.constantFrom('name', 'macAddress', 'vpcId', 'primaryIpv4')],
  (secret, field) => {
    const redact = redactor({ credentials: { kind: 'token', token: new Secret(secret) } });
    const dataSet = [{ nicId: 'nic-1', status: 'USED', [field]: `a ${secret}` }];
    const body = Buffer.from(JSON.stringify({ response: { requestId: 'T-1', totalCount: 1, dataSet } }));
    const page = readResponse({ status: 200, headers: {}, body }, nicsSchema, { ...context, redact });
    expect(page.dataSet).toEqual([{ nicId: 'nic-1', status: 'USED', [field]: 'a [redacted]' }]);
  },
  20,
);

const profile = some({
  access_key_id: maybe(fc.constant('id')),
  access_key_secret: maybe(fc.constant('key')),
  token: hostileValue,
});
const profiles = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom('default', 'work'), hostileKey), maybe(profile)), { maxLength: 3 })
  .map((entries) => Object.fromEntries(entries));
const NAMES = [
  'ZENLAYERCLOUD_ACCESS_KEY_ID',
  'ZENLAYERCLOUD_ACCESS_KEY_PASSWORD',
  'ZENLAYERCLOUD_DOMAIN',
  'ZENLAYERCLOUD_SCHEME',
  'ZENLAYERCLOUD_CLIENT_TIMEOUT',
  'ZENLAYER_ACCESS_KEY_ID',
  'ZENLAYER_ACCESS_KEY_SECRET',
  'ZENLAYER_PROFILE',
  'ZENLAYER_TOKEN',
  'ZENLAYER_ENDPOINT',
];

fuzz(
  'any content of files and variables is used or is a settings error that shows no value',
  [
    hostileJson(profiles),
    hostileJson(some({ current_profile: maybe(hostileKey) })),
    fc.dictionary(fc.constantFrom(...NAMES), hostileText, { maxKeys: 4 }),
  ],
  (credentials, config, env) => {
    const readFile = (path: string) => ({ bytes: path.endsWith('credentials.json') ? credentials : config });
    try {
      const settings = resolveSettings({ env, homeDir: '/home', readFile });
      expect(settings.scheme === 'https' || /^(localhost|127\.|\[::1\])/.test(settings.domain)).toBe(true);
    } catch (error) {
      expect(error).toBeInstanceOf(SettingsError);
      const { message } = error as Error;
      expect(message.length).toBeLessThan(600);
      for (const name of NAMES) {
        // A profile's name is not secret, and is quoted.
        const value = name === 'ZENLAYER_PROFILE' ? '' : (env[name] ?? '');
        if (value.length > 12) expect(message).not.toContain(value);
      }
    }
  },
  400,
);

fuzz(
  'a domain is a host with an optional port, and parsing it again does not change it',
  [
    fc.oneof(
      hostileText,
      fc.webUrl(),
      fc.domain(),
      fc.ipV6().map((ip) => `[${ip}]:1`),
      fc.tuple(fc.ipV4(), fc.integer()).map(([ip, port]) => `${ip}:${port}`),
      broken(fc.domain().map((name) => Buffer.from(`${name}:443`))).map(String),
    ),
    fc.constantFrom('https' as const, 'http' as const),
  ],
  (value, scheme) => {
    try {
      const domain = parseDomain('NAME', value, scheme);
      const url = new URL(`${scheme}://${domain}`);
      expect([url.host, url.username, url.password, url.pathname, url.search, url.hash]).toEqual([
        domain,
        '',
        '',
        '/',
        '',
        '',
      ]);
      expect(parseDomain('NAME', domain, scheme)).toBe(domain);
    } catch (error) {
      expect(error).toBeInstanceOf(SettingsError);
    }
  },
);

fuzz('an ID is valid or rejected with one short line', [hostileText], (value) => {
  for (const parse of [parseNicId, parseInstanceId]) {
    try {
      expect(parse(value)).toMatch(/^[\w-]{1,128}$/);
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidIdError);
      expect((error as Error).message).toMatch(/^Invalid (?:vNIC|instance) ID: .{1,800}$/);
    }
  }
});

fuzz(
  'a Retry-After is ignored or within bounds',
  [
    fc.oneof(hostileText, fc.date({ noInvalidDate: true }).map(String), fc.integer().map(String)),
    fc.integer(),
  ],
  (header, wallMs) => {
    const ms = parseRetryAfter(header, wallMs);
    expect(ms === undefined || (ms >= 0 && ms <= MAX_RETRY_AFTER_MS)).toBe(true);
  },
);

fuzz(
  'a duration is a number of milliseconds or invalid',
  [
    fc.oneof(
      hostileText,
      fc
        .array(fc.tuple(fc.nat(), fc.constantFrom('h', 'm', 's', 'ms', 'd')))
        .map((parts) => parts.flat().join('')),
    ),
  ],
  (text) => {
    const ms = parseDuration(text);
    expect(ms === undefined || (Number.isSafeInteger(ms) && ms >= 0)).toBe(true);
  },
);
