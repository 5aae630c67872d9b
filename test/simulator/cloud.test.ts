import { Cloud } from '../../lib/simulator';
import type { WorldInput } from '../../lib/simulator';
import { instance, nic, T0, world } from './worlds';

let time = T0;
const cloudOf = (more: Partial<WorldInput> = {}) => {
  time = T0;
  return new Cloud({ world: world(more), now: () => time });
};

function body(cloud: Cloud, action: string, parameters: unknown): Record<string, unknown> {
  const response = cloud.handle(action, parameters);
  if (response.kind !== 'response') throw new Error(`no response: ${response.kind}`);
  return response.body;
}

const attach = (cloud: Cloud, nicId: string, instanceId: string) =>
  body(cloud, 'AttachNetworkInterface', { nicId, instanceId });
const detach = (cloud: Cloud, nicId: string) => body(cloud, 'DetachNetworkInterface', { nicId });

function seenNic(cloud: Cloud, nicId: string): string {
  const { response } = body(cloud, 'DescribeNetworkInterfaces', { nicIds: [nicId] }) as {
    response: { dataSet: { status: string; instanceId?: string }[] };
  };
  const [found] = response.dataSet;
  return found === undefined ? 'missing' : [found.status, found.instanceId].filter(Boolean).join(' ');
}

const frees: WorldInput['settings'] = { detachMs: [500, 500], releasedNics: 'FREE' };

function listed(cloud: Cloud, instanceId: string): string[] {
  const { response } = body(cloud, 'DescribeInstances', { instanceIds: [instanceId] }) as {
    response: { dataSet: { nics: { nicId: string }[] }[] };
  };
  return response.dataSet.flatMap(({ nics }) => nics.map(({ nicId }) => nicId));
}

