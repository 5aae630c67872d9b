import type { View } from '../handler';
import { decide, NOTHING_DONE } from '../handler/decide';
import type { Decision } from '../handler/decide';
import type { Operation, Plan } from '../terraform';
import type { InstanceId, NicId } from '../zec/ids';
import { targetOf } from './inventory';
import type { Inventory } from './inventory';
import type { Order } from './order';

/** What the handler will do for one operation of a plan, by its own policy and what the API shows now. */
export interface Outcome {
  readonly operation: Operation;
  /** `undefined`: nobody asked the API, or there is nothing to ask for. */
  readonly view: View | undefined;
  readonly decision: Decision | undefined;
}

/** What a plan attaches to an instance and detaches from it, without what is done already. */
export interface InstanceOutcomes {
  readonly attach: Outcome[];
  readonly detach: Outcome[];
}

const FREE = { nicStatus: 'AVAILABLE', owner: 'none', ownerId: undefined, listed: false } as const;

/** The predicted outcomes of a plan's operations. */
export class Outcomes {
  private readonly byInstance = new Map<InstanceId, InstanceOutcomes>();

  public constructor(
    private readonly inventory: Inventory | undefined,
    private readonly order: Order,
    operations: readonly Operation[],
  ) {
    // Detaches first: what they free decides over the attaches.
    for (const goal of ['detach', 'attach'] as const) {
      for (const operation of operations.filter((each) => each.goal === goal)) {
        const { instance } = operation.endpoints;
        const outcome = this.of(operation);
        if (!instance.known || isDone(outcome)) continue;
        const there = this.atInstance(instance.id);
        there[goal].push(outcome);
        this.byInstance.set(instance.id, there);
      }
    }
  }

  public atInstance(id: InstanceId): InstanceOutcomes {
    return this.byInstance.get(id) ?? { attach: [], detach: [] };
  }

  public of(operation: Operation): Outcome {
    const view = this.viewOf(operation);
    return { operation, view, decision: view && decide(operation.goal, view, NOTHING_DONE) };
  }

  /**
   * An attach is predicted as the handler will find it, after what the plan detaches before. An endpoint that
   * Terraform does not know is taken to be in order then.
   */
  private viewOf(operation: Operation): View | undefined {
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
    // Whether the vNIC is surely free by then is a question of its own: `order-not-sure`.
    const freedBefore = freeing !== undefined && !this.order.precedes(operation, freeing.operation);
    return freedBefore ? { ...view, ...FREE } : view;
  }
}

export function isDone({ decision }: Outcome): boolean {
  return decision?.kind === 'done';
}

/** What the changes of a plan are made from. */
export interface Facts {
  readonly plan: Plan;
  /** `undefined`: nobody asked the API. */
  readonly inventory: Inventory | undefined;
  readonly order: Order;
  readonly outcomes: Outcomes;
}
