import { inspect } from 'node:util';
import { resolveSettings, Secret, SettingsError } from '../../lib/zec';
import type { FileContent, ResolveOptions, ZecSettings } from '../../lib/zec';

const KEY = { ZENLAYERCLOUD_ACCESS_KEY_ID: 'id-1', ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: 'password-1' };
const CLI_KEY = { ZENLAYER_ACCESS_KEY_ID: 'id-2', ZENLAYER_ACCESS_KEY_SECRET: 'password-2' };

interface Files {
  readonly credentials?: string | Buffer;
  readonly config?: string;
  readonly mode?: number;
}

function resolve(
  env: ResolveOptions['env'],
  files: Files = {},
): { settings: ZecSettings; warnings: string[] } {
  const warnings: string[] = [];
  const readFile = (path: string): FileContent | undefined => {
    const text = path.endsWith('/home/.zenlayer/credentials.json') ? files.credentials : files.config;
    return text === undefined ? undefined : { bytes: Buffer.from(text), mode: files.mode ?? 0o100600 };
  };
  const settings = resolveSettings({ env, homeDir: '/home', warn: (text) => warnings.push(text), readFile });
  return { settings, warnings };
}

const secretOf = ({ credentials }: ZecSettings) =>
  credentials.kind === 'token'
    ? credentials.token.reveal()
    : `${credentials.accessKeyId}/${credentials.accessKeyPassword.reveal()}`;

const file = JSON.stringify({
  default: { access_key_id: 'id-3', access_key_secret: 'password-3' },
  work: { token: 'token-3' },
  empty: {},
});

describe('credentials are taken from the first of these', () => {
  test.each<[string, ResolveOptions['env'], string, RegExp]>([
    [
      'the provider’s variables',
      { ...KEY, ...CLI_KEY, ZENLAYER_TOKEN: 't' },
      'id-1/password-1',
      /ZENLAYERCLOUD_ACCESS_KEY_ID/,
    ],
    ['the CLI’s variables', CLI_KEY, 'id-2/password-2', /ZENLAYER_ACCESS_KEY_ID/],
    ['a token', { ZENLAYER_TOKEN: 'token-2' }, 'token-2', /ZENLAYER_TOKEN/],
    ['the file’s default profile', {}, 'id-3/password-3', /profile "default"/],
    ['the requested profile', { ZENLAYER_PROFILE: 'work' }, 'token-3', /profile "work"/],
    [
      'a blank variable is skipped',
      { ZENLAYERCLOUD_ACCESS_KEY_ID: ' ', ZENLAYER_TOKEN: '' },
      'id-3/password-3',
      /default/,
    ],
  ])('%s', (_, env, expected, source) => {
    const { settings } = resolve(env, { credentials: file });
    expect(secretOf(settings)).toBe(expected);
    expect(settings.sources.credentials).toMatch(source);
  });

  test('the CLI’s current profile, if no profile is requested', () => {
    const { settings } = resolve({}, { credentials: file, config: '{"current_profile":"work"}' });
    expect(secretOf(settings)).toBe('token-3');
  });

  test.each([CLI_KEY, { ZENLAYER_ACCESS_KEY_ID: 'id-2' }, { ZENLAYER_ACCESS_KEY_SECRET: 'password-2' }])(
    'a token before an access key in the same place, with a warning: %j',
    (key) => {
      const { settings, warnings } = resolve({ ...key, ZENLAYER_TOKEN: 't' });
      expect(secretOf(settings)).toBe('t');
      expect(settings.sources.credentials).toBe('ZENLAYER_TOKEN');
      expect(warnings).toEqual([expect.stringContaining('the token is used')]);
    },
  );

  test('a file that others can read, with a warning that says what to do', () => {
    expect(resolve({}, { credentials: file, mode: 0o100640 }).warnings).toEqual([
      expect.stringContaining('chmod 600'),
    ]);
    expect(resolve({}, { credentials: file }).warnings).toEqual([]);
  });
});

test('scheme, domain and client timeout have defaults and variables', () => {
  expect(resolve(KEY).settings).toMatchObject({
    scheme: 'https',
    domain: 'console.zenlayer.com',
    clientTimeoutMs: 30_000,
  });
  const env = {
    ...KEY,
    ZENLAYERCLOUD_DOMAIN: 'API.Example:443',
    ZENLAYERCLOUD_SCHEME: 'HTTPS',
    ZENLAYERCLOUD_CLIENT_TIMEOUT: '5',
  };
  expect(resolve(env).settings).toMatchObject({
    scheme: 'https',
    domain: 'api.example',
    clientTimeoutMs: 5_000,
  });
});

test('the domain is that of ZENLAYERCLOUD_DOMAIN, else of ZENLAYER_ENDPOINT', () => {
  const endpoint = { ...KEY, ZENLAYER_ENDPOINT: 'cli.example' };
  expect(resolve(endpoint).settings).toMatchObject({
    domain: 'cli.example',
    sources: { domain: 'ZENLAYER_ENDPOINT' },
  });
  expect(resolve({ ...endpoint, ZENLAYERCLOUD_DOMAIN: 'own.example' }).settings).toMatchObject({
    domain: 'own.example',
    sources: { domain: 'ZENLAYERCLOUD_DOMAIN' },
  });
  expect(() => resolve({ ...endpoint, ZENLAYER_ENDPOINT: 'https://cli.example' })).toThrow(
    /^ZENLAYER_ENDPOINT is invalid: it contains a scheme/,
  );
});

