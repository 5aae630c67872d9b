import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, exitCodeOf } from '../../lib/cli/errors';
import { ZecApiError } from '../../lib/zec';
import type { Action } from '../../lib/zec/types';

/** All documented codes of the API, with their HTTP status and the actions that return them. */
const CODES: readonly (readonly [code: string, httpStatus: number, ...actions: Action[]])[] = [
  ['INVALID_INSTANCE_NOT_FOUND', 404, 'AttachNetworkInterface'],
  ['INVALID_NIC_NOT_FOUND', 404, 'AttachNetworkInterface', 'DetachNetworkInterface'],
  ['OPERATION_FAILED_RESOURCE_NOT_FOUND', 404, 'AttachNetworkInterface', 'DetachNetworkInterface'],
  ['INVALID_NIC_ATTACHED', 400, 'AttachNetworkInterface'],
  ['INVALID_NIC_INSTANCE_REGION_MISMATCH', 409, 'AttachNetworkInterface'],
  ['INVALID_NIC_STATUS', 400, 'AttachNetworkInterface', 'DetachNetworkInterface'],
  ['OPERATION_DENIED_INSTANCE_STATUS_NOT_SUPPORT', 400, 'AttachNetworkInterface', 'DetachNetworkInterface'],
  ['INVALID_INSTANCE_NIC_LIMIT', 400, 'AttachNetworkInterface'],
  ['INVALID_INSTANCE_PRECHECK_ABNORMAL', 400, 'AttachNetworkInterface', 'DetachNetworkInterface'],
  ['INVALID_NIC_PRIMARY_CANT_DETACH', 409, 'DetachNetworkInterface'],
  ['INVALID_NIC_LB_ASSOCIATED', 409, 'AttachNetworkInterface', 'DetachNetworkInterface'],
  ['OPERATION_DENIED_NIC_NOT_EXIST_INSTANCE', 403, 'DetachNetworkInterface'],
  ['OPERATION_FAILED_FOR_RECYCLE_RESOURCE', 400],
  ['REQUEST_LIMIT_EXCEEDED', 429],
  ['AUTHFAILURE_SIGNATURE_FAILURE', 401],
  ['AUTHFAILURE_SIGNATURE_EXPIRED', 401],
  ['AUTHFAILURE_UNAUTHORIZED_OPERATION', 403],
  ['AUTHFAILURE_INVALID_AUTHORIZATION', 401],
  ['MISSING_PARAMETER', 400],
  ...['TYPE', 'VALUE', 'EXCEED_MAXIMUM', 'LESS_MINIMUM', 'EXCEED_LENGTH', 'LESS_LENGTH', 'PATTERN_ERROR'].map(
    (mistake) => [`INVALID_PARAMETER_${mistake}`, 400] as const,
  ),
  ['INVALID_PARAMETER_DATE_FORMAT_ERROR', 400],
  ['SERVICE_TEMPORARY_UNAVAILABLE', 503],
  ['INTERNAL_SERVER_ERROR', 500],
  ['INVALID_OPERATION_TIMEOUT', 504],
  ['REQUEST_TIMED_OUT', 504],
];

const page = readFileSync(join(__dirname, '../../docs/reference/README.md'), 'utf8');
const rows = new Map(
  page
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter(([, code = '']) => /^`[A-Z_…]+`$/.test(code))
    .map(([, code = '', meaning = '', retried = '', exit = '', advice = '']) => [
      code.slice(1, -1),
      { meaning, retried, exit, advice },
    ]),
);
const rowNameOf = (code: string) => (code.startsWith('INVALID_PARAMETER_') ? 'INVALID_PARAMETER_…' : code);

test('the table of error codes has a row for each code of the API and no others', () => {
  expect([...rows.keys()].sort()).toEqual([...new Set(CODES.map(([code]) => rowNameOf(code)))].sort());
});

const cases = CODES.map(([code, httpStatus, ...actions]) => ({ code, httpStatus, actions }));
test.each(cases)(
  'the table says of $code what the client and the commands do',
  ({ code, httpStatus, actions }) => {
    const [action = 'AttachNetworkInterface'] = actions;
    const error = new ZecApiError({ action, code, httpStatus, message: 'No.' });
    const row = rows.get(rowNameOf(code));
    const detach = actions.includes('DetachNetworkInterface')
      ? new ZecApiError({ action: 'DetachNetworkInterface', code, httpStatus, message: 'No.' })
      : error;
    const retried = { terminal: 'no', conflict: 'after a read, three times', transient: 'until the timeout' };
    expect(row?.retried).toBe(
      detach.kind === error.kind
        ? retried[error.kind]
        : `${retried[error.kind]}; for a detach ${retried[detach.kind]}`,
    );
    expect(row?.exit).toBe(String(error.kind === 'transient' ? EXIT.timedOut : exitCodeOf(error)));
    expect(row?.advice).toBe(error.advice);
    expect(row?.meaning).not.toBe('');
  },
);

test('each code has its own advice, except the codes for parameters', () => {
  const advices = CODES.filter(([code]) => !code.startsWith('INVALID_PARAMETER_')).map(
    ([code, httpStatus]) =>
      new ZecApiError({ action: 'AttachNetworkInterface', code, httpStatus, message: '' }).advice,
  );
  expect(advices).not.toContain(undefined);
  expect(new Set(advices).size).toBe(advices.length);
});
