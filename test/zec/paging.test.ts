import { Cloud } from '../../lib/simulator';
import {
  describeInstancesById,
  describeNics,
  listInstances,
  listNetworkInterfaces,
  parseInstanceId,
  parseNicId,
} from '../../lib/zec';
import type { CallOptions, DescribeInstancesRequest, InstanceInfo, Page, ZecApi } from '../../lib/zec';
import { networkInterfacePages } from '../../lib/zec/paging';
import { instance, nic, world } from '../simulator/worlds';
import { cloudApi } from '../support/cloud-api';
import { FakeClock } from '../support/fake-clock';

const clock = new FakeClock();
const nics = Array.from({ length: 250 }, (_, index) => nic(`nic-${index}`));
const instances = Array.from({ length: 130 }, (_, index) => instance(`ins-${index}`));

function account(): { cloud: Cloud; api: ZecApi } {
  const cloud = new Cloud({ world: world({ nics, instances }), now: () => clock.wall() });
  return { cloud, api: cloudApi(cloud, clock, 0) };
}

const parameters = (cloud: Cloud) => cloud.requests().map((request) => request.parameters);

test('each request names at most 100 IDs, and its page size fits them', async () => {
  const { cloud, api } = account();
  const wanted = [
    ...nics.map(({ nicId }) => parseNicId(nicId)),
    parseNicId('nic-missing'),
    parseNicId('nic-0'),
  ];
  const found = await clock.run(describeNics(api, wanted));
  expect(found.size).toBe(250);
  expect(found.has(parseNicId('nic-missing'))).toBe(false);
  const sizes = parameters(cloud).map((each) => {
    const { nicIds, pageSize } = each as { nicIds: string[]; pageSize: number };
    return [nicIds.length, pageSize];
  });
  expect(sizes).toEqual([
    [100, 100],
    [100, 100],
    [51, 51],
  ]);
  const byId = await clock.run(
    describeInstancesById(
      api,
      instances.map(({ instanceId }) => parseInstanceId(instanceId)),
    ),
  );
  expect(byId.size).toBe(130);
});

test('no IDs cause no request, as one without IDs would list everything', async () => {
  const { cloud, api } = account();
  expect((await describeNics(api, [])).size).toBe(0);
  expect(cloud.requests()).toEqual([]);
});

/** A server that returns at most a hundred items per page, regardless of the request. */
const smallPages = (api: ZecApi): ZecApi => ({
  ...api,
  describeNetworkInterfaces: (request, options) =>
    api.describeNetworkInterfaces({ ...request, pageSize: Math.min(100, request.pageSize) }, options),
});

test('a list is read page by page to the end', async () => {
  const { cloud, api } = account();
  const found = await clock.run(listNetworkInterfaces(smallPages(api), { status: 'AVAILABLE' }));
  expect(found).toHaveLength(250);
  expect(parameters(cloud)).toEqual(
    [1, 2, 3].map((pageNum) => ({ status: 'AVAILABLE', pageSize: 100, pageNum })),
  );
});

test('a list is read only as far as its consumer wants, and each vNIC is in one page', async () => {
  const { cloud, api } = account();
  const first = networkInterfacePages(smallPages(api));
  const { value } = (await clock.run(first.next())) as { value: unknown[] };
  expect([value.length, cloud.requests().length]).toEqual([100, 1]);
  await first.return(undefined);
  expect(cloud.requests()).toHaveLength(1);
  const repeated: ZecApi = {
    ...api,
    describeNetworkInterfaces: async (request, options) => {
      const page = await api.describeNetworkInterfaces({ ...request, pageNum: 1, pageSize: 10 }, options);
      return { ...page, totalCount: 20 };
    },
  };
  const sizes: number[] = [];
  const readAll = async () => {
    for await (const page of networkInterfacePages(repeated)) sizes.push(page.length);
  };
  await clock.run(readAll());
  expect(sizes).toEqual([10, 0]);
});

test('a list that never ends is abandoned', async () => {
  const { api } = account();
  const page = await clock.run(api.describeNetworkInterfaces({ pageSize: 10 }));
  const endless: ZecApi = {
    ...api,
    describeNetworkInterfaces: () => Promise.resolve({ ...page, totalCount: 1_000_000 }),
  };
  const list = listNetworkInterfaces(endless);
  await expect(clock.run(list)).rejects.toThrow(/did not end after 1000 pages/);
});

test('fewer items than the total count are an error, so that no item seems missing', async () => {
  const { api } = account();
  const cut: ZecApi = {
    ...api,
    describeNetworkInterfaces: async (request, options) => {
      const page = await api.describeNetworkInterfaces(request, options);
      return { ...page, dataSet: page.dataSet.slice(1) };
    },
  };
  await expect(clock.run(describeNics(cut, [parseNicId('nic-1')]))).rejects.toMatchObject({
    kind: 'transient',
    message: expect.stringContaining('contains 0 of its 1 items') as string,
  });
});

