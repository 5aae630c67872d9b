import type { Goal, View } from '../handler';
import { decide, NO_ATTEMPTS, type Decision } from '../handler/decide';
import { sameEndpoint } from '../terraform';
import type { Endpoint, Plan, PlannedAttachment, PlannedOperation } from '../terraform';
import type { InstanceId, NicId } from '../zec/ids';
import type { Inventory } from './inventory';
import { Order } from './order';

interface AttachmentOperation {
  readonly attachment: PlannedAttachment;
  readonly operation: PlannedOperation;
}

/** What the handler would decide for an operation, given what the API shows now. */
export interface PredictedOutcome extends AttachmentOperation {
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
      [attachment.detach, attachment.attach]
        .filter((each) => each !== undefined)
        .map((operation) => ({ attachment, operation: this.leaves(operation) ?? operation })),
    );
    const reconverged = planned.flatMap((attachment) => {
      const { reconverge: operation } = attachment;
      return operation === undefined || this.isAttached(operation) ? [] : { attachment, operation };
    });
    const running = [
      ...operations.filter(({ operation }) => operation.skipped === undefined),
      ...reconverged,
    ];
    this.order = new Order(
      running.map(({ operation }) => operation),
      plan.dependencies,
      plan.severalProviders ? [] : orderedByProvider(operations),
    );
    const outcomesOf = (goal: Goal) => {
      const outcomes = running.filter(({ operation }) => operation.goal === goal).map(this.outcomeOf);
      return groupBy(
        outcomes.filter((each) => !isDone(each)),
        ({ operation }) => idOf(operation.endpoints.instance),
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

  /** A detach from an instance that is STOPPED now and has `when_stopped = "LEAVE"`, as one that is skipped. */
  private leaves(operation: PlannedOperation): PlannedOperation | undefined {
    const view = operation.whenStopped === 'LEAVE' && this.inventory?.viewOf(operation.endpoints);
    const decision = view ? decide('detach', view, NO_ATTEMPTS) : undefined;
    const isLeft = decision?.kind === 'fail' && decision.instanceStopped;
    return isLeft ? { ...operation, skipped: 'left' } : undefined;
  }

  public readonly outcomeOf = ({ attachment, operation }: AttachmentOperation): PredictedOutcome => {
    const view = this.viewOf(operation);
    return { attachment, operation, view, decision: view && decide(operation.goal, view, NO_ATTEMPTS) };
  };

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
export function isSameInstance(a: AttachmentOperation, b: AttachmentOperation): boolean {
  return sameEndpoint(a.operation.endpoints.instance, b.operation.endpoints.instance);
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

/** An operation with an unknown vNIC is a group of its own. */
function byNic<T extends AttachmentOperation>(all: readonly T[]): readonly (readonly T[])[] {
  return [...groupBy(all, ({ operation }) => idOf(operation.endpoints.nic) ?? operation).values()];
}

export function idOf<Id extends string>(endpoint: Endpoint<Id>): Id | undefined {
  return endpoint.known ? endpoint.id : undefined;
}

/**
 * Pairs in which the provider delays an attach until the detach of the same vNIC completes. It does so only within
 * one process, and Terraform starts one process for each provider configuration.
 */
function orderedByProvider(
  operations: readonly AttachmentOperation[],
): readonly (readonly [from: PlannedOperation, to: PlannedOperation])[] {
  const ofProvider = operations.filter(({ attachment }) => attachment.runner === 'provider');
  return byNic(ofProvider).flatMap((group) =>
    group
      .filter(({ operation }) => operation.goal === 'detach')
      .flatMap((from) =>
        group
          .filter((to) => to.operation.goal === 'attach' && !isSameInstance(from, to))
          .map((to) => [from.operation, to.operation] as const),
      ),
  );
}