test.each(['127.0.0.1:8080', 'localhost', '[::1]:8080', '127.9.9.9'])(
  'plain HTTP to %s is allowed, as it is this machine',
  (domain) => {
    const env = { ...KEY, ZENLAYERCLOUD_SCHEME: 'http', ZENLAYERCLOUD_DOMAIN: domain };
    expect(resolve(env).settings).toMatchObject({ scheme: 'http', domain });
  },
);

describe('an invalid setting is an error of one line with advice, and without the value', () => {
  const http = { ...KEY, ZENLAYERCLOUD_SCHEME: 'http' };
  const secret = 'hidden-value';
  test.each<[string, ResolveOptions['env'], Files, RegExp]>([
    [
      'no settings',
      {},
      {},
      /^No credentials found\. Set ZENLAYERCLOUD_ACCESS_KEY_ID .* or run "zeno configure"/,
    ],
    [
      'half an access key',
      { ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: secret },
      {},
      /is set in the environment, but ZENLAYERCLOUD_ACCESS_KEY_ID is not: set both/,
    ],
    [
      'a password of two lines',
      { ...KEY, ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: `${secret}\nx` },
      {},
      /expected one line.* Copy it again/,
    ],
    [
      'an ID with a comma',
      { ...KEY, ZENLAYERCLOUD_ACCESS_KEY_ID: `${secret},` },
      {},
      /without a comma.* Copy it again/,
    ],
    [
      'http to a host',
      { ...http, ZENLAYERCLOUD_DOMAIN: 'console.zenlayer.com' },
      {},
      /^Plain HTTP is allowed only .* Set ZENLAYERCLOUD_SCHEME/,
    ],
    [
      'http to a look-alike',
      { ...http, ZENLAYERCLOUD_DOMAIN: 'localhost.example' },
      {},
      /^Plain HTTP is allowed only/,
    ],
    [
      'http to another 127',
      { ...http, ZENLAYERCLOUD_DOMAIN: '127.0.0.1.example' },
      {},
      /^Plain HTTP is allowed only/,
    ],
    ['another scheme', { ...KEY, ZENLAYERCLOUD_SCHEME: 'ftp' }, {}, /neither "HTTPS" nor "HTTP"\. Set it/],
    [
      'a URL as domain',
      { ...KEY, ZENLAYERCLOUD_DOMAIN: `https://u:${secret}@x` },
      {},
      /it contains a scheme.* Give only a host/,
    ],
    [
      'a password in the domain',
      { ...KEY, ZENLAYERCLOUD_DOMAIN: `u:${secret}@x` },
      {},
      /it contains a user name/,
    ],
    ['a path in the domain', { ...KEY, ZENLAYERCLOUD_DOMAIN: 'x/y' }, {}, /it contains a path/],
    ['an invalid port', { ...KEY, ZENLAYERCLOUD_DOMAIN: 'x:0' }, {}, /its port is not/],
    [
      'an invalid timeout',
      { ...KEY, ZENLAYERCLOUD_CLIENT_TIMEOUT: '1.5' },
      {},
      /whole number of seconds from 1 to 3600/,
    ],
    [
      'a file that is not JSON',
      {},
      { credentials: `{"x": ${secret}` },
      /credentials\.json is invalid: it is not JSON\. Run "zeno configure"/,
    ],
    ['a file that is a list', {}, { credentials: '[]' }, /it is not a JSON object/],
    ['a huge file', {}, { credentials: Buffer.alloc(70_000, 32) }, /larger than 64 KiB/],
    [
      'a profile that is text',
      {},
      { credentials: `{"default":"${secret}"}` },
      /the profile "default" is not an object of strings/,
    ],
    [
      'a profile that does not exist',
      { ZENLAYER_PROFILE: 'play' },
      { credentials: file },
      /does not contain: "play".* set ZENLAYER_PROFILE to an existing one/,
    ],
    [
      'a profile without a file',
      { ZENLAYER_PROFILE: 'play' },
      {},
      /but ~\/\.zenlayer\/credentials\.json does not exist\. Run "zeno configure" to create it, or unset ZENLAYER_PROFILE\.$/,
    ],
    [
      'a profile named as a prototype',
      { ZENLAYER_PROFILE: '__proto__' },
      { credentials: file },
      /does not contain: "__proto__"/,
    ],
    [
      'half an access key in the file',
      {},
      { credentials: `{"default":{"access_key_secret":"${secret}"}}` },
      /access_key_secret is set in the profile "default"/,
    ],
    [
      'an invalid config',
      {},
      { credentials: file, config: '{"current_profile":7}' },
      /current_profile is not a string/,
    ],
  ])('%s', (_, env, files, message) => {
    const attempt = () => resolve(env, files);
    expect(attempt).toThrow(SettingsError);
    expect(attempt).toThrow(message);
    expect(attempt).not.toThrow(secret);
    expect(attempt).not.toThrow('\n');
  });
});

test('errors have distinct names', () => {
  const error = (env: ResolveOptions['env']): unknown => {
    try {
      return resolve(env);
    } catch (reason) {
      return reason;
    }
  };
  expect(error({ ...KEY, ZENLAYERCLOUD_SCHEME: 'ftp' })).toMatchObject({ name: 'SettingsError' });
  expect(error({})).toMatchObject({ name: 'MissingCredentialsError' });
});

describe('secrets', () => {
  test('appear in no JSON, inspection or text of the settings', () => {
    const { settings } = resolve({ ...KEY, ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: 'p"ss/w?rd' });
    const shown = [
      JSON.stringify(settings),
      inspect(settings, { depth: null, showHidden: true }),
      String(new Secret('x9')),
    ];
    for (const text of shown) expect(text).not.toMatch(/p"ss|p\\"ss|x9/);
    expect(shown[0]).toContain('[redacted]');
  });
});
