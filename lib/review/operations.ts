import { decide, NOTHING_DONE } from '../handler/decide';
import { sameEndpoint } from '../terraform';
import type { PlannedOperation, Plan, PlannedAttachment } from '../terraform';
import type { NicId } from '../zec/ids';
import type { Inventory } from './inventory';

/** An operation with the attachment that it belongs to. */
export interface AttachmentOperation {
  readonly attachment: PlannedAttachment;
  readonly operation: PlannedOperation;
}

/** The attaches and detaches of a plan, except those that Terraform defers. */
export function plannedOperations({ attachments }: Plan): readonly AttachmentOperation[] {
  return attachments
    .filter(({ deferred }) => deferred === undefined)
    .flatMap((attachment) =>
      [attachment.detach, attachment.attach]
        .filter((each) => each !== undefined)
        .map((operation) => ({ attachment, operation })),
    );
}

/** Groups operations by vNIC. An operation with an unknown vNIC is a group of its own. */
export function groupedByNic(
  all: readonly AttachmentOperation[],
): readonly (readonly AttachmentOperation[])[] {
  const groups = new Map<NicId | PlannedOperation, AttachmentOperation[]>();
  for (const each of all) {
    const { nic } = each.operation.endpoints;
    const key = nic.known ? nic.id : each.operation;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()];
}

/** The operations that run. A convergence runs one only if the API shows that the vNIC is not attached. */
export function operationsOf(plan: Plan, inventory: Inventory | undefined): readonly PlannedOperation[] {
  const planned = plannedOperations(plan).map(({ operation }) => operation);
  const reconverged = plan.attachments.flatMap(({ deferred, reconverge }) =>
    deferred !== undefined || reconverge === undefined || isAttached(reconverge, inventory) ? [] : reconverge,
  );
  return [...planned.filter(({ skipped }) => skipped === undefined), ...reconverged];
}

/** Whether an attach has nothing to do. Offline, or with unknown IDs, the state is assumed to be correct. */
export function isAttached(
  { endpoints: { nic, instance } }: PlannedOperation,
  inventory: Inventory | undefined,
): boolean {
  if (inventory === undefined || !nic.known || !instance.known) return true;
  const view = inventory.viewOf({ nicId: nic.id, instanceId: instance.id });
  return decide('attach', view, NOTHING_DONE).kind === 'done';
}

/**
 * Pairs in which the provider delays an attach until the detach of the same vNIC completes. It does so only within
 * one process, and Terraform starts one process for each provider configuration.
 */
export function orderedByProvider(
  plan: Plan,
): readonly (readonly [from: PlannedOperation, to: PlannedOperation])[] {
  if (plan.severalProviders) return [];
  const ofProvider = plannedOperations(plan).filter(({ attachment }) => attachment.runner === 'provider');
  return groupedByNic(ofProvider).flatMap((group) => {
    const operations = group.map(({ operation }) => operation);
    return operations
      .filter(({ goal }) => goal === 'detach')
      .flatMap((from) =>
        operations
          .filter((to) => to.goal === 'attach' && !isSameInstance(from, to))
          .map((to) => [from, to] as const),
      );
  });
}

/** Whether both operations are known to target the same instance. */
export function isSameInstance(a: PlannedOperation, b: PlannedOperation): boolean {
  return sameEndpoint(a.endpoints.instance, b.endpoints.instance);
}
