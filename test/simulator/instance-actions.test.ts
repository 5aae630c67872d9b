import { Cloud } from '../../lib/simulator';
import type { WorldInput } from '../../lib/simulator';
import { instance, nic, T0, world } from './worlds';

let time = T0;
const cloudOf = (more: Partial<WorldInput> = {}) => {
  time = T0;
  const settings: WorldInput['settings'] = {
    detachMs: [500, 500],
    instanceMs: [2_000, 2_000],
    ...more.settings,
  };
  const start = world({
    instances: [instance('ins-on'), instance('ins-off', { status: 'STOPPED' })],
    nics: [
      nic('nic-p', { instanceId: 'ins-on', nicType: 'Primary' }),
      nic('nic-1', { instanceId: 'ins-on' }),
      nic('nic-2', { instanceId: 'ins-off' }),
    ],
    ...more,
    settings,
  });
  return new Cloud({ world: start, now: () => time });
};

function call(cloud: Cloud, action: string, parameters: object): unknown {
  const response = cloud.handle(action, parameters);
  if (response.kind !== 'response') return response.kind;
  if ('code' in response.body) return response.body.code;
  const { requestId: _, ...fields } = response.body.response;
  return fields;
}

const statuses = (cloud: Cloud) =>
  Object.fromEntries(cloud.world().instances.map(({ instanceId, status }) => [instanceId, status]));
const nics = (cloud: Cloud) =>
  cloud.world().nics.map((each) => [each.nicId, each.status, each.instanceId].filter(Boolean).join(' '));

test('StartInstances goes through STARTING to RUNNING, StopInstances through STOPPING to STOPPED', () => {
  const cloud = cloudOf();
  expect(call(cloud, 'StartInstances', { instanceIds: ['ins-off'] })).toEqual({});
  expect(call(cloud, 'StopInstances', { instanceIds: ['ins-on'], forceShutdown: true })).toEqual({});
  expect(statuses(cloud)).toEqual({ 'ins-on': 'STOPPING', 'ins-off': 'STARTING' });
  time += 1_999;
  expect(statuses(cloud)).toEqual({ 'ins-on': 'STOPPING', 'ins-off': 'STARTING' });
  time += 1;
  expect(statuses(cloud)).toEqual({ 'ins-on': 'STOPPED', 'ins-off': 'RUNNING' });
  expect(nics(cloud)).toEqual(['nic-p USED ins-on', 'nic-1 USED ins-on', 'nic-2 USED ins-off']);
});

test.each([
  ['StartInstances', ['ins-on', 'ins-off', 'ins-none'], ['ins-on', 'ins-none']],
  ['StopInstances', ['ins-off', 'ins-on', 'ins-off'], ['ins-off']],
  ['ReleaseInstances', ['ins-none', 'ins-on'], ['ins-none']],
])('%s succeeds and names the instances that failed', (action, instanceIds, failed) => {
  const cloud = cloudOf();
  expect(call(cloud, action, { instanceIds })).toEqual({ instanceIds: failed });
  const done = instanceIds.filter((id) => !failed.includes(id));
  for (const id of done) expect(statuses(cloud)[id]).toMatch(/^(STARTING|STOPPING|RELEASING)$/);
});

test.each([
  ['StartInstances', {}, 'MISSING_PARAMETER'],
  ['StopInstances', { instanceIds: 'ins-on' }, 'INVALID_PARAMETER_TYPE'],
  ['StopInstances', { instanceIds: ['ins-on'], forceShutdown: 1 }, 'INVALID_PARAMETER_TYPE'],
  ['ReleaseInstances', { instanceIds: ['ins-on'], force: true }, 'INVALID_PARAMETER_VALUE'],
  [
    'StartInstances',
    { instanceIds: Array.from({ length: 101 }, (_, index) => `ins-${index}`) },
    'INVALID_PARAMETER_EXCEED_LENGTH',
  ],
])('%s with %j is rejected with %s', (action, parameters, code) => {
  expect(call(cloudOf(), action, parameters)).toBe(code);
});

test.each([
  ['StartInstances', 'ins-off', 'STOPPED'],
  ['StopInstances', 'ins-on', 'RUNNING'],
])('%s that fails asynchronously falls back to the previous status', (action, id, status) => {
  const cloud = cloudOf();
  cloud.faults.set([{ action: action as 'StartInstances', kind: 'fail-async', afterMs: 100, times: 1 }]);
  expect(call(cloud, action, { instanceIds: [id] })).toEqual({});
  expect(statuses(cloud)[id]).toMatch(/ING$/);
  time += 100;
  expect(statuses(cloud)[id]).toBe(status);
  expect(cloud.requests().at(-1)).toMatchObject({ action, fault: 'fail-async' });
});

test.each([
  ['StartInstances', 'ins-off', 'STOPPED', 'STARTING'],
  ['StopInstances', 'ins-on', 'RUNNING', 'STOPPING'],
] as const)('fault rules apply to %s', (action, id, before, after) => {
  const cloud = cloudOf();
  const request = () => [call(cloud, action, { instanceIds: [id] }), statuses(cloud)[id]];
  cloud.faults.set([
    { action, kind: 'status', status: 503, times: 1 },
    { action, kind: 'reset', times: 1 },
    { action, kind: 'drop-after-apply', times: 1 },
  ]);
  expect([request(), request(), request()]).toEqual([
    ['SERVICE_TEMPORARY_UNAVAILABLE', before],
    ['reset', before],
    ['drop-after-apply', after],
  ]);
});

