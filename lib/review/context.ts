import type { Goal, View } from '../handler';
import { decide, NOTHING_DONE } from '../handler/decide';
import type { Decision } from '../handler/decide';
import { sameEndpoint } from '../terraform';
import type { Endpoint, Plan, PlannedAttachment, PlannedOperation } from '../terraform';
import type { InstanceId, NicId } from '../zec/ids';
import type { Inventory } from './inventory';
import { Order } from './order';

/** An operation with the attachment that it belongs to. */
export interface AttachmentOperation {
  readonly attachment: PlannedAttachment;
  readonly operation: PlannedOperation;
}

/** What the handler would decide for one operation, given what the API shows now. */
export interface PredictedOutcome {
  readonly operation: PlannedOperation;
  /** `undefined`: the API was not queried, or no ID is known. */
  readonly view: View | undefined;
  readonly decision: Decision | undefined;
}

type OutcomesByInstance = ReadonlyMap<InstanceId | undefined, readonly PredictedOutcome[]>;

const FREE = { nicStatus: 'AVAILABLE', owner: 'none', ownerId: undefined, listed: false } as const;

/** The inputs from which changes and risks are derived: the plan, the inventory, the order and the outcomes. */
export class ReviewContext {
  /** The attaches and detaches of the plan, except those that Terraform defers, by vNIC. */
  public readonly operationsByNic: readonly (readonly AttachmentOperation[])[];
  public readonly order: Order;
  /** The detaches and attaches by instance, without those that are already done. */
  public readonly detaches: OutcomesByInstance;
  public readonly attaches: OutcomesByInstance;

  /** @param inventory `undefined`: the API was not queried */
  public constructor(
    public readonly plan: Plan,
    public readonly inventory: Inventory | undefined,
  ) {
    const planned = plan.attachments.filter(({ deferred }) => deferred === undefined);
    this.operationsByNic = operationsByNic(planned);
    const operations = [
      ...planned.flatMap(operationsOf).filter(({ skipped }) => skipped === undefined),
      ...planned.flatMap(({ reconverge }) =>
        reconverge === undefined || this.isAttached(reconverge) ? [] : reconverge,
      ),
    ];
    const ofProvider = plan.severalProviders ? [] : planned.filter(({ runner }) => runner === 'provider');
    const ordered = operationsByNic(ofProvider).flatMap(orderedByProvider);
    this.order = new Order(operations, plan.dependencies, ordered);
    const outcomesOf = (goal: Goal) => {
      const outcomes = operations.filter((each) => each.goal === goal).map((each) => this.outcomeOf(each));
      return groupBy(
        outcomes.filter((each) => !isDone(each)),
        ({ operation }) => idOf(operation.endpoints.instance),
      );
    };
    this.detaches = outcomesOf('detach');
    // An attach depends on the vNICs that the detaches free.
    this.attaches = outcomesOf('attach');
  }

  /** Whether an attach has nothing to do. Offline, or with unknown IDs, the state is assumed to be correct. */
  public isAttached({ endpoints }: PlannedOperation): boolean {
    const view = this.inventory?.viewOf(endpoints);
    return view === undefined || decide('attach', view, NOTHING_DONE).kind === 'done';
  }

  public outcomeOf(operation: PlannedOperation): PredictedOutcome {
    const view = this.viewOf(operation);
    return { operation, view, decision: view && decide(operation.goal, view, NOTHING_DONE) };
  }

  /**
   * The view at the time of the operation: an attach sees the detaches that the plan runs before it. Unknown endpoints
   * are assumed to be ready.
   */
  private viewOf(operation: PlannedOperation): View | undefined {
    const { nic, instance } = operation.endpoints;
    if (operation.goal === 'detach') return this.inventory?.viewOf(operation.endpoints);
    if (!nic.known && !instance.known) return undefined;
    const found = this.inventory?.viewOf({
      nic: nic.known ? nic : { known: true, id: '' as NicId },
      instance: instance.known ? instance : { known: true, id: '' as InstanceId },
    });
    if (found === undefined) return undefined;
    const view = {
      ...found,
      ...(nic.known ? {} : FREE),
      ...(instance.known ? {} : { instanceStatus: 'RUNNING' }),
    };
    const freeing = (view.ownerId ? this.detaches.get(view.ownerId) : undefined)?.find((each) =>
      sameEndpoint(each.operation.endpoints.nic, nic),
    );
    // If the order of the two is not guaranteed, the risk `order-not-sure` reports it.
    const freedBefore = freeing !== undefined && !this.order.precedes(operation, freeing.operation);
    return freedBefore ? { ...view, ...FREE } : view;
  }
}

export function isDone({ decision }: PredictedOutcome): boolean {
  return decision?.kind === 'done';
}

/** Whether both operations are known to target the same instance. */
export function isSameInstance(a: PlannedOperation, b: PlannedOperation): boolean {
  return sameEndpoint(a.endpoints.instance, b.endpoints.instance);
}

/** The groups of items with the same key, in the order of their first items. */
export function groupBy<K, T>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

function operationsOf({ detach, attach }: PlannedAttachment): readonly PlannedOperation[] {
  return [detach, attach].filter((each) => each !== undefined);
}

/** An operation with an unknown vNIC is a group of its own. */
function operationsByNic(planned: readonly PlannedAttachment[]): readonly (readonly AttachmentOperation[])[] {
  const all = planned.flatMap((attachment) =>
    operationsOf(attachment).map((operation) => ({ attachment, operation })),
  );
  return [...groupBy(all, ({ operation }) => idOf(operation.endpoints.nic) ?? operation).values()];
}

function idOf<Id extends string>(endpoint: Endpoint<Id>): Id | undefined {
  return endpoint.known ? endpoint.id : undefined;
}

/**
 * Pairs in which the provider delays an attach until the detach of the same vNIC completes. It does so only within
 * one process, and Terraform starts one process for each provider configuration.
 */
function orderedByProvider(
  ofNic: readonly AttachmentOperation[],
): readonly (readonly [from: PlannedOperation, to: PlannedOperation])[] {
  const operations = ofNic.map(({ operation }) => operation);
  return operations
    .filter(({ goal }) => goal === 'detach')
    .flatMap((from) =>
      operations
        .filter((to) => to.goal === 'attach' && !isSameInstance(from, to))
        .map((to) => [from, to] as const),
    );
}
