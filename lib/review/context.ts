import type { Goal, View } from '../handler';
import { decide, NO_ATTEMPTS, type Decision } from '../handler/decide';
import { comparableId, sameEndpoint } from '../terraform';
import type { Plan, PlannedAttachment, PlannedOperation } from '../terraform';
import type { InstanceId, NicId } from '../zec/ids';
import type { Inventory } from './inventory';
import { Order } from './order';

/** An attach or detach, with the attachment that it belongs to. */
interface Operation extends PlannedOperation {
  readonly attachment: PlannedAttachment;
}

/** What the handler would decide for an operation, given what the API shows now. */
export interface PredictedOutcome extends Operation {
  /** `undefined`: the API was not queried, or no ID is known. */
  readonly view: View | undefined;
  readonly decision: Decision | undefined;
}

type OutcomesByInstance = ReadonlyMap<InstanceId | undefined, readonly PredictedOutcome[]>;

const FREE = { nicStatus: 'AVAILABLE', owner: 'none', ownerId: undefined, listed: false } as const;

/** The inputs from which changes and risks are derived: the plan, the inventory, the order and the outcomes. */
export class ReviewContext {
  public readonly order: Order;
  /** The detaches and attaches by instance, without those that are already done. */
  public readonly detaches: OutcomesByInstance;
  public readonly attaches: OutcomesByInstance;
  /** The detaches and attaches by vNIC, except those that Terraform defers. */
  public readonly byNic: readonly (readonly PredictedOutcome[])[];

  /** @param inventory `undefined`: the API was not queried */
  public constructor(
    public readonly plan: Plan,
    public readonly inventory: Inventory | undefined,
  ) {
    const planned = plan.attachments.filter(({ deferred }) => deferred === undefined);
    const operations = planned.flatMap((attachment) =>
      [attachment.detach, attachment.attach].flatMap((each): Operation | [] =>
        each ? { ...each, attachment, skipped: this.isLeft(each) ? 'left' : each.skipped } : [],
      ),
    );
    const reconverged = planned.flatMap((attachment): Operation | [] => {
      const { reconverge } = attachment;
      return reconverge === undefined || this.isAttached(reconverge) ? [] : { ...reconverge, attachment };
    });
    const running = [...operations.filter(({ skipped }) => skipped === undefined), ...reconverged];
    this.order = new Order(
      running,
      plan.dependencies,
      plan.severalProviders ? [] : orderedByProvider(operations),
    );
    const outcomesOf = (goal: Goal) => {
      const outcomes = running.filter((each) => each.goal === goal).map(this.outcomeOf);
      return groupBy(
        outcomes.filter((each) => !isDone(each)),
        ({ endpoints }) => comparableId(endpoints.instance),
      );
    };
    this.detaches = outcomesOf('detach');
    // An attach depends on the vNICs that the detaches free.
    this.attaches = outcomesOf('attach');
    this.byNic = byNic(operations.map(this.outcomeOf));
  }

  /** Whether an attach has nothing to do. Offline, or with unknown IDs, the state is assumed to be correct. */
  public isAttached({ endpoints }: PlannedOperation): boolean {
    const view = this.inventory?.viewOf(endpoints);
    return view === undefined || decide('attach', view, NO_ATTEMPTS).kind === 'done';
  }

  /** Whether a detach does nothing, because the instance is STOPPED now and `when_stopped` is LEAVE. */
  private isLeft({ endpoints, whenStopped }: PlannedOperation): boolean {
    const view = whenStopped === 'LEAVE' ? this.inventory?.viewOf(endpoints) : undefined;
    const decision = view && decide('detach', view, NO_ATTEMPTS);
    return decision?.kind === 'fail' && decision.instanceStopped === true;
  }

  public readonly outcomeOf = (operation: Operation): PredictedOutcome => {
    const view = this.viewOf(operation);
    return { ...operation, view, decision: view && decide(operation.goal, view, NO_ATTEMPTS) };
  };

  /**
   * The view at the time of the operation: an attach sees the detaches that the plan runs before it. Unknown endpoints
   * are assumed to be ready.
   */
  private viewOf(operation: PlannedOperation): View | undefined {
    const { nic, instance } = operation.endpoints;
    if (operation.goal === 'detach') return this.inventory?.viewOf(operation.endpoints);
    if (nic.id === undefined && instance.id === undefined) return undefined;
    const found = this.inventory?.viewOf({
      nic: { id: nic.id ?? ('' as NicId) },
      instance: { id: comparableId(instance) ?? ('' as InstanceId) },
    });
    if (found === undefined) return undefined;
    const view = {
      ...found,
      ...(nic.id === undefined && FREE),
      ...(instance.id === undefined && { instanceStatus: 'RUNNING', listed: found.owner === 'target' }),
    };
    const freeing = (view.ownerId ? this.detaches.get(view.ownerId) : undefined)?.find((each) =>
      sameEndpoint(each.endpoints.nic, nic),
    );
    // If the order of the two is not guaranteed, the risk `order-not-sure` reports it.
    const freedBefore = freeing !== undefined && !this.order.precedes(operation, freeing);
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

/** Groups items by key, in the order of the first item of each group. */
function groupBy<K, T>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}

/** An operation whose vNIC cannot be compared is a group of its own. */
function byNic<T extends PlannedOperation>(all: readonly T[]): readonly (readonly T[])[] {
  return [...groupBy(all, (each) => comparableId(each.endpoints.nic) ?? each).values()];
}

/**
 * Pairs in which the provider delays an attach until the detach of the same vNIC completes. It does so only within
 * one process, and Terraform starts one process for each provider configuration.
 */
function orderedByProvider(operations: readonly Operation[]) {
  const ofProvider = operations.filter(({ attachment }) => attachment.runner === 'provider');
  return byNic(ofProvider).flatMap((group) =>
    group
      .filter(({ goal }) => goal === 'detach')
      .flatMap((from) =>
        group
          .filter((to) => to.goal === 'attach' && !isSameInstance(from, to))
          .map((to) => [from, to] as const),
      ),
  );
}
