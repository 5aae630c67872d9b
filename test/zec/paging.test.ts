import { Cloud } from '../../lib/simulator';
import {
  describeInstancesById,
  describeNics,
  listNetworkInterfaces,
  parseInstanceId,
  parseNicId,
} from '../../lib/zec';
import type { ZecApi } from '../../lib/zec';
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

test('however many ids, each request names at most 100, with a page size that fits them', async () => {
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

test('no ids are no request: one without ids would ask for everything', async () => {
  const { cloud, api } = account();
  expect((await describeNics(api, [])).size).toBe(0);
  expect(cloud.requests()).toEqual([]);
});

test('a list is read page by page to its end', async () => {
  const { cloud, api } = account();
  const found = await clock.run(listNetworkInterfaces(api, { status: 'AVAILABLE' }, { pageSize: 100 }));
  expect(found).toHaveLength(250);
  expect(parameters(cloud)).toEqual(
    [1, 2, 3].map((pageNum) => ({ status: 'AVAILABLE', pageSize: 100, pageNum })),
  );
});

test('a list that never ends is given up', async () => {
  const { api } = account();
  const endless: ZecApi = {
    ...api,
    describeNetworkInterfaces: async (request, options) => ({
      ...(await api.describeNetworkInterfaces({ ...request, pageNum: 1 }, options)),
      totalCount: 1_000_000,
    }),
  };
  const list = listNetworkInterfaces(endless, {}, { pageSize: 10, maxPages: 5 });
  await expect(clock.run(list)).rejects.toThrow(/did not end after 5 pages/);
});

test('a set that holds less than it counts makes nothing look missing: it is an error', async () => {
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
    message: expect.stringContaining('holds 0 of the 1 things it counts') as string,
  });
});