describe('instances', () => {
  const { signal } = new AbortController();
  const info = (id: string): InstanceInfo => ({
    instanceId: parseInstanceId(id),
    status: 'RUNNING',
    nics: [],
  });
  /** Returns these pages in order, and records the requests. */
  function paged(pages: readonly (readonly string[])[], totalCount = pages.flat().length) {
    const asked: [DescribeInstancesRequest, CallOptions | undefined][] = [];
    const describeInstances: ZecApi['describeInstances'] = (request, options) => {
      asked.push([request, options]);
      const dataSet = (pages[asked.length - 1] ?? []).map(info);
      return Promise.resolve<Page<InstanceInfo>>({ requestId: 'T1', totalCount, dataSet });
    };
    return { api: { ...account().api, describeInstances }, asked };
  }

  test('are listed in pages of five hundred, all with one signal', async () => {
    const { api, asked } = paged([['ins-1'], ['ins-2']]);
    const found = await listInstances(api, { status: 'RUNNING' }, { signal });
    expect(found.map(({ instanceId }) => instanceId)).toEqual(['ins-1', 'ins-2']);
    expect(asked).toEqual([
      [{ status: 'RUNNING', pageSize: 500, pageNum: 1 }, { signal }],
      [{ status: 'RUNNING', pageSize: 500, pageNum: 2 }, { signal }],
    ]);
    expect(asked[0]?.[1]?.signal).toBe(signal);
  });

  test('are listed once each, even if the list changes in the meantime', async () => {
    const { api, asked } = paged([['ins-1', 'ins-2'], ['ins-2', 'ins-3'], []], 9);
    expect((await listInstances(api)).map(({ instanceId }) => instanceId)).toEqual([
      'ins-1',
      'ins-2',
      'ins-3',
    ]);
    expect(asked).toHaveLength(3);
  });

  test('are listed on at most a thousand pages', async () => {
    const { api, asked } = paged(Array(2_000).fill(['ins-1']));
    await expect(listInstances(api)).rejects.toMatchObject({
      message: 'DescribeInstances failed: the list did not end after 1000 pages',
      action: 'DescribeInstances',
      kind: 'terminal',
      outcome: 'not-applied',
      advice: 'Narrow the list down with a filter.',
    });
    expect(asked).toHaveLength(1_000);
  });

  test('are looked up with a signal, and others are ignored', async () => {
    const { api, asked } = paged([['ins-1', 'ins-2']]);
    const found = await describeInstancesById(api, [parseInstanceId('ins-1')], { signal });
    expect([...found.keys()]).toEqual(['ins-1']);
    expect(asked).toEqual([[{ instanceIds: ['ins-1'], pageSize: 1 }, { signal }]]);
  });

  test('are an error with the request ID if the set is incomplete', async () => {
    const { api } = paged([['ins-1']], 2);
    const ids = ['ins-1', 'ins-2'].map(parseInstanceId);
    await expect(describeInstancesById(api, ids)).rejects.toMatchObject({
      message: 'DescribeInstances failed: the response contains 1 of its 2 items',
      action: 'DescribeInstances',
      kind: 'transient',
      outcome: 'not-applied',
      requestId: 'T1',
    });
  });
});

test('a failed list of vNICs names its action, and the list passes its signal', async () => {
  const { signal } = new AbortController();
  const signals: unknown[] = [];
  const empty: ZecApi = {
    ...account().api,
    describeNetworkInterfaces: (_, options) => {
      signals.push(options?.signal);
      return Promise.resolve({ requestId: 'T1', totalCount: 1, dataSet: [] });
    },
  };
  expect(await listNetworkInterfaces(empty, {}, { signal })).toEqual([]);
  const endless: ZecApi = {
    ...empty,
    describeNetworkInterfaces: () =>
      Promise.resolve({
        requestId: 'T1',
        totalCount: 1e9,
        dataSet: [{ nicId: parseNicId('nic-1'), status: 'USED' }],
      }),
  };
  await expect(listNetworkInterfaces(endless)).rejects.toMatchObject({
    action: 'DescribeNetworkInterfaces',
    message: expect.stringMatching(/^DescribeNetworkInterfaces failed: /) as string,
  });
  await expect(describeNics(empty, [parseNicId('nic-1')], { signal })).rejects.toMatchObject({
    action: 'DescribeNetworkInterfaces',
  });
  expect(signals).toEqual([signal, signal]);
});
