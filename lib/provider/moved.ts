import type { Target } from '../handler';
import type { Json, MoveRequest } from '../plugin';
import { parseInstanceId, parseNicId } from '../zec/ids';

type Stored = Readonly<Record<string, Json | undefined>>;

/** How the state of each type that we can take over names the attachment. */
const SOURCES: Readonly<Record<string, (state: Stored) => readonly [Json | undefined, Json | undefined]>> = {
  // Its import leaves `vnic_id` empty, and its id has both parts.
  'zenlayer/zenlayercloud/zenlayercloud_zec_vnic_attachment': ({ id, vnic_id, instance_id }) => {
    const [nicId, instanceId] = typeof id === 'string' ? id.split(':') : [];
    return [filled(vnic_id) ?? nicId, filled(instance_id) ?? instanceId];
  },
  'hashicorp/null/null_resource': ({ triggers }) => ends(triggers),
  'builtin/terraform/terraform_data': ({ triggers_replace }) => ends(fields(triggers_replace).value),
};

/** The attachment that a stored state of another type stands for; `undefined` if that type or state is not ours. */
export function movedTarget({ sourceProvider, sourceType, sourceState }: MoveRequest): Target | undefined {
  // Wherever the provider comes from: a mirror or a private registry has another host name.
  const name = `${sourceProvider.split('/').slice(-2).join('/')}/${sourceType}`;
  const [nicId, instanceId] = (Object.hasOwn(SOURCES, name) ? SOURCES[name]?.(sourceState) : undefined) ?? [];
  if (typeof nicId !== 'string' || typeof instanceId !== 'string') return undefined;
  return { nicId: parseNicId(nicId), instanceId: parseInstanceId(instanceId) };
}

function ends(value: Json | undefined): readonly [Json | undefined, Json | undefined] {
  const { nic_id, instance_id } = fields(value);
  return [nic_id, instance_id];
}

function fields(value: Json | undefined): Stored {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Stored) : {};
}

function filled(value: Json | undefined): Json | undefined {
  return value === '' || value === null ? undefined : value;
}
