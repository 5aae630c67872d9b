import { InventoryCache } from '../../lib/provider/inventory-cache';
import { Cloud } from '../../lib/simulator';
import { ZecResponseError } from '../../lib/zec/errors';
import { parseNicId } from '../../lib/zec/ids';
import type { NicId } from '../../lib/zec/ids';
import { describeNics } from '../../lib/zec/paging';
import type { NicInfo } from '../../lib/zec/types';
import { nic, world } from '../simulator/worlds';
import { cloudApi } from '../support/cloud-api';
import { FakeClock } from '../support/fake-clock';
import { inParallel } from '../support/workers';

const never = () => new AbortController().signal;

/** A simulated account with `size` free vNICs, and a cache of them. */
class CachedAccount {
  public readonly clock = new FakeClock();
  public readonly cloud: Cloud;
  public readonly cache: InventoryCache<NicId, NicInfo>;

  /** @param maxPageSize larger pages exceed the size limit of a response */
  public constructor(size: number, maxPageSize = 100) {
    const { clock } = this;
    const nics = Array.from({ length: size }, (_, index) => nic(`nic-${index}`));
    this.cloud = new Cloud({ world: world({ nics }), now: () => clock.wall() });
    const api = cloudApi(this.cloud, clock);
    this.cache = new InventoryCache({
      clock,
      idOf: ({ nicId }: NicInfo) => nicId,
      byId: (ids: readonly NicId[]) => describeNics(api, ids),
      list: async (paging) => {
        const page = await api.describeNetworkInterfaces(paging);
        if (paging.pageSize <= maxPageSize) return page;
        const details = {
          action: 'DescribeNetworkInterfaces',
          kind: 'terminal',
          outcome: 'not-applied',
        } as const;
        throw new ZecResponseError('too large', { ...details, tooLarge: true });
      },
      pageSize: 100,
    });
  }

  /** Reads vNICs from the cache, or from the API if they are not cached. @returns the number of requests */
  public async read(first: number, count: number, parallelism: number): Promise<number> {
    const before = this.cloud.requests().length;
    const ids = Array.from({ length: count }, (_, index) => parseNicId(`nic-${first + index}`));
    await this.clock.run(
      inParallel(ids, parallelism, async (id) => {
        const found = await this.cache.getRecent(id, never());
        expect(found?.nicId).toBe(id);
      }),
    );
    return this.cloud.requests().length - before;
  }

  public get lists(): number {
    return this.cloud.requests().filter(({ parameters }) => !('nicIds' in (parameters as object))).length;
  }
}

test('a few vNICs are looked up by ID', async () => {
  const account = new CachedAccount(1_000);
  expect(await account.read(0, 20, 10)).toBe(2);
  expect(account.lists).toBe(0);
});

test('a thousand vNICs in an account of a thousand take few requests, with ten workers or a hundred', async () => {
  expect(await new CachedAccount(1_000).read(0, 1_000, 100)).toBeLessThanOrEqual(13);
  expect(await new CachedAccount(1_000).read(0, 1_000, 10)).toBeLessThanOrEqual(23);
});

test('the list of a huge account is abandoned after its first page', async () => {
  const account = new CachedAccount(5_000);
  // The last thousand, which the first page does not contain.
  const requests = await account.read(4_000, 1_000, 10);
  expect(requests).toBe(101);
  expect(account.lists).toBe(1);
});

test('a longer list is read once enough lookups were sent', async () => {
  const account = new CachedAccount(1_000);
  const requests = await account.read(900, 100, 1);
  expect(requests).toBeLessThan(30);
  expect(account.lists).toBe(11);
});

test('a list with pages that are too large is read in halves', async () => {
  const account = new CachedAccount(200, 30);
  await account.read(0, 200, 10);
  const listed = account.cloud.requests().filter(({ parameters }) => 'pageNum' in (parameters as object));
  const pages = listed.map(({ parameters }) => {
    const { pageSize, pageNum } = parameters as { pageSize: number; pageNum: number };
    return `${pageSize} ${pageNum}`;
  });
  // The first page shows that a list takes eight requests, which two lookups do not justify yet.
  const all = Array.from({ length: 8 }, (_, index) => `25 ${index + 1}`);
  expect(pages).toEqual(['100 1', '50 1', '25 1', ...all]);
});

