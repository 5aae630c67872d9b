import { ZecAnswerError } from './errors';
import type { InstanceId, NicId } from './ids';
import { MAX_IDS_PER_REQUEST, MAX_PAGE_SIZE } from './types';
import type * as Api from './types';

/** After so many pages a list counts as endless. */
const MAX_PAGES = 1000;

/**
 * All vNICs that `filter` admits, each once. Those created or deleted meanwhile may be missing or included.
 * @throws ZecError
 */
export function listNetworkInterfaces(
  api: Api.ZecApi,
  filter: Omit<Api.DescribeNetworkInterfacesRequest, keyof Api.Paging> = {},
  options: Api.CallOptions = {},
): Promise<Api.NicInfo[]> {
  const ask = (paging: Api.Paging) => api.describeNetworkInterfaces({ ...filter, ...paging }, options);
  return collect('DescribeNetworkInterfaces', ({ nicId }) => nicId, ask);
}

/** As {@link listNetworkInterfaces}, for instances. */
export function listInstances(
  api: Api.ZecApi,
  filter: Omit<Api.DescribeInstancesRequest, keyof Api.Paging> = {},
  options: Api.CallOptions = {},
): Promise<Api.InstanceInfo[]> {
  const ask = (paging: Api.Paging) => api.describeInstances({ ...filter, ...paging }, options);
  return collect('DescribeInstances', ({ instanceId }) => instanceId, ask);
}

/**
 * The vNICs with these ids, by id; those that do not exist are missing. However many ids: each request names at most
 * {@link MAX_IDS_PER_REQUEST}.
 * @throws ZecError
 */
export function describeNics(
  api: Api.ZecApi,
  ids: readonly NicId[],
  options: Api.CallOptions = {},
): Promise<Map<NicId, Api.NicInfo>> {
  const ask = (nicIds: readonly NicId[]) =>
    api.describeNetworkInterfaces({ nicIds, pageSize: nicIds.length }, options);
  return lookUp('DescribeNetworkInterfaces', ids, ({ nicId }) => nicId, ask);
}

/** As {@link describeNics}, for instances. */
export function describeInstancesById(
  api: Api.ZecApi,
  ids: readonly InstanceId[],
  options: Api.CallOptions = {},
): Promise<Map<InstanceId, Api.InstanceInfo>> {
  const ask = (instanceIds: readonly InstanceId[]) =>
    api.describeInstances({ instanceIds, pageSize: instanceIds.length }, options);
  return lookUp('DescribeInstances', ids, ({ instanceId }) => instanceId, ask);
}

async function collect<T>(
  action: Api.Action,
  idOf: (item: T) => string,
  ask: (paging: Api.Paging) => Promise<Api.Page<T>>,
): Promise<T[]> {
  const found = new Map<string, T>();
  let received = 0;
  for (let pageNum = 1; pageNum <= MAX_PAGES; pageNum++) {
    const { totalCount, dataSet } = await ask({ pageSize: MAX_PAGE_SIZE, pageNum });
    for (const item of dataSet) found.set(idOf(item), item);
    received += dataSet.length;
    // Counted in items, not in pages: a server may return smaller pages than requested.
    if (dataSet.length === 0 || received >= totalCount) return [...found.values()];
  }
  throw new ZecAnswerError(`${action} failed: the list did not end after ${MAX_PAGES} pages`, {
    action,
    kind: 'terminal',
    outcome: 'not-applied',
    advice: 'Narrow the list down with a filter.',
  });
}

async function lookUp<K, T>(
  action: Api.Action,
  ids: readonly K[],
  idOf: (item: T) => K,
  ask: (ids: readonly K[]) => Promise<Api.Page<T>>,
): Promise<Map<K, T>> {
  const found = new Map<K, T>();
  const wanted = [...new Set(ids)];
  // One after the other: the API limits the rate. Without ids no request is sent: it would list everything.
  for (let start = 0; start < wanted.length; start += MAX_IDS_PER_REQUEST) {
    const chunk = wanted.slice(start, start + MAX_IDS_PER_REQUEST);
    const asked = new Set(chunk);
    const { dataSet, totalCount, requestId } = await ask(chunk);
    if (dataSet.length < totalCount) {
      // A truncated page must not make existing resources appear missing.
      const what = `the response holds ${dataSet.length} of the ${totalCount} items that it counts`;
      const details = { action, kind: 'transient', outcome: 'not-applied', requestId } as const;
      throw new ZecAnswerError(`${action} failed: ${what}`, details);
    }
    for (const item of dataSet) if (asked.has(idOf(item))) found.set(idOf(item), item);
  }
  return found;
}