test('setting a status cancels a start in progress', () => {
  const cloud = cloudOf();
  call(cloud, 'StartInstances', { instanceIds: ['ins-off'] });
  cloud.patch({ instances: { 'ins-off': { status: 'STOPPED' } } });
  time += 10_000;
  expect(statuses(cloud)['ins-off']).toBe('STOPPED');
});

describe('ReleaseInstances', () => {
  test.each<[string, WorldInput['settings'], object, string, string]>([
    ['deletes the secondary vNICs by default', {}, {}, 'nic-1 DELETING', ''],
    [
      'frees them, if the request says so',
      {},
      { dependResource: false },
      'nic-1 DETACHING ins-on',
      'nic-1 AVAILABLE',
    ],
    [
      'frees them, if the world says so',
      { releasedNics: 'FREE' },
      {},
      'nic-1 DETACHING ins-on',
      'nic-1 AVAILABLE',
    ],
    [
      'deletes them, if the request says so',
      { releasedNics: 'FREE' },
      { dependResource: true },
      'nic-1 DELETING',
      '',
    ],
  ])('%s; its primary vNIC goes with it', (_, settings, more, during, after) => {
    const cloud = cloudOf({ settings });
    call(cloud, 'ReleaseInstances', { instanceIds: ['ins-on'], ...more });
    const { requestId } = cloud.requests().at(-1) ?? {};
    expect(statuses(cloud)['ins-on']).toBe('RELEASING');
    expect(nics(cloud)).toEqual(['nic-p USED ins-on', during, 'nic-2 USED ins-off']);
    time += 2_000;
    expect(statuses(cloud)).toEqual({ 'ins-off': 'STOPPED' });
    expect(nics(cloud)).toEqual([...(after === '' ? [] : [after]), 'nic-2 USED ins-off']);
    const by = { kind: 'request', action: 'ReleaseInstances', requestId };
    expect(cloud.events().map((event) => event.by)).toEqual([by, by, by]);
  });

  test('frees a vNIC that is already DETACHING', () => {
    const cloud = cloudOf();
    call(cloud, 'DetachNetworkInterface', { nicId: 'nic-1' });
    call(cloud, 'ReleaseInstances', { instanceIds: ['ins-on'] });
    time += 2_000;
    expect(nics(cloud)).toEqual(['nic-1 AVAILABLE', 'nic-2 USED ins-off']);
  });

  test('of an instance that is removed before its vNIC is free leaves a valid world', () => {
    const cloud = cloudOf({ settings: { releasedNics: 'FREE', detachMs: [9_000, 9_000] } });
    call(cloud, 'ReleaseInstances', { instanceIds: ['ins-on'] });
    time += 3_000;
    cloud.patch({ nics: { 'nic-2': { name: 'renamed' } } });
    expect(nics(cloud)).toEqual(['nic-1 DETACHING ins-on', 'nic-2 USED ins-off']);
    time += 6_000;
    expect(nics(cloud)).toEqual(['nic-1 AVAILABLE', 'nic-2 USED ins-off']);
  });
});

test('a DELETING vNIC in a world file is removed after its delay', () => {
  const cloud = cloudOf({ nics: [nic('nic-1', { status: 'DELETING' })] });
  time += 500;
  expect(nics(cloud)).toEqual([]);
});

test.each([
  [{}, 'INVALID_NIC_STATUS', 400],
  [
    { freeNicDetachCode: 'OPERATION_DENIED_NIC_NOT_EXIST_INSTANCE' },
    'OPERATION_DENIED_NIC_NOT_EXIST_INSTANCE',
    403,
  ],
] as const)('a detach of a free vNIC in a world with %j returns %s', (settings, code, status) => {
  const cloud = cloudOf({ nics: [nic('nic-1')], settings });
  expect(call(cloud, 'DetachNetworkInterface', { nicId: 'nic-1' })).toBe(code);
  expect(cloud.requests().at(-1)).toMatchObject({ status });
});

test.each([
  [{ maxNicsPerInstance: 2 }, 'INVALID_INSTANCE_NIC_LIMIT'],
  [
    { maxNicsPerInstance: 2, fullInstanceCode: 'INVALID_INSTANCE_PRECHECK_ABNORMAL' },
    'INVALID_INSTANCE_PRECHECK_ABNORMAL',
  ],
  [{}, {}],
] as const)('an attach to an instance with two vNICs in a world with %j returns %j', (settings, expected) => {
  const cloud = cloudOf({
    nics: ['a', 'b'].map((id) => nic(id, { instanceId: 'ins-on' })).concat(nic('nic-1')),
    settings,
  });
  expect(call(cloud, 'AttachNetworkInterface', { nicId: 'nic-1', instanceId: 'ins-on' })).toEqual(expected);
});

test.each([true, false])(
  'retryAfter %s controls the Retry-After header of throttled responses',
  (retryAfter) => {
    const cloud = cloudOf({ settings: { rateLimitPerSecond: 1, retryAfter } });
    cloud.handle('DescribeInstances');
    const response = cloud.handle('DescribeInstances');
    expect(response).toMatchObject({ status: 429, headers: retryAfter ? { 'retry-after': '1' } : {} });
    expect(response.kind === 'response' && 'retry-after' in response.headers).toBe(retryAfter);
  },
);
