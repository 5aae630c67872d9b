import { ZecResponseError, ZecApiError, ZecError } from '../../lib/zec';
import { fullJitter } from '../../lib/zec/clock';
import { MAX_RETRY_AFTER_MS, parseRetryAfter, readResponse } from '../../lib/zec/responses';
import type { RawResponse } from '../../lib/zec/transport';
import { acceptedSchema, instancesSchema, nicsSchema } from '../../lib/zec/types';

const WALL = Date.UTC(2026, 0, 1);
const context = {
  action: 'AttachNetworkInterface',
  wallMs: WALL,
  redact: (text: string) => text.replaceAll('secret', '***'),
} as const;

const raw = (body: unknown, status = 200, headers: RawResponse['headers'] = {}): RawResponse => ({
  status,
  headers,
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});
const read = (body: unknown, status?: number, headers?: RawResponse['headers']) =>
  readResponse(raw(body, status, headers), acceptedSchema, context);
const errorOf = (body: unknown, status?: number, headers?: RawResponse['headers']): ZecError => {
  try {
    read(body, status, headers);
  } catch (error) {
    if (error instanceof ZecError) return error;
    throw error;
  }
  throw new Error('it was accepted as a success');
};

describe('a success', () => {
  test('has the request ID of the response, or else of the envelope', () => {
    expect(read({ requestId: 'T1', response: { requestId: 'T2' } })).toEqual({ requestId: 'T2' });
    expect(read({ requestId: 'T1', response: {} })).toEqual({ requestId: 'T1' });
  });

  test.each([
    ['without any ID', { response: {} }],
    ['with an ID that is none', { requestId: 'a b', response: {} }],
    ['with an ID that is too long', { requestId: 'T'.repeat(129), response: {} }],
    ['without a response', { requestId: 'T1' }],
    ['with a response that is no object', { requestId: 'T1', response: 7 }],
  ])('%s is rejected', (_, body) => {
    expect(errorOf(body)).toMatchObject({ kind: 'transient', outcome: 'unknown', httpStatus: 200 });
  });

  test('an error body with status 200 is an API error', () => {
    const error = errorOf({ requestId: 'T1', code: 'INVALID_NIC_STATUS', message: 'No.' });
    expect(error).toBeInstanceOf(ZecApiError);
    expect(error).toMatchObject({ code: 'INVALID_NIC_STATUS', requestId: 'T1', httpStatus: 200 });
    // A body with both an error and a response is ambiguous.
    expect(errorOf({ code: 'INVALID_NIC_STATUS', response: 7 })).toBeInstanceOf(ZecResponseError);
  });
});

describe('an error of the API', () => {
  test('may have no message and no request ID', () => {
    const error = errorOf({ code: 'X', message: 7, requestId: 'no ID' }, 400);
    expect(error.message).toBe('AttachNetworkInterface failed: X:  (HTTP 400, requestId none)');
  });

  test('shows no secret in code, message or request ID', () => {
    const error = errorOf({ code: 'secret', message: 'a secret', requestId: 'secret' }, 400);
    expect(error.message).toBe('AttachNetworkInterface failed: ***: a *** (HTTP 400, requestId ***)');
  });

  test.each(['', '-X', 'a b', 'x'.repeat(129), 7, null])('a code of %j is not an API error', (code) => {
    expect(errorOf({ code, message: 'No.' }, 400)).toBeInstanceOf(ZecResponseError);
  });

  test('has the Retry-After and the time of the server', () => {
    const date = new Date(WALL - 120_000).toUTCString();
    const error = errorOf({ code: 'AUTHFAILURE_X' }, 401, { 'retry-after': ['3', '9'], date });
    expect(error.retryAfterMs).toBe(3_000);
    expect(error.advice).toContain('2 min ahead');
    expect(errorOf({ code: 'AUTHFAILURE_X' }, 401, { date: 'soon' }).advice).toMatch(/access key/);
  });
});

