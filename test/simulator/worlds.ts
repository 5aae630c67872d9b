import type { WorldInput } from '../../lib/simulator';

export const T0 = Date.UTC(2026, 0, 1);
export const KEY = { accessKeyId: 'key-id', accessKeyPassword: 'key-password' };

type Instance = NonNullable<WorldInput['instances']>[number];
type Nic = NonNullable<WorldInput['nics']>[number];

export function instance(instanceId: string, more: Partial<Instance> = {}): Instance {
  return { instanceId, zoneId: 'asia-east-1a', status: 'RUNNING', ...more };
}

/** A secondary vNIC: free, or used by `more.instanceId`. */
export function nic(nicId: string, more: Partial<Nic> = {}): Nic {
  const status = more.instanceId === undefined ? 'AVAILABLE' : 'USED';
  return { nicId, regionId: 'asia-east-1', nicType: 'Secondary', status, ...more };
}

export function world(more: Partial<WorldInput> = {}): WorldInput {
  return {
    instances: [instance('ins-1'), instance('ins-2')],
    nics: [nic('nic-1'), nic('nic-2', { instanceId: 'ins-2' })],
    credentials: [KEY],
    settings: { attachMs: [1000, 1000], detachMs: [500, 500] },
    ...more,
  };
}

/**
 * A world of instances with 8 vNICs each: `nic-0` to `nic-7` on `ins-0`, and so on. With ten tags each, an
 * instance has about 18 KB, so that a page of 250 exceeds the limit of 4 MiB.
 */
export function fullInstances(count: number, tagCount = 10) {
  const tags = Array.from({ length: tagCount }, (_, index) => ({
    key: `key-${index}`,
    value: 'v'.repeat(128),
  }));
  const ids = Array.from({ length: count }, (_, index) => `ins-${index}`);
  return {
    instances: ids.map((id) => instance(id)),
    nics: Array.from({ length: 8 * count }, (_, index) =>
      nic(`nic-${index}`, { instanceId: `ins-${Math.floor(index / 8)}`, tags }),
    ),
    credentials: [KEY],
  };
}
