import { inspect } from 'node:util';
import {
  attachmentId,
  InvalidIdError,
  parseInstanceId,
  parseNicId,
  Secret,
  systemClock,
} from '../../lib/zec';
import { quote } from '../../lib/zec/ids';
import { parseDomain, refusePlainHttp } from '../../lib/zec/settings';
import { requestHeaders } from '../../lib/zec/signing';

describe('IDs', () => {
  test.each(['a', '7', 'nic-1', 'Z_z-9', 'x'.repeat(128)])('%s is valid', (id) => {
    expect([parseNicId(id), parseInstanceId(id)]).toEqual([id, id]);
  });

  test.each(['', '-a', '_a', 'a b', 'a:b', 'a/b', 'a\n', '${a}', 'é', 'x'.repeat(129)])(
    '%j is invalid',
    (id) => {
      expect(() => parseNicId(id)).toThrow(InvalidIdError);
      expect(() => parseInstanceId(id)).toThrow(InvalidIdError);
    },
  );

  test('the error names the ID and its format', () => {
    expect(() => parseNicId('a b')).toThrow(/^Invalid vNIC ID: "a b"\. An ID is 1 to 128 letters.*\.$/);
    expect(() => parseInstanceId('a b')).toThrow(/^Invalid instance ID: "a b"\. /);
    expect(new InvalidIdError('vNIC', '').name).toBe('InvalidIdError');
  });

  test('the error truncates a long value and escapes control characters', () => {
    expect(quote('\u001b[1m')).toBe('"\\u001b[1m"');
    expect(quote('\x7f\x9b\xa0')).toBe('"\\u007f\\u009b\xa0"');
    expect(quote('x'.repeat(80))).toBe(`"${'x'.repeat(80)}"`);
    expect(quote('x'.repeat(81))).toBe(`"${'x'.repeat(80)}"… (81 characters)`);
  });

  test('an attachment ID contains both IDs', () => {
    expect(attachmentId(parseNicId('nic-1'), parseInstanceId('ins-1'))).toBe('nic-1:ins-1');
  });
});

describe('a domain', () => {
  const parse = (value: string, scheme: 'https' | 'http' = 'https') =>
    parseDomain('THE_SETTING', value, scheme);

  test.each([
    ['API.Example', 'api.example'],
    ['a_b.example:8443', 'a_b.example:8443'],
    ['x:443', 'x'],
    ['x:80', 'x:80'],
    ['x:1', 'x:1'],
    ['x:65535', 'x:65535'],
    ['127.0.0.1:8080', '127.0.0.1:8080'],
    ['[::1]', '[::1]'],
    ['[FE80::1]:9', '[fe80::1]:9'],
  ])('%s is valid: %s', (value, expected) => expect(parse(value)).toBe(expected));

  test('the default port of the scheme is omitted', () => expect(parse('x:80', 'http')).toBe('x'));

  test.each([
    ['https://x', /^THE_SETTING is invalid: it contains a scheme, .*ZENLAYERCLOUD_SCHEME/],
    ['a+b.c-d://x', /it contains a scheme/],
    ['u@x', /it contains a user name or a password/],
    ['x/y', /it contains a path or a query/],
    ['x?y', /it contains a path or a query/],
    ['x#y', /it contains a path or a query/],
    ['x\\y', /it contains a path or a query/],
    ['x/y://z', /it contains a path or a query/],
    ['x y', /it is not a host name or an IP address/],
    ['::1', /it is not a host name or an IP address/],
    ['[::1', /it is not a host name or an IP address/],
    ['[::::]', /it is not a host name or an IP address/],
    ['x:', /it is not a host name or an IP address/],
    ['x:123456', /it is not a host name or an IP address/],
    ['x'.repeat(254), /it is not a host name or an IP address/],
    ['x:0', /its port is not a number from 1 to 65535/],
    ['x:65536', /its port is not a number from 1 to 65535/],
    ['[::1]:0', /its port is not a number from 1 to 65535/],
    ['256.1.1.1', /it is not a host name or an IP address/],
  ])('%s is invalid', (value, message) => {
    expect(() => parse(value)).toThrow(message);
    expect(() => parse(value)).toThrow(
      /Give only a host and an optional port, such as "console\.zenlayer\.com"\.$/,
    );
  });

  test.each(['localhost', 'localhost:1', '127.0.0.1', '127.255.0.9:80', '[::1]', '[::1]:80'])(
    'plain HTTP to %s is accepted, as it is this machine',
    (domain) => expect(() => refusePlainHttp('http', domain)).not.toThrow(),
  );

  test.each(['example.com', '128.0.0.1', '10.127.0.1', '127.example.com', '[::2]', 'xlocalhost'])(
    'plain HTTP to %s is refused, HTTPS is not',
    (domain) => {
      expect(() => refusePlainHttp('http', domain)).toThrow(
        /^Plain HTTP is allowed only to this machine itself/,
      );
      expect(() => refusePlainHttp('https', domain)).not.toThrow();
    },
  );
});