describe('a response that is not from the API', () => {
  test.each([
    [
      403,
      { 'cf-mitigated': 'challenge' },
      'terminal',
      'not-applied',
      /firewall in front of the API.*HTTP 403/,
      /another network/,
    ],
    [451, {}, 'terminal', 'not-applied', /firewall in front of the API.*HTTP 451/, /from another one/],
    [300, {}, 'terminal', 'not-applied', /redirects to another host/, /ZENLAYERCLOUD_SCHEME/],
    [399, {}, 'terminal', 'not-applied', /redirects to another host/, /console\.zenlayer\.com/],
    [
      400,
      {},
      'terminal',
      'not-applied',
      /response is not from the API \(HTTP 400\): "Hm"/,
      /a proxy or a firewall/,
    ],
    [
      403,
      { 'cf-mitigated': 'other' },
      'terminal',
      'not-applied',
      /response is not from the API/,
      /a proxy or a firewall/,
    ],
    [
      429,
      { 'retry-after': '2' },
      'transient',
      'not-applied',
      /response is not from the API \(HTTP 429\)/,
      undefined,
    ],
    [499, {}, 'terminal', 'not-applied', /response is not from the API/, /a proxy or a firewall/],
    [500, {}, 'transient', 'unknown', /response is not from the API \(HTTP 500\): "Hm"/, undefined],
    [299, {}, 'transient', 'unknown', /response is not from the API/, undefined],
  ])('HTTP %i %j', (status, headers, kind, outcome, message, advice) => {
    const error = errorOf('Hm', status, headers);
    expect(error).toMatchObject({ kind, outcome, httpStatus: status, action: 'AttachNetworkInterface' });
    expect(error.message).toMatch(message);
    if (advice === undefined) expect(error.advice).toBeUndefined();
    else expect(error.advice).toMatch(advice);
    expect(error.retryAfterMs).toBe(status === 429 ? 2_000 : undefined);
  });

  test('is not quoted for a redirect or HTTP 451', () => {
    expect(errorOf('Hm', 302).message).toBe(
      'AttachNetworkInterface failed: the server redirects to another host; redirects are not followed because the ' +
        'signature covers the host (HTTP 302)',
    );
    expect(errorOf('Hm', 451).message).toMatch(/did not reach the API \(HTTP 451\)$/);
  });

  test('is a firewall challenge only with HTTP 403', () => {
    expect(errorOf('Hm', 503, { 'cf-mitigated': 'challenge' })).toMatchObject({ kind: 'transient' });
  });

  test('is quoted from its beginning, without secrets', () => {
    expect(errorOf('').message).toContain(': empty body');
    expect(errorOf('<p>\n a secret').message).toContain('documented format (HTTP 200): "<p> a ***"');
    expect(errorOf('y'.repeat(200)).message).toContain(`"${'y'.repeat(200)}"`);
    expect(errorOf('y'.repeat(201)).message).toContain(`"${'y'.repeat(200)}…"`);
    expect(errorOf(`${'z'.repeat(195)}secret`).message).not.toContain('secr');
  });
});

describe('the results of Describe actions', () => {
  const page = (
    dataSet: unknown,
    totalCount: unknown = 1,
    schema: typeof nicsSchema | typeof instancesSchema = nicsSchema,
  ) =>
    readResponse(
      raw({ requestId: 'T1', response: { totalCount, dataSet } }),
      schema as typeof nicsSchema,
      context,
    );
  const nic = { nicId: 'nic-1', status: 'USED' };
  const instance = { instanceId: 'ins-1', status: 'RUNNING' };
  const strip = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;

  test('include all documented attributes of a vNIC', () => {
    const whole = {
      ...nic,
      name: 'n',
      nicType: 'Secondary',
      regionId: 'r',
      nicSubnetType: 'IPv4',
      publicIpList: ['1.1.1.1'],
      privateIpList: ['10.0.0.1'],
      primaryIpv4: '10.0.0.1',
      primaryIpv6: '::1',
      ipv6Cidr: '::/64',
      secondaryIpv4s: [],
      macAddress: '02:00',
      instanceId: 'ins-1',
      vpcId: 'v',
      subnetId: 's',
      securityGroupId: 'g',
      createTime: 'c',
      updateTime: 'u',
    };
    expect(strip(page([whole]).dataSet)).toEqual([whole]);
    const odd = {
      ...nic,
      name: 7,
      publicIpList: 'x',
      privateIpList: [1],
      vpcId: {},
      nicType: '',
      instanceId: null,
    };
    expect(strip(page([odd]).dataSet)).toEqual([nic]);
  });

  test('include all attributes of an instance, and vNICs that it lists without a status', () => {
    const whole = {
      ...instance,
      instanceName: 'i',
      zoneId: 'z',
      privateIpAddresses: ['a'],
      publicIpAddresses: ['b'],
    };
    expect(strip(page([{ ...whole, nics: [nic] }], 1, instancesSchema).dataSet)).toEqual([
      { ...whole, nics: [nic] },
    ]);
    expect(page([{ ...instance, nics: [{ nicId: 'nic-1' }] }], 1, instancesSchema).dataSet).toMatchObject([
      { nics: [{ nicId: 'nic-1', status: 'UNKNOWN' }] },
    ]);
    expect(strip(page([instance], 1, instancesSchema).dataSet)).toEqual([{ ...instance, nics: [] }]);
  });

  test.each([
    ['an ID that is none', [{ ...nic, nicId: '-1' }]],
    ['no status', [{ nicId: 'nic-1' }]],
    ['a status with a space', [{ ...nic, status: 'A B' }]],
    ['a status that is too long', [{ ...nic, status: 'A'.repeat(65) }]],
    ['an empty status', [{ ...nic, status: '' }]],
    ['a holder that is none', [{ ...nic, instanceId: 'a b' }]],
    ['a type that is none', [{ ...nic, nicType: 'x y' }]],
    ['a type of a number', [{ ...nic, nicType: 7 }]],
    ['a count in text', [nic], '1'],
    ['half a thing', [nic], 0.5],
    ['a count below zero', [], -1],
    ['a lost set', undefined, 1],
  ])('are rejected because of %s', (_, dataSet, totalCount = 1) => {
    expect(() => page(dataSet, totalCount)).toThrow(ZecResponseError);
  });

  test('are empty without a set if the count is zero', () => {
    expect([page(null, 0).dataSet, page(undefined, 0).dataSet, page([], 0).dataSet]).toEqual([[], [], []]);
  });

  test('have up to a thousand items', () => {
    expect(page(Array(1_000).fill(nic), 1_000).dataSet).toHaveLength(1_000);
    expect(() => page(Array(1_001).fill(nic), 1_001)).toThrow(ZecResponseError);
    const listing = (count: number) => [{ ...instance, nics: Array(count).fill(nic) as unknown[] }];
    expect(page(listing(1_000), 1, instancesSchema).dataSet).toHaveLength(1);
    expect(() => page(listing(1_001), 1, instancesSchema)).toThrow(ZecResponseError);
  });
});

