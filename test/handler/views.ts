import type { View } from '../../lib/handler';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';

export const TARGET = { nicId: parseNicId('nic-1'), instanceId: parseInstanceId('ins-1') };

/** A view of nic-1 and ins-1: by default AVAILABLE and RUNNING. */
export function view(more: Partial<View> = {}): View {
  const ownerId =
    more.owner === 'target'
      ? TARGET.instanceId
      : more.owner === 'other'
        ? parseInstanceId('ins-2')
        : undefined;
  return {
    target: TARGET,
    nicStatus: 'AVAILABLE',
    primary: false,
    owner: 'none',
    ownerId,
    instanceStatus: 'RUNNING',
    listed: false,
    ...more,
  };
}

export const attaching = view({ nicStatus: 'ATTACHING', owner: 'target' });
export const used = view({ nicStatus: 'USED', owner: 'target', listed: true });
export const detaching = view({ nicStatus: 'DETACHING', owner: 'target', listed: true });
