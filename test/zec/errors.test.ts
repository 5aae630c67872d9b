import { ZecResponseError, ZecApiError, ZecNetworkError } from '../../lib/zec';
import type { ErrorKind } from '../../lib/zec';
import { toSingleLine } from '../../lib/zec/errors';
import { networkError } from '../../lib/zec/network-errors';
import { TransportError } from '../../lib/zec/transport';
import type { Action } from '../../lib/zec/types';

const apiError = (
  code: string,
  more: { action?: Action; httpStatus?: number; clockSkewMs?: number; requestId?: string } = {},
) => new ZecApiError({ action: 'AttachNetworkInterface', code, message: 'No.', httpStatus: 400, ...more });

describe('the advice of an API error', () => {
  test.each([
    ['INVALID_INSTANCE_NOT_FOUND', /^Check the instance ID, the region and the account/],
    ['INVALID_NIC_NOT_FOUND', /^Check the vNIC ID, the region and the account/],
    ['OPERATION_FAILED_RESOURCE_NOT_FOUND', /^Check both IDs, the region and the account/],
    ['INVALID_NIC_ATTACHED', /^Detach the vNIC from the instance that holds it/],
    ['INVALID_NIC_STATUS', /^Wait until the vNIC is AVAILABLE for an attach, or USED for a detach/],
    ['OPERATION_DENIED_INSTANCE_STATUS_NOT_SUPPORT', /^The instance must be RUNNING/],
    ['OPERATION_DENIED_NIC_NOT_EXIST_INSTANCE', /^According to the API, no instance holds the vNIC/],
    ['REQUEST_LIMIT_EXCEEDED', /^The account sends more requests than the API allows/],
    ['SERVICE_TEMPORARY_UNAVAILABLE', /^The API is temporarily unavailable/],
    ['INTERNAL_SERVER_ERROR', /^The API failed: try again, or contact Zenlayer support/],
    ['INVALID_OPERATION_TIMEOUT', /^The operation took too long and may still finish/],
    ['REQUEST_TIMED_OUT', /^The API did not respond in time/],
    ['INVALID_INSTANCE_PRECHECK_ABNORMAL', /guest agent \(QGA\)/],
    ['INVALID_NIC_INSTANCE_REGION_MISMATCH', /instance of its own region/],
    ['INVALID_INSTANCE_NIC_LIMIT', /at most 8 vNICs, fewer on small sizes/],
    ['INVALID_NIC_PRIMARY_CANT_DETACH', /cannot be detached/],
    ['INVALID_NIC_LB_ASSOCIATED', /load balancer/],
    ['AUTHFAILURE_SIGNATURE_FAILURE', /access key ID and password/],
    ['AUTHFAILURE_SIGNATURE_EXPIRED', /^Set this machine’s clock: it is wrong by more than five minutes/],
    ['AUTHFAILURE_UNAUTHORIZED_OPERATION', /^Grant the user .* the permission for this action/],
    ['AUTHFAILURE_INVALID_AUTHORIZATION', /^Check the token/],
    ['OPERATION_FAILED_FOR_RECYCLE_RESOURCE', /^It is in the recycle bin/],
    ['MISSING_PARAMETER', /^A parameter is missing/],
    ['INVALID_PARAMETER_VALUE', /^The API does not accept this value/],
    ['INVALID_PARAMETER_DATE_FORMAT_ERROR', /^The API does not accept this value/],
    ['AUTHFAILURE_ANYTHING_ELSE', /access key ID and password/],
  ])('%s', (code, advice) => expect(apiError(code).advice).toMatch(advice));

  test('for an unknown code is only that of its HTTP status', () => {
    expect(apiError('UNHEARD_OF').advice).toBeUndefined();
    expect(apiError('UNHEARD_OF', { httpStatus: 500 }).advice).toMatch(/^The API failed/);
  });

  test.each<[string, number, ErrorKind]>([
    ['UNHEARD_OF', 400, 'terminal'],
    ['UNHEARD_OF', 401, 'terminal'],
    ['UNHEARD_OF', 429, 'transient'],
    ['UNHEARD_OF', 499, 'terminal'],
    ['UNHEARD_OF', 500, 'transient'],
    ['toString', 400, 'terminal'],
  ])('an unknown code %s with HTTP %i is %s', (code, httpStatus, kind) => {
    expect(apiError(code, { httpStatus })).toMatchObject({
      kind,
      outcome: httpStatus >= 500 ? 'unknown' : 'not-applied',
    });
  });

  test('a 401 with an unknown code advises to check the credentials', () => {
    expect(apiError('UNHEARD_OF', { httpStatus: 401 }).advice).toMatch(/access key/);
  });

  test('a failed read is never applied', () => {
    const error = apiError('INTERNAL_SERVER_ERROR', { action: 'DescribeInstances', httpStatus: 500 });
    expect(error).toMatchObject({ kind: 'transient', outcome: 'not-applied' });
  });

  test.each(['INVALID_NIC_NOT_FOUND', 'INVALID_INSTANCE_NOT_FOUND', 'OPERATION_FAILED_RESOURCE_NOT_FOUND'])(
    'for a detach, %s is a conflict',
    (code) => {
      expect(apiError(code, { action: 'DetachNetworkInterface' }).kind).toBe('conflict');
      expect(apiError(code).kind).toBe('terminal');
    },
  );

  test.each([
    [59_999, /access key ID/],
    [-59_999, /access key ID/],
    [60_000, /^Set this machine’s clock: it is 1 min ahead of the server’s, so signatures are rejected\.$/],
    [-7_200_000, /^Set this machine’s clock: it is 120 min behind the server’s/],
  ])('for an invalid signature with a clock difference of %i ms', (clockSkewMs, advice) => {
    expect(apiError('AUTHFAILURE_SIGNATURE_FAILURE', { clockSkewMs }).advice).toMatch(advice);
  });

  test('a wrong clock is not mentioned for other errors', () => {
    expect(apiError('INVALID_INSTANCE_NIC_LIMIT', { clockSkewMs: 9e9 }).advice).toMatch(/8 vNICs/);
  });
});

