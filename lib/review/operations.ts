import { decide, NOTHING_DONE } from '../handler/decide';
import { sameEndpoint } from '../terraform';
import type { Operation, Plan, PlannedAttachment } from '../terraform';
import type { NicId } from '../zec/ids';
import type { Inventory } from './inventory';

/** An operation with the attachment whose record it belongs to. */
export interface Planned {
  readonly record: PlannedAttachment;
  readonly operation: Operation;
}

/** The attaches and detaches of a plan that Terraform does not put off. */
export function plannedOperations({ attachments }: Plan): readonly Planned[] {
  return attachments
    .filter(({ deferred }) => deferred === undefined)
    .flatMap((record) =>
      [record.detach, record.attach]
        .filter((each) => each !== undefined)
        .map((operation) => ({ record, operation })),
    );
}

/** Those of the same vNIC together; one whose vNIC is unknown is alone. */
export function groupedByNic(all: readonly Planned[]): readonly (readonly Planned[])[] {
  const groups = new Map<NicId | Operation, Planned[]>();
  for (const each of all) {
    const { nic } = each.operation.endpoints;
    const key = nic.known ? nic.id : each.operation;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()];
}

/** The operations that run; those of a convergence only where the API showed that there is something to do. */
export function operationsOf(plan: Plan, inventory: Inventory | undefined): readonly Operation[] {
  const planned = plannedOperations(plan).map(({ operation }) => operation);
  const reconverged = plan.attachments.flatMap(({ deferred, reconverge }) =>
    deferred !== undefined || reconverge === undefined || isAttached(reconverge, inventory) ? [] : reconverge,
  );
  return [...planned.filter(({ skipped }) => skipped === undefined), ...reconverged];
}

/**
 * Whether an attach will find everything done already. Where nobody asked the API, what is on record is taken to be
 * there.
 */
export function isAttached(
  { endpoints: { nic, instance } }: Operation,
  inventory: Inventory | undefined,
): boolean {
  if (inventory === undefined || !nic.known || !instance.known) return true;
  const view = inventory.viewOf({ nicId: nic.id, instanceId: instance.id });
  return decide('attach', view, NOTHING_DONE).kind === 'done';
}

/**
 * Where the provider itself lets an attach wait for the detach of the same vNIC: it does within one process, of
 * which there is one for each configuration of the provider.
 */
export function handedOver(plan: Plan): readonly (readonly [from: Operation, to: Operation])[] {
  if (plan.severalProviders) return [];
  const ofProvider = plannedOperations(plan).filter(({ record }) => record.runner === 'provider');
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

/** Both operations are about the same instance, as far as is known. */
export function isSameInstance(a: Operation, b: Operation): boolean {
  return sameEndpoint(a.endpoints.instance, b.endpoints.instance);
}
