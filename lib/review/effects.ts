import type { Target, View } from '../handler';
import { decide, NOTHING_DONE } from '../handler/decide';
import type { Decision } from '../handler/decide';
import type { Ends, Operation } from '../terraform';
import type { InstanceId, NicId } from '../zec/ids';
import type { Look } from './look';
import type { Order } from './order';

/** What the handler will do for one operation of a plan, by its own policy and what the API shows now. */
export interface Effect {
  readonly operation: Operation;
  /** `undefined`: Terraform does not tell both ends. */
  readonly target: Target | undefined;
  /** `undefined`: nobody asked the API, or there is nothing to ask for. */
  readonly view: View | undefined;
  readonly decision: Decision | undefined;
}

const FREE = { nicStatus: 'AVAILABLE', owner: 'none', ownerId: undefined, listed: false } as const;

/** The vNICs that a plan frees, as far as the API does not speak against it. */
export class Effects {
  private readonly freed = new Map<NicId, Effect[]>();

  public constructor(
    private readonly look: Look | undefined,
    private readonly order: Order,
    detaches: readonly Operation[],
  ) {
    for (const operation of detaches) {
      const effect = this.ofDetach(operation);
      if (effect.target === undefined || effect.decision?.kind === 'done') continue;
      const { nicId } = effect.target;
      this.freed.set(nicId, [...(this.freed.get(nicId) ?? []), effect]);
    }
  }

  public ofDetach(operation: Operation): Effect {
    const target = targetOf(operation.ends);
    const view = target === undefined ? undefined : this.look?.viewOf(target);
    return { operation, target, view, decision: view && decide('detach', view, NOTHING_DONE) };
  }

  /**
   * The attach as the handler will find it, after what the plan frees before. An end that Terraform does not tell is
   * taken to be in order.
   */
  public ofAttach(operation: Operation): Effect {
    const target = targetOf(operation.ends);
    const seen = this.seen(operation.ends);
    if (seen === undefined) return { operation, target, view: undefined, decision: undefined };
    const freeing = this.freeing(seen.target.nicId, seen.ownerId);
    // Whether the vNIC is surely free by then is a question of its own: `order-not-sure`.
    const freedBefore = freeing !== undefined && !this.order.precedes(operation, freeing.operation);
    const view = freedBefore ? { ...seen, ...FREE } : seen;
    return { operation, target, view, decision: decide('attach', view, NOTHING_DONE) };
  }

  /** What frees a vNIC from the instance that holds it; from whatever instance, where nobody asked the API. */
  public freeing(nicId: NicId, holder: InstanceId | undefined): Effect | undefined {
    const all = this.freed.get(nicId) ?? [];
    if (this.look === undefined) return all[0];
    return all.find(({ target }) => target?.instanceId === holder);
  }

  private seen({ nic, instance }: Ends): View | undefined {
    if (this.look === undefined || (!nic.known && !instance.known)) return undefined;
    const view = this.look.viewOf({
      nicId: nic.known ? nic.id : ('' as NicId),
      instanceId: instance.known ? instance.id : ('' as InstanceId),
    });
    return { ...view, ...(nic.known ? {} : FREE), ...(instance.known ? {} : { instanceStatus: 'RUNNING' }) };
  }
}

/** Both ends, where Terraform tells them. */
export function targetOf({ nic, instance }: Ends): Target | undefined {
  return nic.known && instance.known ? { nicId: nic.id, instanceId: instance.id } : undefined;
}
