import type { World, WorldNic } from './world';

const HELD = new Set(['USED', 'ATTACHING', 'DETACHING']);

/** The vNICs of a changed world, and which of them are on their way out of an instance that is gone. */
export interface Released {
  readonly nics: readonly unknown[];
  readonly leaving: ReadonlySet<string>;
}

/**
 * Frees the vNICs whose instance a change takes away: a primary vNIC goes with its instance, any other detaches.
 * A vNIC that the same change gives another holder is left as the change wants it.
 */
export function releaseFromGone(
  before: World,
  nics: readonly unknown[],
  instances: readonly unknown[],
): Released {
  const kept = new Set(instances.map((entry) => (entry as Record<string, unknown>).instanceId));
  const orphans = new Map(
    before.nics
      .filter((nic) => nic.instanceId !== undefined && !kept.has(nic.instanceId))
      .map((nic) => [nic.nicId as string, nic]),
  );
  const leaving = new Set<string>();
  const released = nics.flatMap((entry) => {
    const nic = entry as Partial<WorldNic>;
    const orphan = orphans.get(nic.nicId ?? '');
    if (orphan === undefined || nic.instanceId !== orphan.instanceId) return [nic];
    if (nic.nicType === 'Primary') return [];
    if (!HELD.has(orphan.status)) return [{ ...nic, instanceId: undefined }];
    leaving.add(orphan.nicId);
    return [{ ...nic, status: 'DETACHING' }];
  });
  return { nics: released, leaving };
}