describe('a secret that the API echoes', () => {
  const read = (schema: typeof nicsSchema | typeof instancesSchema, item: object) =>
    readResponse(
      raw({ requestId: 'T1', response: { totalCount: 1, dataSet: [item] } }),
      schema as typeof nicsSchema,
      context,
    );

  test('is redacted in names and addresses, however deeply nested', () => {
    const nic = { nicId: 'nic-1', status: 'USED', name: 'a secret', publicIpList: ['1.1.1.1', 'secret'] };
    const shown = { ...nic, name: 'a ***', publicIpList: ['1.1.1.1', '***'] };
    expect(read(nicsSchema, nic)).toMatchObject({ totalCount: 1, dataSet: [shown] });
    const instance = { instanceId: 'ins-1', status: 'RUNNING', zoneId: 'secret', nics: [nic] };
    expect(read(instancesSchema, instance).dataSet).toMatchObject([{ zoneId: '***', nics: [shown] }]);
  });

  test('is not redacted in IDs and statuses, which a short secret could be part of', () => {
    const nic = {
      nicId: 'nic-secret',
      instanceId: 'ins-secret',
      status: 'secret-status',
      nicType: 'secret-type',
    };
    expect(read(nicsSchema, nic).dataSet).toMatchObject([nic]);
  });

  test('is redacted in the request IDs of response and envelope', () => {
    const read = (body: object) => readResponse(raw(body), acceptedSchema, context).requestId;
    expect(read({ response: { requestId: 'T-secret' } })).toBe('T-***');
    expect(read({ requestId: 'T-secret', response: {} })).toBe('T-***');
  });
});

describe('retry delays', () => {
  test('are random between zero and a bound that doubles up to a cap', () => {
    const options = { baseMs: 100, capMs: 1_000 };
    const bounds = [1, 2, 3, 4, 5, 50].map((attempt) => fullJitter(attempt, options, () => 1));
    expect(bounds).toEqual([100, 200, 400, 800, 1_000, 1_000]);
    expect(fullJitter(3, options, () => 0.25)).toBe(100);
    const drawn = fullJitter(1, options);
    expect(drawn >= 0 && drawn < 100).toBe(true);
  });

  test.each([
    [undefined, undefined],
    ['', undefined],
    [' 5 ', 5_000],
    ['0', 0],
    ['61', MAX_RETRY_AFTER_MS],
    ['-5', undefined],
    ['5s', undefined],
    ['1.5', undefined],
    ['9'.repeat(16), undefined],
    [new Date(WALL + 9_000).toUTCString(), 9_000],
    [new Date(WALL - 9_000).toUTCString(), 0],
    ['Mon, nonsense', undefined],
    ['2026-01-01', undefined],
    ['x Mon, 01 Jan 2026 00:00:09 GMT', undefined],
  ])('honour a Retry-After of %j', (header, expected) =>
    expect(parseRetryAfter(header, WALL)).toBe(expected),
  );
});