test('errors have a name, a message, an action and a cause', () => {
  const error = apiError('X', { requestId: 'T1' });
  expect([error.name, error.message]).toEqual([
    'ZecApiError',
    'AttachNetworkInterface failed: X: No. (HTTP 400, requestId T1)',
  ]);
  expect(apiError('X').message).toContain('requestId none');
  const cause = new Error('inner');
  const network = new ZecNetworkError('m', { action: 'DescribeInstances', outcome: 'not-applied', cause });
  expect([network.name, network.kind, network.cause]).toEqual(['ZecNetworkError', 'transient', cause]);
  const malformed = new ZecResponseError('m', {
    action: 'DescribeInstances',
    kind: 'terminal',
    outcome: 'unknown',
  });
  expect([malformed.name, malformed.kind, Object.hasOwn(malformed, 'cause')]).toEqual([
    'ZecResponseError',
    'terminal',
    false,
  ]);
});

test('external text is put on one line and truncated', () => {
  expect(toSingleLine(' a\r\n\tb\u2028c\u0000d\u200be  f ')).toBe('a b c d e f');
  expect(toSingleLine('x'.repeat(500))).toBe('x'.repeat(500));
  expect(toSingleLine('x'.repeat(501))).toBe(`${'x'.repeat(500)}…`);
});

