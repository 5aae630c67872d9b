import type { ZecApi } from '../../lib/zec/types';

/** The same API, and how many requests were made of it. */
export function counted(api: ZecApi): {
  readonly api: ZecApi;
  readonly counts: { readonly changes: number; readonly describes: number };
} {
  const counts = { changes: 0, describes: 0 };
  const counting: ZecApi = {
    attachNetworkInterface: (...call) => {
      counts.changes += 1;
      return api.attachNetworkInterface(...call);
    },
    detachNetworkInterface: (...call) => {
      counts.changes += 1;
      return api.detachNetworkInterface(...call);
    },
    describeNetworkInterfaces: (...call) => {
      counts.describes += 1;
      return api.describeNetworkInterfaces(...call);
    },
    describeInstances: (...call) => {
      counts.describes += 1;
      return api.describeInstances(...call);
    },
    describeInstancesStatus: (...call) => {
      counts.describes += 1;
      return api.describeInstancesStatus(...call);
    },
  };
  return { api: counting, counts };
}
