import { OperationError } from '../../lib/handler';
import type { OperationErrorDetails } from '../../lib/handler';
import { refusedByApi } from '../../lib/handler/errors';
import { describeView, viewOf } from '../../lib/handler/view';
import { ZecApiError, ZecNetworkError } from '../../lib/zec/errors';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';
import { attaching, TARGET, used, view } from './views';

const details: OperationErrorDetails = {
  reason: 'timeout',
  goal: 'attach',
  target: TARGET,
  summary: 'not converged within 10 s',
  advice: 'Wait.',
  leftBehind: 'nothing',
  observed: [],
  requestIds: [],
};

describe('the message of an operation error', () => {
  test('after an attach that left nothing behind', () => {
    const error = new OperationError(details);
    expect(error.message).toBe(
      [
        'vNIC nic-1 was not attached to instance ins-1: not converged within 10 s.',
        '  What to do: Wait.',
        '  Nothing was left behind.',
      ].join('\n'),
    );
    expect([error.name, error.reason, error.cause]).toEqual(['OperationError', 'timeout', undefined]);
    expect(Object.hasOwn(error, 'cause')).toBe(false);
  });

  test('after an attach that may be left behind names the API error, the observations and the requests', () => {
    const cause = new ZecApiError({
      action: 'AttachNetworkInterface',
      code: 'INVALID_NIC_STATUS',
      message: 'No.',
      httpStatus: 400,
      requestId: 'T9',
    });
    const error = new OperationError({
      ...details,
      leftBehind: 'possibly-attached',
      observed: ['1 × this', '2 × that'],
      requestIds: ['T1', 'T2'],
      cause,
    });
    expect(error.headline).toBe('vNIC nic-1 was not attached to instance ins-1: not converged within 10 s.');
    expect(error.explanation).toBe(
      [
        'What to do: Wait.',
        'The vNIC may be, or may become, attached; destroy the attachment or apply again to resolve this.',
        'API: INVALID_NIC_STATUS (requestId T9)',
        'Observed: 1 × this; 2 × that.',
        'Mutating requests: T1, T2.',
      ].join('\n'),
    );
    expect(error.cause).toBe(cause);
  });

  test('does not repeat an API error that the summary contains', () => {
    const cause = new ZecApiError({
      action: 'AttachNetworkInterface',
      code: 'INVALID_INSTANCE_NIC_LIMIT',
      message: 'No.',
      httpStatus: 400,
      requestId: 'T9',
    });
    const { message } = new OperationError({ ...details, ...refusedByApi(cause) });
    expect(message.split('INVALID_INSTANCE_NIC_LIMIT')).toHaveLength(2);
    expect(message.split('requestId T9')).toHaveLength(2);
  });

  test('says so if the API error has no request ID', () => {
    const cause = new ZecApiError({
      action: 'AttachNetworkInterface',
      code: 'X',
      message: 'No.',
      httpStatus: 400,
    });
    expect(new OperationError({ ...details, cause }).explanation).toContain('API: X (requestId none)');
  });

  test('after a detach says that the attachment remains in state', () => {
    const error = new OperationError({ ...details, goal: 'detach', leftBehind: 'nothing' });
    expect(error.headline).toMatch(/^vNIC nic-1 was not confirmed detached from instance ins-1: /);
    expect(error.explanation).toContain('The attachment remains in state; run destroy again to resume.');
  });
});

test('the final period of the API’s message is removed, because a sentence continues after it', () => {
  const summaryOf = (message: string) =>
    refusedByApi(new ZecNetworkError(message, { action: 'DescribeInstances', outcome: 'not-applied' }))
      .summary;
  expect(summaryOf('no response (v1.0). It said: Later.')).toBe('no response (v1.0). It said: Later');
  expect(summaryOf('no response. (HTTP 503)')).toBe('no response. (HTTP 503)');
});

describe('a view', () => {
  test.each([
    [view(), 'vNIC AVAILABLE, instance RUNNING'],
    [attaching, 'vNIC ATTACHING (instance ins-1), instance RUNNING, which does not list the vNIC'],
    [used, 'vNIC USED (instance ins-1), instance RUNNING'],
    [view({ listed: true }), 'vNIC AVAILABLE, instance RUNNING, which lists the vNIC'],
    [view({ owner: 'other', nicStatus: 'USED' }), 'vNIC USED (instance ins-2), instance RUNNING'],
    [view({ nicStatus: undefined, instanceStatus: undefined }), 'vNIC missing, instance missing'],
  ])('is described (%#)', (seen, words) => expect(describeView(seen)).toBe(words));

  const nic = { nicId: TARGET.nicId, status: 'USED', nicType: 'Secondary' };
  const instance = { instanceId: TARGET.instanceId, status: 'RUNNING', nics: [] };

  test('of a vNIC and an instance that agree', () => {
    const held = { ...nic, instanceId: TARGET.instanceId };
    expect(viewOf(TARGET, { nic: held, instance: { ...instance, nics: [held] } })).toEqual(used);
  });

  test('of a vNIC at another instance and an instance that lists another vNIC', () => {
    const other = { ...nic, nicId: parseNicId('nic-2') };
    const seen = viewOf(TARGET, {
      nic: { ...nic, nicType: 'Primary', instanceId: parseInstanceId('ins-2') },
      instance: { ...instance, nics: [other, other] },
    });
    expect(seen).toMatchObject({ owner: 'other', ownerId: 'ins-2', primary: true, listed: false });
  });

  test('of an instance that lists the vNIC among others', () => {
    const other = { ...nic, nicId: parseNicId('nic-2') };
    expect(viewOf(TARGET, { nic, instance: { ...instance, nics: [other, nic] } }).listed).toBe(true);
  });

  test('of a missing vNIC and a missing instance', () => {
    expect(viewOf(TARGET, { nic: undefined, instance: undefined })).toEqual(
      view({ nicStatus: undefined, instanceStatus: undefined }),
    );
  });
});