describe('a request without a complete response', () => {
  const context = {
    action: 'AttachNetworkInterface',
    domain: 'api.example',
    timeoutMs: 1_500,
    redact: (text: string) => text.replaceAll('secret', '***'),
  } as const;
  const coded = (code: string, message = 'it broke') => Object.assign(new Error(message), { code });

  test.each([
    [new TransportError('too-large', true), 'the response is larger than 4 MiB', 'unknown'],
    [new TransportError('timeout', true), 'no complete response from api.example within 1.5 s', 'unknown'],
    [new TransportError('timeout', false), 'no connection to api.example within 1.5 s', 'not-applied'],
    [new TransportError('closed', true), 'the client was closed', 'unknown'],
    [new TransportError('closed', false), 'the client was closed', 'not-applied'],
    [
      new TransportError('connection', true, coded('ECONNRESET')),
      'the connection to api.example was lost (ECONNRESET: it broke)',
      'unknown',
    ],
    [
      new TransportError('connection', false, coded('ECONNRESET', 'a secret\nsecond line')),
      'no connection to api.example (ECONNRESET: a ***)',
      'not-applied',
    ],
    [
      new TransportError('connection', true, new Error('')),
      'the connection to api.example was lost ()',
      'unknown',
    ],
    [new TransportError('connection', true), 'the connection to api.example was lost ()', 'unknown'],
    [
      new TransportError('connection', false, new Error('x'.repeat(300))),
      `no connection to api.example (${'x'.repeat(200)})`,
      'not-applied',
    ],
    [
      new TransportError(
        'connection',
        false,
        new AggregateError([coded('ECONNREFUSED', 'first'), new Error('2')]),
      ),
      'no connection to api.example (ECONNREFUSED: first)',
      'not-applied',
    ],
    [
      new TransportError('connection', false, new AggregateError([], 'none of them')),
      'no connection to api.example (none of them)',
      'not-applied',
    ],
  ])('%#', (failure, words, outcome) => {
    const error = networkError(failure, context);
    expect(error.message).toBe(`AttachNetworkInterface failed: ${words}`);
    expect(error).toMatchObject({ action: 'AttachNetworkInterface', kind: 'transient', outcome });
    expect(error).toBeInstanceOf(failure.reason === 'too-large' ? ZecResponseError : ZecNetworkError);
  });

  test.each([
    ['ENOTFOUND', 'transient', /could not be resolved/],
    ['EAI_AGAIN', 'transient', /could not be resolved/],
    ['ECONNREFUSED', 'transient', /could not be reached/],
    ['EHOSTUNREACH', 'transient', /could not be reached/],
    ['ENETUNREACH', 'transient', /could not be reached/],
    ['ETIMEDOUT', 'transient', /could not be reached/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'terminal', /NODE_EXTRA_CA_CERTS/],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'terminal', /NODE_EXTRA_CA_CERTS/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'terminal', /NODE_EXTRA_CA_CERTS/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'terminal', /NODE_EXTRA_CA_CERTS/],
    ['CERT_HAS_EXPIRED', 'terminal', /NODE_EXTRA_CA_CERTS/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'terminal', /does not speak HTTPS.*ZENLAYERCLOUD_SCHEME/],
    ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'terminal', /does not speak HTTPS.*ZENLAYERCLOUD_SCHEME/],
    ['EACCES', 'terminal', /^This machine does not allow the connection/],
    ['EPERM', 'terminal', /^This machine does not allow the connection/],
    ['EAFNOSUPPORT', 'terminal', /^This machine does not allow the connection/],
  ])('no connection because of %s', (code, kind, advice) => {
    const error = networkError(new TransportError('connection', false, coded(code)), context);
    expect(error.kind).toBe(kind);
    expect(error.advice).toMatch(advice);
    expect(error).toMatchObject({ hostUnreachable: code === 'ENOTFOUND' || code === 'ECONNREFUSED' });
  });

  test('the cause may be recognized by the message alone', () => {
    const error = (text: string) =>
      networkError(new TransportError('connection', false, coded('EPROTO', text)), context);
    expect(error('write EPROTO 40:error:0A00010B:SSL routines:wrong version number')).toMatchObject({
      kind: 'terminal',
      advice: expect.stringContaining('ZENLAYERCLOUD_SCHEME') as string,
    });
    expect(error('write EPROTO something else').kind).toBe('transient');
  });

  test('a lost connection has no advice about names and certificates', () => {
    const error = networkError(new TransportError('connection', true, coded('ETIMEDOUT')), context);
    expect([error.kind, error.advice]).toEqual(['transient', undefined]);
    const other = networkError(new TransportError('connection', false, coded('XETIMEDOUTX')), context);
    expect(other.advice).toBeUndefined();
  });
});