test('a list expires after five seconds, and is read again only after enough lookups', async () => {
  const account = new CachedAccount(100);
  await account.read(0, 100, 10);
  expect(await account.read(0, 100, 10)).toBe(0);
  await account.clock.run(account.clock.sleep(5_001));
  account.cloud.patch({ nics: { 'nic-7': { name: 'changed' } } });
  expect(await account.read(0, 100, 10)).toBe(3);
  expect(await account.read(7, 1, 1)).toBe(0);
  const found = await account.clock.run(account.cache.getRecent(parseNicId('nic-7'), never()));
  expect(found?.name).toBe('changed');
});

test('the age of a list counts from its first request', async () => {
  const account = new CachedAccount(100);
  await account.read(0, 30, 10);
  const listedAt = account.clock.now();
  await account.clock.run(account.clock.sleep(4_900));
  expect(await account.read(0, 10, 10)).toBe(0);
  await account.clock.run(account.clock.sleep(150));
  expect(account.clock.now() - listedAt).toBeGreaterThan(5_000);
  expect(await account.read(0, 10, 10)).toBe(1);
});

test('lookups still work if the list cannot be read', async () => {
  const account = new CachedAccount(200);
  await account.read(0, 20, 10);
  account.cloud.faults.set([{ kind: 'status', status: 503, times: 1 }]);
  expect(await account.read(20, 100, 10)).toBe(11);
  expect(account.lists).toBe(1);
});

test('a list that cannot be parsed, or has objects that are too large, is not read again', async () => {
  const malformed = new CachedAccount(200);
  await malformed.read(0, 20, 10);
  malformed.cloud.faults.set([{ kind: 'malformed', times: 1 }]);
  await malformed.read(20, 100, 10);
  expect(malformed.lists).toBe(1);
  const large = new CachedAccount(200, 0);
  await large.read(0, 100, 10);
  // Pages of 100, 50, 25, 12, 6, 3 and 1.
  expect(large.lists).toBe(7);
});

test('a recent list is not read again for what it contains, however many lookups were sent', async () => {
  const account = new CachedAccount(100);
  await account.read(0, 30, 10);
  const before = account.lists;
  for (const index of [1, 2]) {
    const missing = account.cache.getRecent(parseNicId(`nic-missing-${index}`), never());
    expect(await account.clock.run(missing)).toBeUndefined();
  }
  expect(await account.read(0, 30, 10)).toBe(0);
  expect(account.lists).toBe(before);
});

test('a list that is being read is not read twice', async () => {
  const account = new CachedAccount(100);
  await account.read(0, 20, 10);
  account.cloud.faults.set([{ kind: 'hang', times: 1 }]);
  const first = account.cache.getRecent(parseNicId('nic-50'), never());
  const lookups = async () => {
    for (const index of [51, 52, 53]) await account.cache.get(parseNicId(`nic-${index}`), never());
    await account.cache.getRecent(parseNicId('nic-54'), never());
  };
  await account.clock.run(Promise.all([first, lookups()]));
  expect(account.lists).toBe(1);
});

test('an abort ends only its own wait for a list', async () => {
  const account = new CachedAccount(200);
  await account.read(0, 20, 10);
  const stop = new AbortController();
  const aborted = account.cache.getRecent(parseNicId('nic-50'), stop.signal).catch(String);
  const other = account.cache.getRecent(parseNicId('nic-51'), never());
  stop.abort(new Error('stop'));
  expect(await aborted).toBe('Error: stop');
  expect((await account.clock.run(other))?.nicId).toBe('nic-51');
});

test('a defect of the program while a list is read is not hidden', async () => {
  const clock = new FakeClock();
  const cache = new InventoryCache<NicId, NicInfo>({
    clock,
    idOf: ({ nicId }) => nicId,
    byId: () => Promise.resolve(new Map()),
    list: () => Promise.reject(new TypeError('a defect')),
    pageSize: 100,
  });
  const read = () => clock.run(cache.getRecent(parseNicId('nic-1'), never()));
  expect([await read(), await read()]).toEqual([undefined, undefined]);
  await expect(read()).rejects.toThrow('a defect');
});
