import { ID_PATTERN } from '../contract';
import type { Target } from '../handler';
import { DiagnosticError } from '../plugin';
import type { Context, Json, MoveRequest } from '../plugin';
import { attachmentId, parseInstanceId, parseNicId } from '../zec/ids';
import type { ProviderClient } from './client';
import { parseAttachmentId } from './nic-attachment-state';
import { CHECK_ID } from './preflight';

/**
 * The attachment that an import names: "nicId:instanceId", or "nicId" alone if the vNIC is attached.
 * @throws DiagnosticError if it is not there
 */
export async function importedTarget(
  id: string,
  client: ProviderClient,
  signal: AbortSignal,
): Promise<Target> {
  const wanted = parseAttachmentId(id);
  if (wanted === undefined && !ID_PATTERN.test(id)) {
    throw new DiagnosticError(`Not the ID of an attachment: ${JSON.stringify(id.slice(0, 100))}`, {
      detail: 'Import "nicId:instanceId", or "nicId" alone if the vNIC is attached.',
    });
  }
  const nicId = wanted?.nicId ?? parseNicId(id);
  const nic = await client.nic(nicId, signal);
  if (nic === undefined) throw new DiagnosticError(`vNIC ${nicId} does not exist`, { detail: CHECK_ID });
  const { instanceId } = nic;
  if (instanceId === undefined) {
    throw new DiagnosticError(`vNIC ${nicId} is not attached to an instance`, {
      detail: 'There is nothing to import. Leave the import out, and apply attaches it.',
    });
  }
  if (wanted !== undefined && wanted.instanceId !== instanceId) {
    const detail = `To import that attachment, use "${attachmentId(nicId, instanceId)}".`;
    const summary = `vNIC ${nicId} is attached to instance ${instanceId}, not to ${wanted.instanceId}`;
    throw new DiagnosticError(summary, { detail });
  }
  return { nicId, instanceId };
}

type Warns = Pick<Context, 'diagnostics'>;
type Stored = Readonly<Record<string, Json | undefined>>;

/**
 * How the state of each resource type that we can take over names the attachment. Which provider it came from says
 * nothing: mirrors have other host names, and once one instance of a resource with `for_each` has moved, Terraform names
 * our own provider as the source of the others.
 */
const SOURCES: Readonly<Record<string, (state: Stored, context: Warns) => Target | undefined>> = {
  null_resource: ({ triggers }) => recordedTarget(triggers),
  terraform_data: ({ triggers_replace }) => recordedTarget(fields(triggers_replace).value),
  zenlayercloud_zec_vnic_attachment: vendorTarget,
};

/** The attachment that a stored state of another type stands for; `undefined` if that type or state is not ours. */
export function movedTarget({ sourceType, sourceState }: MoveRequest, context: Warns): Target | undefined {
  return Object.hasOwn(SOURCES, sourceType) ? SOURCES[sourceType]?.(sourceState, context) : undefined;
}

/** What our local-exec runner recorded. */
function recordedTarget(value: Json | undefined): Target | undefined {
  const { nic_id, instance_id } = fields(value);
  return typeof nic_id === 'string' && typeof instance_id === 'string'
    ? target(nic_id, instance_id)
    : undefined;
}

/**
 * The vendor's state. Only its id is what its own create attached: a refresh follows a vNIC that was moved by hand and
 * changes the attributes, and an import leaves `vnic_id` empty.
 */
function vendorTarget({ id, vnic_id, instance_id }: Stored, { diagnostics }: Warns): Target | undefined {
  const created = typeof id === 'string' ? parseAttachmentId(id) : undefined;
  const refreshed = {
    nicId: isFilled(vnic_id) ? vnic_id : created?.nicId,
    instanceId: isFilled(instance_id) ? instance_id : created?.instanceId,
  };
  if (refreshed.nicId === undefined || refreshed.instanceId === undefined) return undefined;
  if (created === undefined) return target(refreshed.nicId, refreshed.instanceId);
  if (refreshed.nicId !== created.nicId || refreshed.instanceId !== created.instanceId) {
    diagnostics.warning(
      `The state to be moved contradicts itself: its id is ${created.nicId}:${created.instanceId}, its attributes name vNIC ${refreshed.nicId} and instance ${refreshed.instanceId}`,
      `The id was taken over: it is what was attached under this record. The vNIC has been moved since, and no one else's ` +
        `attachment is modified. If it is to stay where it is, declare instance ${refreshed.instanceId}.`,
    );
  }
  return created;
}

function target(nicId: string, instanceId: string): Target {
  return { nicId: parseNicId(nicId), instanceId: parseInstanceId(instanceId) };
}

function fields(value: Json | undefined): Stored {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Stored) : {};
}

function isFilled(value: Json | undefined): value is string {
  return typeof value === 'string' && value !== '';
}
