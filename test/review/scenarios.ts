import type { Deployment, InitialWorld } from '../e2e/deployment';
import { declaring, PROVIDER } from './plans';
import type { Pairs } from './plans';

/** A fleet of instances with `perInstance` attachments each: `nic-<instance>-<n>` at `ins-<instance>`. */
export function fleet(count: number, perInstance: number): InitialWorld {
  const names = Array.from({ length: count }, (_, index) => String(index + 1).padStart(2, '0'));
  return {
    instances: names.map((name) => ({ instanceId: `ins-${name}`, instanceName: `worker ${name}` })),
    nics: names.flatMap((name) =>
      Array.from({ length: perInstance }, (_, index) => ({
        nicId: `nic-${name}-${index + 1}`,
        name: `data ${index + 1}`,
        instanceId: `ins-${name}`,
      })),
    ),
    settings: { attachMs: [0, 0], detachMs: [0, 0] },
  };
}

/** All attachments in a world. */
export function pairsOf({ nics }: InitialWorld): Pairs {
  return Object.fromEntries(
    nics.flatMap(({ nicId, instanceId }) => (instanceId === undefined ? [] : [[nicId, instanceId]])),
  );
}

/** Of every seven attachments, removes one and moves one to the next instance. */
export function changed(before: Pairs): Pairs {
  const instances = [...new Set(Object.values(before))];
  return Object.fromEntries(
    Object.entries(before).flatMap(([nic, instance], index) => {
      if (index % 7 === 3) return [];
      const next = instances[(instances.indexOf(instance) + 1) % instances.length] ?? instance;
      return [[nic, index % 7 === 5 ? next : instance]];
    }),
  );
}

/** Applies `before` and plans `after`, as `terraform show -json` prints it. */
export async function planFrom(deployment: Deployment, before: Pairs, after: Pairs): Promise<string> {
  if (Object.keys(before).length > 0) {
    deployment.synth(declaring(PROVIDER, before));
    await deployment.apply();
  }
  deployment.synth(declaring(PROVIDER, after));
  return deployment.savedPlan();
}

/** A realistic change: adds a replication vNIC, replaces the log vNIC, moves the edge vNIC and adopts the backup vNIC. */
export const MIXED_CHANGES: { readonly world: InitialWorld; readonly before: Pairs; readonly after: Pairs } =
  {
    world: {
      instances: [
        { instanceId: 'ins-web-1', instanceName: 'web 1' },
        { instanceId: 'ins-web-2', instanceName: 'web 2' },
        { instanceId: 'ins-db-1', instanceName: 'database' },
        { instanceId: 'ins-log', instanceName: 'logger' },
      ],
      nics: [
        { nicId: 'nic-web-data', name: 'web data', primaryIpv4: '10.0.1.11' },
        { nicId: 'nic-web-edge', name: 'edge', publicIpList: ['203.0.113.7'], primaryIpv4: '10.0.1.12' },
        { nicId: 'nic-db-data', name: 'db data', primaryIpv4: '10.0.2.11' },
        { nicId: 'nic-db-copy', name: 'replication', primaryIpv4: '10.0.2.12' },
        { nicId: 'nic-log-old', name: 'old logs', primaryIpv4: '10.0.3.11' },
        { nicId: 'nic-log-new', name: 'new logs', primaryIpv4: '10.0.3.12' },
        { nicId: 'nic-backup', name: 'backup', instanceId: 'ins-db-1' },
      ],
      settings: { attachMs: [0, 0], detachMs: [0, 0] },
    },
    before: {
      'nic-web-data': 'ins-web-1',
      'nic-web-edge': 'ins-web-1',
      'nic-db-data': 'ins-db-1',
      'nic-log-old': 'ins-log',
    },
    after: {
      'nic-web-data': 'ins-web-1',
      'nic-web-edge': 'ins-web-2',
      'nic-db-data': 'ins-db-1',
      'nic-db-copy': 'ins-db-1',
      'nic-log-new': 'ins-log',
      'nic-backup': 'ins-db-1',
    },
  };
