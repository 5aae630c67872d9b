import type { InstanceId, NicId } from '../zec/ids';
import { MAX_NICS_PER_INSTANCE } from '../zec/types';
import type { Effect } from './effects';
import type { Look } from './look';
import type { Risk } from './model';
import type { Order } from './order';

/** Counts the vNICs of each instance over the whole plan. */
export class Limits {
  private readonly added = new Map<InstanceId, Effect[]>();
  private readonly freed = new Map<InstanceId, Effect[]>();

  /**
   * @param kept the vNICs that the plan leaves at each instance, where nobody asked the API
   */
  public constructor(
    private readonly look: Look | undefined,
    private readonly order: Order,
    attaches: readonly Effect[],
    detaches: readonly Effect[],
    private readonly kept: ReadonlyMap<InstanceId, number>,
  ) {
    for (const each of attaches) if (each.decision?.kind !== 'done') add(this.added, each);
    for (const each of detaches) if (each.decision?.kind !== 'done') add(this.freed, each);
  }

  public risksOf(attach: Effect): readonly Risk[] {
    const { instance } = attach.operation.ends;
    if (!instance.known || attach.decision?.kind === 'done') return [];
    if (this.look === undefined) return this.offline(instance.id);
    const there = this.look.instances.get(instance.id)?.nics.map(({ nicId }) => nicId);
    return there === undefined ? [] : this.online(instance.id, new Set(there), attach);
  }

  private online(id: InstanceId, there: ReadonlySet<NicId>, attach: Effect): readonly Risk[] {
    const freed = this.freed.get(id) ?? [];
    const after = countAfter(there, freed, this.added.get(id) ?? []);
    if (after > MAX_NICS_PER_INSTANCE) {
      return [
        {
          level: 'error',
          code: 'nic-limit',
          text: `Instance ${id} would hold ${after} vNICs, and ${MAX_NICS_PER_INSTANCE} are the most, its primary included.`,
          advice: 'Apply fails for those over the limit. Attach fewer, or to another instance.',
        },
      ];
    }
    const surelyFreed = freed.filter((each) => this.order.precedes(each.operation, attach.operation));
    if (countAfter(there, surelyFreed, this.added.get(id) ?? []) <= MAX_NICS_PER_INSTANCE) return [];
    return [
      {
        level: 'warning',
        code: 'nic-limit-order',
        text: `Instance ${id} has room only after the plan detaches a vNIC from it, and nothing makes that happen first.`,
        advice: 'Apply the detach on its own first, or apply again if it fails.',
      },
    ];
  }

  private offline(id: InstanceId): readonly Risk[] {
    const known = (this.kept.get(id) ?? 0) + (this.added.get(id)?.length ?? 0);
    if (known < MAX_NICS_PER_INSTANCE) return [];
    return [
      {
        level: 'warning',
        code: 'nic-limit',
        text: `The plan alone gives instance ${id} ${known} vNICs beside its primary, and ${MAX_NICS_PER_INSTANCE} in all are the most.`,
        advice: 'Apply fails for those over the limit. Attach fewer, or to another instance.',
      },
    ];
  }
}

function countAfter(there: ReadonlySet<NicId>, freed: readonly Effect[], added: readonly Effect[]): number {
  const left = new Set(there);
  for (const { target } of freed) if (target !== undefined) left.delete(target.nicId);
  let unnamed = 0;
  for (const { operation } of added) {
    const { nic } = operation.ends;
    if (nic.known) left.add(nic.id);
    else unnamed += 1;
  }
  return left.size + unnamed;
}

function add(map: Map<InstanceId, Effect[]>, effect: Effect): void {
  const { instance } = effect.operation.ends;
  if (!instance.known) return;
  map.set(instance.id, [...(map.get(instance.id) ?? []), effect]);
}