describe('attach and detach', () => {
  test('are asynchronous: ATTACHING, then USED and listed; DETACHING, then AVAILABLE and not listed', () => {
    const cloud = cloudOf();
    expect(attach(cloud, 'nic-1', 'ins-1')).toEqual({
      requestId: expect.stringMatching(/^T[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/) as string,
      response: { requestId: expect.any(String) as string },
    });
    expect([seenNic(cloud, 'nic-1'), listed(cloud, 'ins-1')]).toEqual(['ATTACHING ins-1', []]);
    time += 999;
    expect(seenNic(cloud, 'nic-1')).toBe('ATTACHING ins-1');
    time += 1;
    expect([seenNic(cloud, 'nic-1'), listed(cloud, 'ins-1')]).toEqual(['USED ins-1', ['nic-1']]);
    detach(cloud, 'nic-1');
    expect([seenNic(cloud, 'nic-1'), listed(cloud, 'ins-1')]).toEqual(['DETACHING ins-1', ['nic-1']]);
    time += 500;
    expect([seenNic(cloud, 'nic-1'), listed(cloud, 'ins-1')]).toEqual(['AVAILABLE', []]);
  });

  test('record events that name the request that caused them', () => {
    const cloud = cloudOf();
    const { requestId } = attach(cloud, 'nic-1', 'ins-1');
    time += 1000;
    const by = { kind: 'request', action: 'AttachNetworkInterface', requestId };
    expect(cloud.events()).toEqual([
      {
        time: new Date(T0).toISOString(),
        nicId: 'nic-1',
        from: { status: 'AVAILABLE' },
        to: { status: 'ATTACHING', instanceId: 'ins-1' },
        by,
      },
      {
        time: new Date(T0 + 1000).toISOString(),
        nicId: 'nic-1',
        from: { status: 'ATTACHING', instanceId: 'ins-1' },
        to: { status: 'USED', instanceId: 'ins-1' },
        by,
      },
    ]);
  });

  const eight = Array.from({ length: 8 }, (_, index) => nic(`nic-full-${index}`, { instanceId: 'ins-1' }));
  const refusedAttaches: [string, Partial<WorldInput>, [string, string], number, string][] = [
    ['a vNIC that does not exist', {}, ['nic-0', 'ins-1'], 404, 'INVALID_NIC_NOT_FOUND'],
    ['an instance that does not exist', {}, ['nic-1', 'ins-0'], 404, 'INVALID_INSTANCE_NOT_FOUND'],
    ['a vNIC in use', {}, ['nic-2', 'ins-1'], 400, 'INVALID_NIC_ATTACHED'],
    ['a vNIC in use by this very instance', {}, ['nic-2', 'ins-2'], 400, 'INVALID_NIC_ATTACHED'],
    [
      'a vNIC that is not ready',
      { nics: [nic('nic-1', { status: 'PENDING' })] },
      ['nic-1', 'ins-1'],
      400,
      'INVALID_NIC_STATUS',
    ],
    [
      'another region',
      { nics: [nic('nic-1', { regionId: 'europe-west-2' })] },
      ['nic-1', 'ins-1'],
      409,
      'INVALID_NIC_INSTANCE_REGION_MISMATCH',
    ],
    [
      'a stopped instance',
      { instances: [instance('ins-1', { status: 'STOPPED' })], nics: [nic('nic-1')] },
      ['nic-1', 'ins-1'],
      400,
      'OPERATION_DENIED_INSTANCE_STATUS_NOT_SUPPORT',
    ],
    [
      'an instance without guest agent',
      { instances: [instance('ins-1', { enableAgent: false })], nics: [nic('nic-1')] },
      ['nic-1', 'ins-1'],
      400,
      'INVALID_INSTANCE_PRECHECK_ABNORMAL',
    ],
    [
      'a ninth vNIC',
      { nics: [nic('nic-1'), ...eight] },
      ['nic-1', 'ins-1'],
      400,
      'INVALID_INSTANCE_NIC_LIMIT',
    ],
  ];
  test.each(refusedAttaches)('attach of %s is rejected', (_, more, [nicId, instanceId], status, code) => {
    const cloud = cloudOf(more);
    expect(attach(cloud, nicId, instanceId)).toMatchObject({ code });
    expect(cloud.requests().at(-1)).toMatchObject({ status, code });
    expect(cloud.events()).toEqual([]);
  });

  const held = { instanceId: 'ins-1' };
  const refusedDetaches: [string, Partial<WorldInput>, string, number, string][] = [
    ['a vNIC that does not exist', {}, 'nic-0', 404, 'INVALID_NIC_NOT_FOUND'],
    ['a free vNIC', {}, 'nic-1', 400, 'INVALID_NIC_STATUS'],
    [
      'a primary vNIC',
      { nics: [nic('nic-1', { ...held, nicType: 'Primary' })] },
      'nic-1',
      409,
      'INVALID_NIC_PRIMARY_CANT_DETACH',
    ],
    [
      'a vNIC of a stopped instance',
      { instances: [instance('ins-1', { status: 'STOPPED' })], nics: [nic('nic-1', held)] },
      'nic-1',
      400,
      'OPERATION_DENIED_INSTANCE_STATUS_NOT_SUPPORT',
    ],
    [
      'a vNIC behind a load balancer',
      { nics: [nic('nic-1', { ...held, lbAssociated: true })] },
      'nic-1',
      409,
      'INVALID_NIC_LB_ASSOCIATED',
    ],
  ];
  test.each(refusedDetaches)('detach of %s is rejected', (_, more, nicId, status, code) => {
    const cloud = cloudOf(more);
    expect(detach(cloud, nicId)).toMatchObject({ code });
    expect(cloud.requests().at(-1)).toMatchObject({ status, code });
    expect(cloud.events()).toEqual([]);
  });

  test('detach names no instance: it detaches the vNIC from any instance that holds it', () => {
    const cloud = cloudOf();
    detach(cloud, 'nic-2');
    time += 500;
    expect(seenNic(cloud, 'nic-2')).toBe('AVAILABLE');
  });
});

describe('parameters', () => {
  const many = Array.from({ length: 101 }, (_, index) => `nic-${index}`);
  const bad: [string, string, unknown, string][] = [
    ['a missing one', 'AttachNetworkInterface', { nicId: 'nic-1' }, 'MISSING_PARAMETER'],
    [
      'an unknown one',
      'DetachNetworkInterface',
      { nicId: 'nic-1', instanceId: 'ins-1' },
      'INVALID_PARAMETER_VALUE',
    ],
    ['another type', 'DetachNetworkInterface', { nicId: 1 }, 'INVALID_PARAMETER_TYPE'],
    ['101 IDs', 'DescribeNetworkInterfaces', { nicIds: many }, 'INVALID_PARAMETER_EXCEED_LENGTH'],
    ['a page of 1001', 'DescribeInstances', { pageSize: 1001 }, 'INVALID_PARAMETER_EXCEED_MAXIMUM'],
    ['page 0', 'DescribeInstancesStatus', { pageNum: 0 }, 'INVALID_PARAMETER_LESS_MINIMUM'],
    ['an unknown status', 'DescribeInstances', { status: 'ASLEEP' }, 'INVALID_PARAMETER_VALUE'],
  ];
  test.each(bad)('%s is rejected', (_, action, parameters, code) => {
    const cloud = cloudOf();
    expect(body(cloud, action, parameters)).toMatchObject({ code });
    expect(cloud.requests().at(-1)).toMatchObject({ status: 400, code });
  });

  test('an action that does not exist is not permitted', () => {
    const cloud = cloudOf();
    expect(body(cloud, 'DropEverything', {})).toMatchObject({ code: 'AUTHFAILURE_UNAUTHORIZED_OPERATION' });
    expect(cloud.requests().at(-1)).toMatchObject({ status: 403, action: null });
  });
});

describe('describe', () => {
  const nics = Array.from({ length: 45 }, (_, index) => nic(`nic-${index}`));
  interface Found {
    response: { totalCount: number; dataSet: { nicId: string }[] };
  }

  test('returns pages of 20 by default, with the total count', () => {
    const cloud = cloudOf({ nics });
    const page = (parameters: object) =>
      (body(cloud, 'DescribeNetworkInterfaces', parameters) as unknown as Found).response;
    expect(page({}).dataSet).toHaveLength(20);
    expect(page({ pageSize: 30, pageNum: 2 })).toMatchObject({ totalCount: 45 });
    expect(page({ pageSize: 30, pageNum: 2 }).dataSet.map(({ nicId }) => nicId)).toEqual(
      nics.slice(30).map(({ nicId }) => nicId),
    );
    expect(page({ pageSize: 30, pageNum: 3 }).dataSet).toEqual([]);
  });

  test('omits IDs that do not exist', () => {
    const cloud = cloudOf();
    const { response } = body(cloud, 'DescribeNetworkInterfaces', {
      nicIds: ['nic-0', 'nic-1'],
    }) as unknown as Found;
    expect(response).toMatchObject({ totalCount: 1, dataSet: [{ nicId: 'nic-1' }] });
    expect(
      body(cloud, 'DescribeInstancesStatus', { instanceIds: ['ins-0', 'ins-2'] }).response,
    ).toMatchObject({
      totalCount: 1,
      dataSet: [{ instanceId: 'ins-2', instanceStatus: 'RUNNING' }],
    });
  });

  test('filters by instance and by status', () => {
    const cloud = cloudOf();
    const find = (parameters: object) =>
      (body(cloud, 'DescribeNetworkInterfaces', parameters) as unknown as Found).response.dataSet.map(
        (found) => found.nicId,
      );
    expect(find({ instanceId: 'ins-2' })).toEqual(['nic-2']);
    expect(find({ status: 'AVAILABLE' })).toEqual(['nic-1']);
  });

  test('lags behind the actual state by describeLagMs, for vNICs and for instances', () => {
    const cloud = cloudOf({ settings: { attachMs: [1000, 1000], describeLagMs: 300 } });
    attach(cloud, 'nic-1', 'ins-1');
    expect(seenNic(cloud, 'nic-1')).toBe('AVAILABLE');
    time += 300;
    expect(seenNic(cloud, 'nic-1')).toBe('ATTACHING ins-1');
    time += 700;
    expect([seenNic(cloud, 'nic-1'), listed(cloud, 'ins-1')]).toEqual(['ATTACHING ins-1', []]);
    expect(cloud.world().nics[0]).toMatchObject({ status: 'USED' });
    time += 300;
    expect([seenNic(cloud, 'nic-1'), listed(cloud, 'ins-1')]).toEqual(['USED ins-1', ['nic-1']]);
  });

  test('with a range as describeLagMs, a later read may show an older state than an earlier one', () => {
    const cloud = cloudOf({ settings: { attachMs: [60_000, 60_000], describeLagMs: [100, 400] } });
    attach(cloud, 'nic-1', 'ins-1');
    time += 99;
    const read = () => Array.from({ length: 40 }, () => seenNic(cloud, 'nic-1'));
    expect(new Set(read())).toEqual(new Set(['AVAILABLE']));
    time += 150;
    expect(read().join()).toMatch(/ATTACHING ins-1,AVAILABLE/);
    time += 151;
    expect(new Set(read())).toEqual(new Set(['ATTACHING ins-1']));
    cloud.reset();
    expect(() => cloud.patch({ settings: { describeLagMs: [5, 600_001] } })).toThrow('describeLagMs');
  });
});

describe('a change of the world', () => {
  test('merges entries by ID, and null removes an entry', () => {
    const cloud = cloudOf();
    cloud.patch({
      nics: { 'nic-1': { name: 'front' }, 'nic-2': null },
      instances: [instance('ins-3', { status: 'STOPPED' })],
    });
    const { nics, instances } = cloud.world();
    expect(nics).toEqual([expect.objectContaining({ nicId: 'nic-1', name: 'front', status: 'AVAILABLE' })]);
    expect(instances.map(({ instanceId }) => instanceId)).toEqual(['ins-1', 'ins-2', 'ins-3']);
  });

  test('rejects a key that reaches a prototype', () => {
    const patch = JSON.parse('{"nics":{"__proto__":{"status":"USED"}}}') as object;
    expect(() => cloudOf().patch(patch)).toThrow(/nics: a key is not an ID/);
  });

  test('an invalid change changes nothing, and the error names each mistake', () => {
    const cloud = cloudOf();
    const before = cloud.world();
    expect(() => cloud.patch({ nics: { 'nic-1': { status: 'USED' }, 'nic-2': null } })).toThrow(
      /nics\[0\]\.instanceId of "nic-1": missing, but the status is USED/,
    );
    expect(cloud.world()).toEqual(before);
  });

  test('a vNIC of a released instance is DELETING, then gone', () => {
    const cloud = cloudOf();
    cloud.patch({ instances: { 'ins-2': { status: 'RELEASING' } } });
    expect(seenNic(cloud, 'nic-2')).toBe('DELETING');
    time += 500;
    expect(seenNic(cloud, 'nic-2')).toBe('missing');
  });

  test('where a release frees vNICs, one of a released instance is DETACHING, then AVAILABLE', () => {
    const cloud = cloudOf({ settings: frees });
    cloud.patch({ instances: { 'ins-2': { status: 'RELEASING' } } });
    expect(seenNic(cloud, 'nic-2')).toBe('DETACHING ins-2');
    time += 500;
    expect(seenNic(cloud, 'nic-2')).toBe('AVAILABLE');
  });

  test('a vNIC of a removed instance is DELETING, then gone', () => {
    const cloud = cloudOf();
    cloud.patch({ instances: { 'ins-2': null } });
    expect(seenNic(cloud, 'nic-2')).toBe('DELETING');
    cloud.patch({ nics: { 'nic-2': { name: 'renamed' } } });
    time += 500;
    expect(seenNic(cloud, 'nic-2')).toBe('missing');
  });

  test('where a release frees vNICs, one of a removed instance is DETACHING, then AVAILABLE; its primary vNIC is removed', () => {
    const cloud = cloudOf({
      settings: frees,
      nics: [
        nic('nic-2', { instanceId: 'ins-2' }),
        nic('nic-p', { instanceId: 'ins-2', nicType: 'Primary' }),
      ],
    });
    cloud.patch({ instances: { 'ins-2': null } });
    expect([seenNic(cloud, 'nic-2'), seenNic(cloud, 'nic-p')]).toEqual(['DETACHING ins-2', 'missing']);
    time += 500;
    expect(seenNic(cloud, 'nic-2')).toBe('AVAILABLE');
  });

  test('a reset restores the starting world and clears requests, events and faults', () => {
    const cloud = cloudOf();
    const start = cloud.world();
    const first = attach(cloud, 'nic-1', 'ins-1').requestId;
    cloud.faults.set([{ kind: 'reset' }]);
    cloud.reset();
    expect([cloud.world(), cloud.requests(), cloud.events(), cloud.faults.list()]).toEqual([
      start,
      [],
      [],
      [],
    ]);
    expect(attach(cloud, 'nic-1', 'ins-1').requestId).toBe(first);
  });
});

test('the same seed gives the same durations, another seed gives others', () => {
  const times = (seed: number) => {
    const nics = Array.from({ length: 7 }, (_, index) => nic(`nic-${index}`));
    const cloud = cloudOf({ nics, settings: { attachMs: [0, 100_000], seed } });
    for (const { nicId } of nics) attach(cloud, nicId, 'ins-1');
    time += 100_000;
    return cloud.events().map((event) => event.time);
  };
  expect(times(1)).toEqual(times(1));
  expect(times(1)).not.toEqual(times(2));
});

test('requests above the rate limit are rejected with a Retry-After, and accepted after that time', () => {
  const cloud = cloudOf({ settings: { rateLimitPerSecond: 2 } });
  const codes = () => Array.from({ length: 3 }, () => body(cloud, 'DescribeInstances', {}).code);
  expect(codes()).toEqual([undefined, undefined, 'REQUEST_LIMIT_EXCEEDED']);
  const response = cloud.handle('DescribeInstances', {});
  expect(response).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
  time += 1000;
  expect(codes()).toEqual([undefined, undefined, 'REQUEST_LIMIT_EXCEEDED']);
});
