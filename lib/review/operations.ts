import { decide, NOTHING_DONE } from '../handler/decide';
import type { Operation, Plan, PlannedAttachment } from '../terraform';
import type { NicId } from '../zec/ids';
import type { Inventory } from './inventory';

/** An operation with the attachment whose record it belongs to. */
export interface Planned {
  readonly record: PlannedAttachment;
  readonly operation: Operation;
}

/** A plan's attachments by what happens to them. */
export interface Groups {
  readonly byNic: ReadonlyMap<NicId, readonly Planned[]>;
  /** Operations on vNICs that Terraform does not know yet or does not show. */
  readonly unknownNic: readonly Planned[];
  /** Nothing runs for these: what is kept, imported or forgotten. */
  readonly quiet: readonly PlannedAttachment[];
  readonly deferred: readonly PlannedAttachment[];
}

export function group({ attachments }: Plan): Groups {
  const byNic = new Map<NicId, Planned[]>();
  const unknownNic: Planned[] = [];
  const quiet: PlannedAttachment[] = [];
  const deferred: PlannedAttachment[] = [];
  for (const record of attachments) {
    const operations = [record.detach, record.attach].flatMap((each) => each ?? []);
    if (record.deferred !== undefined) deferred.push(record);
    else if (operations.length === 0) quiet.push(record);
    else {
      for (const operation of operations) {
        const { nic } = operation.endpoints;
        if (!nic.known) unknownNic.push({ record, operation });
        else byNic.set(nic.id, [...(byNic.get(nic.id) ?? []), { record, operation }]);
      }
    }
  }
  return { byNic, unknownNic, quiet, deferred };
}

/** The operations that run; those of a convergence only where the API showed that there is something to do. */
export function operationsOf({ attachments }: Plan, inventory: Inventory | undefined): readonly Operation[] {
  return attachments
    .filter(({ deferred }) => deferred === undefined)
    .flatMap(({ detach, attach, reconverge }) => [
      detach?.skipped === undefined ? detach : undefined,
      attach,
      reconverge && isAttached(reconverge, inventory) ? undefined : reconverge,
    ])
    .filter((each) => each !== undefined);
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
  return [...group(plan).byNic.values()].flatMap((all) => {
    const ofProvider = all
      .filter(({ record }) => record.runner === 'provider')
      .map(({ operation }) => operation);
    return ofProvider
      .filter(({ goal }) => goal === 'detach')
      .flatMap((from) =>
        ofProvider
          .filter((to) => to.goal === 'attach' && !isSameInstance(from, to))
          .map((to) => [from, to] as const),
      );
  });
}

/** Both operations are about the same instance, as far as is known. */
export function isSameInstance(a: Operation, b: Operation): boolean {
  const [one, other] = [a.endpoints.instance, b.endpoints.instance];
  return one.known && other.known && one.id === other.id;
}
