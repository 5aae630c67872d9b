import { ZecAnswerError } from './errors';
import type { InstanceId, NicId } from './ids';
import type {
  Action,
  CallOptions,
  DescribeInstancesRequest,
  DescribeNetworkInterfacesRequest,
  InstanceInfo,
  NicInfo,
  Page,
  Paging,
  ZecApi,
} from './types';
import { MAX_IDS_PER_REQUEST, MAX_PAGE_SIZE } from './types';

export interface ListOptions extends CallOptions {
  /** Items per request, 1 to {@link MAX_PAGE_SIZE}, the default. */
  readonly pageSize?: number;
  /** The maximum number of requests before the list counts as endless; 1000 by default. */
  readonly maxPages?: number;
}

const MAX_PAGES = 1000;

/**
 * All vNICs that `filter` admits, each once. Those created or deleted meanwhile may be missing or included.
 * @throws ZecError
 */
export function listNetworkInterfaces(
  api: ZecApi,
  filter: Omit<DescribeNetworkInterfacesRequest, keyof Paging> = {},
  options: ListOptions = {},
): Promise<NicInfo[]> {
  return collect(
    'DescribeNetworkInterfaces',
    options,
    ({ nicId }) => nicId,
    (paging) => api.describeNetworkInterfaces({ ...filter, ...paging }, { signal: options.signal }),
  );
}

/**
 * All instances that `filter` admits, each once. Those created or deleted meanwhile may be missing or included.
 * @throws ZecError
 */
export function listInstances(
  api: ZecApi,
  filter: Omit<DescribeInstancesRequest, keyof Paging> = {},
  options: ListOptions = {},
): Promise<InstanceInfo[]> {
  return collect(
    'DescribeInstances',
    options,
    ({ instanceId }) => instanceId,
    (paging) => api.describeInstances({ ...filter, ...paging }, { signal: options.signal }),
  );
}

/**
 * The vNICs with these ids, by id; those that do not exist are missing. However many ids: each request names at most
 * {@link MAX_IDS_PER_REQUEST}.
 * @throws ZecError
 */
export function describeNics(
  api: ZecApi,
  ids: readonly NicId[],
  options: CallOptions = {},
): Promise<Map<NicId, NicInfo>> {
  return lookUp(
    'DescribeNetworkInterfaces',
    ids,
    ({ nicId }) => nicId,
    (nicIds) => api.describeNetworkInterfaces({ nicIds, pageSize: nicIds.length }, options),
  );
}

/** As {@link describeNics}, for instances. */
export function describeInstancesById(
  api: ZecApi,
  ids: readonly InstanceId[],
  options: CallOptions = {},
): Promise<Map<InstanceId, InstanceInfo>> {
  return lookUp(
    'DescribeInstances',
    ids,
    ({ instanceId }) => instanceId,
    (instanceIds) => api.describeInstances({ instanceIds, pageSize: instanceIds.length }, options),
  );
}

async function collect<T>(
  action: Action,
  { pageSize = MAX_PAGE_SIZE, maxPages = MAX_PAGES }: ListOptions,
  idOf: (item: T) => string,
  ask: (paging: Required<Paging>) => Promise<Page<T>>,
): Promise<T[]> {
  const found = new Map<string, T>();
  let received = 0;
  for (let pageNum = 1; pageNum <= maxPages; pageNum++) {
    const { totalCount, dataSet } = await ask({ pageSize, pageNum });
    for (const item of dataSet) found.set(idOf(item), item);
    received += dataSet.length;
    // Counted in items, not in pages: a server may return smaller pages than requested.
    if (dataSet.length === 0 || received >= totalCount) return [...found.values()];
  }
  throw new ZecAnswerError(`${action} failed: the list did not end after ${maxPages} pages`, {
    action,
    kind: 'terminal',
    outcome: 'not-applied',
    advice: 'Narrow the list down with a filter.',
  });
}

async function lookUp<K, T>(
  action: Action,
  ids: readonly K[],
  idOf: (item: T) => K,
  ask: (ids: readonly K[]) => Promise<Page<T>>,
): Promise<Map<K, T>> {
  const found = new Map<K, T>();
  const wanted = [...new Set(ids)];
  // One after the other: the API limits the rate. Without ids no request is sent: it would list everything.
  for (let start = 0; start < wanted.length; start += MAX_IDS_PER_REQUEST) {
    const chunk = wanted.slice(start, start + MAX_IDS_PER_REQUEST);
    const asked = new Set(chunk);
    const page = await ask(chunk);
    // A truncated page must not make existing resources appear missing.
    if (page.dataSet.length < page.totalCount) throw incomplete(action, page);
    const { dataSet } = page;
    for (const item of dataSet) if (asked.has(idOf(item))) found.set(idOf(item), item);
  }
  return found;
}

function incomplete(action: Action, { dataSet, totalCount, requestId }: Page<unknown>): ZecAnswerError {
  return new ZecAnswerError(
    `${action} failed: the response holds ${dataSet.length} of the ${totalCount} items that it counts`,
    { action, kind: 'transient', outcome: 'not-applied', requestId },
  );
}
