import { ID_PATTERN, VENDOR_ATTACHMENT } from '../contract';
import type { Target } from '../handler';
import { DiagnosticError, type Context, type Json, type MoveRequest } from '../plugin';
import { attachmentId, parseIds, parseNicId } from '../zec/ids';
import type { ProviderClient } from './client';
import { parseAttachmentId } from './nic-attachment-state';
import { CHECK_ID } from './preflight';

/**
 * Resolves an import ID: "nicId:instanceId", or "nicId" if the vNIC is attached.
 * @throws DiagnosticError if the ID is invalid or there is no such attachment
 */
export async function importedTarget(
  id: string,
  client: ProviderClient,
  signal: AbortSignal,
): Promise<Target> {
  const wanted = parseAttachmentId(id);
  if (wanted === undefined && !ID_PATTERN.test(id)) {
    throw new DiagnosticError(`Invalid attachment ID: ${JSON.stringify(id.slice(0, 100))}`, {
      detail: 'Expected "nicId:instanceId", or "nicId" if the vNIC is attached.',
    });
  }
  const nicId = wanted?.nicId ?? parseNicId(id);
  const nic = await client.nicToImport(nicId, wanted?.instanceId, signal);
  if (nic === undefined) throw new DiagnosticError(`vNIC ${nicId} does not exist`, { detail: CHECK_ID });
  const { instanceId, nicType } = nic;
  if (nicType === 'Primary') {
    throw new DiagnosticError(`vNIC ${nicId} is a primary vNIC`, {
      detail: 'It can never be detached, so a destroy would fail. Remove the import and the attachment.',
    });
  }
  if (instanceId === undefined) {
    throw new DiagnosticError(`vNIC ${nicId} is not attached to an instance`, {
      detail: 'There is nothing to import. Remove the import, and apply will attach the vNIC.',
    });
  }
  if (wanted !== undefined && wanted.instanceId !== instanceId) {
    const detail = `To import that attachment, use "${attachmentId(nicId, instanceId)}".`;
    const summary = `vNIC ${nicId} is attached to instance ${instanceId}, not to ${wanted.instanceId}`;
    throw new DiagnosticError(summary, { detail });
  }
  return { nicId, instanceId };
}

type Warnings = Pick<Context, 'diagnostics'>;
type StoredFields = Readonly<Record<string, Json | undefined>>;

/**
 * The attachment in the state of another resource type; `undefined` if there is none. The source provider is not checked:
 * mirrors have other host names, and after one instance of a `for_each` resource has been moved, Terraform reports this
 * provider as the source of the others.
 */
export function movedTarget({ sourceType, sourceState }: MoveRequest, context: Warnings): Target | undefined {
  switch (sourceType) {
    case 'null_resource':
      return recordedTarget(sourceState.triggers);
    case 'terraform_data':
      return recordedTarget(objectFields(sourceState.triggers_replace).value);
    case VENDOR_ATTACHMENT:
      return vendorTarget(sourceState, context);
    default:
      return undefined;
  }
}

/** Reads the state of the local-exec runner. */
function recordedTarget(value: Json | undefined): Target | undefined {
  const { nic_id, instance_id } = objectFields(value);
  return typeof nic_id === 'string' && typeof instance_id === 'string'
    ? parseIds(nic_id, instance_id)
    : undefined;
}

/**
 * Reads the state of the vendor's provider. Only `id` is reliably what its create attached: a refresh updates the
 * attributes when the vNIC is moved outside Terraform, and an import leaves `vnic_id` empty.
 */
function vendorTarget(
  { id, vnic_id, instance_id }: StoredFields,
  { diagnostics }: Warnings,
): Target | undefined {
  const created = typeof id === 'string' ? parseAttachmentId(id) : undefined;
  const refreshed = {
    nicId: isFilled(vnic_id) ? vnic_id : created?.nicId,
    instanceId: isFilled(instance_id) ? instance_id : created?.instanceId,
  };
  if (refreshed.nicId === undefined || refreshed.instanceId === undefined) return undefined;
  if (created === undefined) return parseIds(refreshed.nicId, refreshed.instanceId);
  if (refreshed.nicId !== created.nicId || refreshed.instanceId !== created.instanceId) {
    diagnostics.warning(
      `Inconsistent source state: its ID is ${created.nicId}:${created.instanceId}, its attributes name vNIC ${refreshed.nicId} and instance ${refreshed.instanceId}`,
      'The ID was used, because it names what the resource attached. The vNIC has been moved since, and no one else’s ' +
        `attachment is modified. To keep the vNIC where it is, declare instance ${refreshed.instanceId}.`,
    );
  }
  return created;
}

/** The fields of an object. Other values have no such fields. */
function objectFields(value: Json | undefined): StoredFields {
  return (value ?? {}) as StoredFields;
}

function isFilled(value: Json | undefined): value is string {
  return typeof value === 'string' && value !== '';
}
