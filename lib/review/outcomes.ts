import type { View } from '../handler';
import { decide, NOTHING_DONE } from '../handler/decide';
import type { Decision } from '../handler/decide';
import type { PlannedOperation, Plan } from '../terraform';
import type { InstanceId, NicId } from '../zec/ids';
import { targetOf } from './inventory';
import type { Inventory } from './inventory';
import type { Order } from './order';

/** What the handler would decide for one operation, given what the API shows now. */
export interface PredictedOutcome {
  readonly operation: PlannedOperation;
  /** `undefined`: the API was not queried, or no ID is known. */
  readonly view: View | undefined;
  readonly decision: Decision | undefined;
}

/** The attaches and detaches of a plan at one instance, without those that are already done. */
export interface InstanceOutcomes {
  readonly attach: PredictedOutcome[];
  readonly detach: PredictedOutcome[];
}

const FREE = { nicStatus: 'AVAILABLE', owner: 'none', ownerId: undefined, listed: false } as const;

export class PredictedOutcomes {
  private readonly byInstance = new Map<InstanceId, InstanceOutcomes>();

  public constructor(
    private readonly inventory: Inventory | undefined,
    private readonly order: Order,
    operations: readonly PlannedOperation[],
  ) {
    // Detaches first: an attach depends on the vNICs that they free.
    for (const goal of ['detach', 'attach'] as const) {
      for (const operation of operations.filter((each) => each.goal === goal)) {
        const { instance } = operation.endpoints;
        const outcome = this.of(operation);
        if (!instance.known || isDone(outcome)) continue;
        const atInstance = this.atInstance(instance.id);
        atInstance[goal].push(outcome);
        this.byInstance.set(instance.id, atInstance);
      }
    }
  }

  public atInstance(id: InstanceId): InstanceOutcomes {
    return this.byInstance.get(id) ?? { attach: [], detach: [] };
  }

  public of(operation: PlannedOperation): PredictedOutcome {
    const view = this.viewOf(operation);
    return { operation, view, decision: view && decide(operation.goal, view, NOTHING_DONE) };
  }

  /**
   * The view at the time of the operation: an attach sees the detaches that the plan runs before it. UnknownReason endpoints
   * are assumed to be ready.
   */
  private viewOf(operation: PlannedOperation): View | undefined {
    const { nic, instance } = operation.endpoints;
    const target = targetOf(operation.endpoints);
    if (operation.goal === 'detach') return target && this.inventory?.viewOf(target);
    if (this.inventory === undefined || (!nic.known && !instance.known)) return undefined;
    const nicId = nic.known ? nic.id : ('' as NicId);
    const instanceId = instance.known ? instance.id : ('' as InstanceId);
    const view = {
      ...this.inventory.viewOf({ nicId, instanceId }),
      ...(nic.known ? {} : FREE),
      ...(instance.known ? {} : { instanceStatus: 'RUNNING' }),
    };
    const holder = view.ownerId && this.atInstance(view.ownerId);
    const freeing = holder?.detach.find(({ view: freed }) => freed?.target.nicId === nicId);
    // If the order of the two is not guaranteed, the risk `order-not-sure` reports it.
    const freedBefore = freeing !== undefined && !this.order.precedes(operation, freeing.operation);
    return freedBefore ? { ...view, ...FREE } : view;
  }
}

export function isDone({ decision }: PredictedOutcome): boolean {
  return decision?.kind === 'done';
}

/** The inputs from which changes and risks are derived. */
export interface ReviewContext {
  readonly plan: Plan;
  /** `undefined`: the API was not queried. */
  readonly inventory: Inventory | undefined;
  readonly order: Order;
  readonly outcomes: PredictedOutcomes;
}
