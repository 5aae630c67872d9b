import { ZecResponseError } from './errors';
import type { InstanceId, NicId } from './ids';
import { MAX_IDS_PER_REQUEST, MAX_PAGE_SIZE } from './types';
import type * as Api from './types';

/** Maximum number of pages of a list. */
const MAX_PAGES = 1000;
/** An instance with 8 vNICs takes about 6 KB, and a response has at most 4 MiB. */
const INSTANCES_PER_PAGE = 500;

/**
 * Lists all vNICs that match a filter, without duplicates, in pages of up to 1000. vNICs that are created or deleted
 * meanwhile may be missing or included.
 * @param limit maximum number of vNICs
 * @throws ZecError if a request fails, or if there are more than `limit`
 */
export function listNetworkInterfaces(
  api: Api.ZecApi,
  filter: Api.NicFilter = {},
  options: Api.CallOptions = {},
  limit = Infinity,
): Promise<Api.NicInfo[]> {
  return collect(({ nicId }) => nicId, nicPages(api, filter, options, limit));
}

/**
 * Lists vNICs like {@link listNetworkInterfaces}, page by page, so that only one page is in memory.
 * @throws ZecError
 */
export async function* networkInterfacePages(
  api: Api.ZecApi,
  filter: Api.NicFilter = {},
  options: Api.CallOptions = {},
): AsyncGenerator<Api.NicInfo[]> {
  const seen = new Set<NicId>();
  for await (const page of nicPages(api, filter, options)) {
    yield page.filter(({ nicId }) => !seen.has(nicId) && seen.add(nicId));
  }
}

function nicPages(api: Api.ZecApi, filter: Api.NicFilter, options: Api.CallOptions, limit?: number) {
  const fetchPage = (paging: Api.Paging) => api.describeNetworkInterfaces({ ...filter, ...paging }, options);
  return pages('DescribeNetworkInterfaces', fetchPage, MAX_PAGE_SIZE, limit);
}

/** Lists instances, like {@link listNetworkInterfaces}. */
export function listInstances(
  api: Api.ZecApi,
  filter: Omit<Api.DescribeInstancesRequest, keyof Api.Paging> = {},
  options: Api.CallOptions = {},
): Promise<Api.InstanceInfo[]> {
  const fetchPage = (paging: Api.Paging) => api.describeInstances({ ...filter, ...paging }, options);
  return collect(({ instanceId }) => instanceId, pages('DescribeInstances', fetchPage, INSTANCES_PER_PAGE));
}

/**
 * Reads vNICs by ID, up to {@link MAX_IDS_PER_REQUEST} per request. IDs that do not exist are missing in the result.
 * @throws ZecError
 */
export function describeNics(
  api: Api.ZecApi,
  ids: readonly NicId[],
  options: Api.CallOptions = {},
): Promise<Map<NicId, Api.NicInfo>> {
  const fetchChunk = (nicIds: readonly NicId[]) =>
    api.describeNetworkInterfaces({ nicIds, pageSize: nicIds.length }, options);
  return lookUp('DescribeNetworkInterfaces', ids, ({ nicId }) => nicId, fetchChunk);
}

/** Reads instances by ID, like {@link describeNics}. */
export function describeInstancesById(
  api: Api.ZecApi,
  ids: readonly InstanceId[],
  options: Api.CallOptions = {},
): Promise<Map<InstanceId, Api.InstanceInfo>> {
  const fetchChunk = (instanceIds: readonly InstanceId[]) =>
    api.describeInstances({ instanceIds, pageSize: instanceIds.length }, options);
  return lookUp('DescribeInstances', ids, ({ instanceId }) => instanceId, fetchChunk);
}

async function collect<T>(idOf: (item: T) => string, all: AsyncIterable<readonly T[]>): Promise<T[]> {
  const found = new Map<string, T>();
  for await (const page of all) for (const item of page) found.set(idOf(item), item);
  return [...found.values()];
}

/** All pages of a list. An item may occur more than once. */
async function* pages<T>(
  action: Api.Action,
  fetchPage: (paging: Api.Paging) => Promise<Api.Page<T>>,
  firstPageSize: number,
  limit = Infinity,
): AsyncGenerator<readonly T[]> {
  const failure = (what: string) =>
    new ZecResponseError(`${action} failed: ${what}`, {
      action,
      kind: 'terminal',
      outcome: 'not-applied',
      advice: 'Narrow the list down with a filter.',
    });
  let pageSize = firstPageSize;
  let received = 0;
  for (let pageNum = 1; pageNum <= MAX_PAGES; pageNum++) {
    const page = await unlessTooLarge(fetchPage({ pageSize, pageNum }), pageSize);
    if (page === undefined) {
      pageSize = Math.floor(pageSize / 2);
      // The next page begins at or before the first item that is missing.
      pageNum = Math.floor(received / pageSize);
      received = pageNum * pageSize;
      continue;
    }
    const { totalCount, dataSet } = page;
    if (totalCount > limit) throw failure(`the list has ${totalCount} items, more than ${limit}`);
    yield dataSet;
    received += dataSet.length;
    // Counted in items, not in pages: a server may return smaller pages than requested.
    if (dataSet.length === 0 || received >= totalCount) return;
  }
  throw failure(`the list did not end after ${MAX_PAGES} pages`);
}

/** The page; `undefined` if it is too large, and can be made smaller. */
async function unlessTooLarge<T>(page: Promise<Api.Page<T>>, size: number): Promise<Api.Page<T> | undefined> {
  try {
    return await page;
  } catch (error) {
    if (error instanceof ZecResponseError && error.tooLarge && size > 1) return undefined;
    throw error;
  }
}

async function lookUp<K, T>(
  action: Api.Action,
  ids: readonly K[],
  idOf: (item: T) => K,
  fetchChunk: (ids: readonly K[]) => Promise<Api.Page<T>>,
): Promise<Map<K, T>> {
  const found = new Map<K, T>();
  const wanted = [...new Set(ids)];
  // Sequential, because the API limits the rate. Without IDs no request is sent: it would list everything.
  let size = MAX_IDS_PER_REQUEST;
  for (let start = 0; start < wanted.length;) {
    const chunk = wanted.slice(start, start + size);
    const requested = new Set(chunk);
    const page = await unlessTooLarge(fetchChunk(chunk), chunk.length);
    if (page === undefined) {
      size = Math.ceil(chunk.length / 2);
      continue;
    }
    start += chunk.length;
    const { dataSet, totalCount, requestId } = page;
    if (dataSet.length < totalCount) {
      // A truncated page must not make existing resources appear missing.
      const what = `the response contains ${dataSet.length} of its ${totalCount} items`;
      const details = { action, kind: 'transient', outcome: 'not-applied', requestId } as const;
      throw new ZecResponseError(`${action} failed: ${what}`, details);
    }
    for (const item of dataSet) if (requested.has(idOf(item))) found.set(idOf(item), item);
  }
  return found;
}
