import type { Target, View } from '../handler';
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

  /** An attach is predicted as the handler will find it, after what the plan detaches before. */
  public of(operation: Operation): Outcome {
    const view = operation.goal === 'attach' ? this.viewOfAttach(operation) : this.viewOfDetach(operation);
    return { operation, view, decision: view && decide(operation.goal, view, NOTHING_DONE) };
  }

  private viewOfDetach({ endpoints }: Operation): View | undefined {
    const target = targetOf(endpoints);
    return target && this.inventory?.viewOf(target);
  }

  /** An endpoint that Terraform does not know is taken to be in order. */
  private viewOfAttach(operation: Operation): View | undefined {
    const { nic, instance } = operation.endpoints;
    if (this.inventory === undefined || (!nic.known && !instance.known)) return undefined;
    const target: Target = {
      nicId: nic.known ? nic.id : ('' as NicId),
      instanceId: instance.known ? instance.id : ('' as InstanceId),
    };
    const view = {
      ...this.inventory.viewOf(target),
      ...(nic.known ? {} : FREE),
      ...(instance.known ? {} : { instanceStatus: 'RUNNING' }),
    };
    const freeing = this.freeing(target.nicId, view.ownerId);
    // Whether the vNIC is surely free by then is a question of its own: `order-not-sure`.
    const freedBefore = freeing !== undefined && !this.order.precedes(operation, freeing.operation);
    return freedBefore ? { ...view, ...FREE } : view;
  }

  /** What detaches a vNIC from the instance that holds it. */
  private freeing(nicId: NicId, holder: InstanceId | undefined): Outcome | undefined {
    if (holder === undefined) return undefined;
    return this.atInstance(holder).detach.find(
      ({ operation }) => targetOf(operation.endpoints)?.nicId === nicId,
    );
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