describe('secrets', () => {
  test('are shown only by reveal', () => {
    const secret = new Secret('hidden');
    expect(secret.reveal()).toBe('hidden');
    expect([String(secret), JSON.stringify({ secret }), inspect({ secret })]).toEqual([
      '[redacted]',
      '{"secret":"[redacted]"}',
      '{ secret: [redacted] }',
    ]);
  });
});

test('the client headers contain only characters that the API allows', () => {
  const headers = requestHeaders({
    action: 'DescribeInstances',
    domain: 'x:1',
    body: '{}',
    wallMs: 1_999,
    credentials: { kind: 'token', token: new Secret('t') },
  });
  expect(headers).toEqual({
    host: 'x:1',
    'content-type': 'application/json',
    accept: 'application/json',
    'x-zc-action': 'DescribeInstances',
    'x-zc-version': '2025-09-01',
    'x-zc-service': 'zec',
    'x-zc-timestamp': '1',
    'x-zc-sdk-version': 'unbuilt',
    'x-zc-sdk-lang': 'nodejs',
    'x-zc-request-client': 'cdktf-zenlayer-zec',
    authorization: 'Bearer t',
  });
});

interface RequestModule {
  readonly requestHeaders: typeof requestHeaders;
}

test.each([
  ['1.2.3', '1.2.3'],
  ['1.2.3+build/é', '1.2.3-build--'],
  ['v'.repeat(200), 'v'.repeat(128)],
])('the version %s is sent as %s', (version, sent) => {
  process.env.ZEC_PACKAGE_VERSION = version;
  try {
    jest.resetModules();
    const fresh = jest.requireActual<RequestModule>('../../lib/zec/signing');
    const credentials = { kind: 'token', token: new Secret('t') } as const;
    const headers = fresh.requestHeaders({
      action: 'DescribeInstances',
      domain: 'x',
      body: '',
      wallMs: 0,
      credentials,
    });
    expect(headers['x-zc-sdk-version']).toBe(sent);
  } finally {
    delete process.env.ZEC_PACKAGE_VERSION;
  }
});

describe('the system’s clock', () => {
  test('advances, and has the wall time', async () => {
    const [now, wall] = [systemClock.now(), systemClock.wall()];
    await systemClock.sleep(5);
    expect(systemClock.now()).toBeGreaterThan(now);
    expect(Math.abs(wall - Date.now())).toBeLessThan(60_000);
    expect(now).toBeLessThan(wall);
  });

  test('counts milliseconds', () => {
    jest.spyOn(process, 'hrtime').mockReturnValueOnce([2, 500_000]);
    expect(systemClock.now()).toBe(2_000.5);
  });

  test('a sleep rejects with the signal’s reason, before or during it, and leaves no listener', async () => {
    const reason = new Error('enough');
    await expect(systemClock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const removed = jest.spyOn(controller.signal, 'removeEventListener');
    await systemClock.sleep(1, controller.signal);
    expect(removed).toHaveBeenCalledTimes(1);
    const timers = jest.spyOn(globalThis, 'clearTimeout');
    const sleep = systemClock.sleep(60_000, controller.signal);
    controller.abort(reason);
    await expect(sleep).rejects.toBe(reason);
    expect(timers).toHaveBeenCalledTimes(1);
    timers.mockRestore();
  });
});
