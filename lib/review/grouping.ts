import { decide, NOTHING_DONE } from '../handler/decide';
import type { Operation, Plan, PlannedAttachment } from '../terraform';
import type { NicId } from '../zec/ids';
import type { Look } from './look';

/** An operation with the attachment whose record it belongs to. */
export interface Planned {
  readonly record: PlannedAttachment;
  readonly operation: Operation;
}

/** What a plan does with one vNIC. */
export interface NicGroup {
  readonly nicId: NicId;
  readonly detaches: Planned[];
  readonly attaches: Planned[];
  /** Removals that run nothing. */
  readonly skipped: Planned[];
}

/** A plan's attachments by what happens to them. */
export interface Groups {
  readonly byNic: ReadonlyMap<NicId, NicGroup>;
  /** Operations on vNICs that Terraform does not tell. */
  readonly untold: readonly Planned[];
  /** Nothing runs for these: what is kept, imported or forgotten. */
  readonly quiet: readonly PlannedAttachment[];
  readonly deferred: readonly PlannedAttachment[];
}

export function group({ attachments }: Plan): Groups {
  const byNic = new Map<NicId, NicGroup>();
  const untold: Planned[] = [];
  const quiet: PlannedAttachment[] = [];
  const deferred: PlannedAttachment[] = [];
  for (const record of attachments) {
    const { detach, attach } = record;
    if (record.deferred !== undefined) {
      deferred.push(record);
      continue;
    }
    if (detach === undefined && attach === undefined) {
      quiet.push(record);
      continue;
    }
    for (const operation of [detach, attach]) {
      if (operation === undefined) continue;
      const { nic } = operation.ends;
      if (!nic.known) {
        untold.push({ record, operation });
        continue;
      }
      const { detaches, attaches, skipped } = of(byNic, nic.id);
      if (operation.skipped !== undefined) skipped.push({ record, operation });
      else (operation.goal === 'detach' ? detaches : attaches).push({ record, operation });
    }
  }
  return { byNic, untold, quiet, deferred };
}

/** The operations that run; those of a convergence only where the API showed that there is something to do. */
export function operationsOf({ attachments }: Plan, look: Look | undefined): readonly Operation[] {
  return attachments.flatMap(({ detach, attach, reconverge, deferred }) =>
    [detach, attach, reconverge].flatMap((each) =>
      each === undefined ||
      each.skipped !== undefined ||
      deferred !== undefined ||
      (each === reconverge && isAttached(each, look))
        ? []
        : each,
    ),
  );
}

/** Whether an attach will find everything done already; where nobody asked the API, what is on record is taken to be there. */
export function isAttached({ ends: { nic, instance } }: Operation, look: Look | undefined): boolean {
  if (look === undefined || !nic.known || !instance.known) return true;
  const view = look.viewOf({ nicId: nic.id, instanceId: instance.id });
  return decide('attach', view, NOTHING_DONE).kind === 'done';
}

/**
 * Where the provider itself lets an attach wait for the detach of the same vNIC: it does within one process, of
 * which there is one for each configuration of the provider.
 */
export function handedOver(plan: Plan): readonly (readonly [Operation, Operation])[] {
  if (plan.severalProviders) return [];
  return [...group(plan).byNic.values()].flatMap(({ detaches, attaches }) =>
    detaches.flatMap((from) =>
      attaches
        .filter((to) => from.record.runner === 'provider' && to.record.runner === 'provider')
        .filter((to) => !isSamePair(from.operation, to.operation))
        .map((to) => [from.operation, to.operation] as const),
    ),
  );
}

/** Both operations are about the same instance. */
export function isSamePair(a: Operation, b: Operation): boolean {
  const [one, other] = [a.ends.instance, b.ends.instance];
  return one.known && other.known && one.id === other.id;
}

function of(byNic: Map<NicId, NicGroup>, nicId: NicId): NicGroup {
  const group = byNic.get(nicId) ?? { nicId, detaches: [], attaches: [], skipped: [] };
  byNic.set(nicId, group);
  return group;
}
