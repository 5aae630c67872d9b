import type { Ends, Plan } from '../terraform';
import type { InstanceId, NicId } from '../zec/ids';
import type { CallOptions, ZecApi } from '../zec/types';
import { boxesOf } from './boxes';
import { changesOf } from './changes';
import { Effects } from './effects';
import { handedOver, operationsOf } from './grouping';
import { Limits } from './limits';
import { lookAt } from './look';
import type { Look } from './look';
import type { Review, Risk } from './model';
import { Order } from './order';
import { parallelismRisks } from './parallelism';
import { note } from './risks';
import { shown } from './shown';

/** Every vNIC and instance that a plan names. */
export async function lookAtPlan(api: ZecApi, plan: Plan, options: CallOptions = {}): Promise<Look> {
  const ends = plan.attachments.flatMap(({ before, after, detach, attach }) =>
    [before, after, detach?.ends, attach?.ends].flatMap((each) => each ?? []),
  );
  return lookAt(api, idsIn(ends), options);
}

export function idsIn(all: readonly Ends[]): {
  readonly nicIds: ReadonlySet<NicId>;
  readonly instanceIds: ReadonlySet<InstanceId>;
} {
  return {
    nicIds: new Set(all.flatMap(({ nic }) => (nic.known ? nic.id : []))),
    instanceIds: new Set(all.flatMap(({ instance }) => (instance.known ? instance.id : []))),
  };
}

/**
 * What a plan will do to attachments, in which order, and what could go wrong. A pure function.
 * @param look what the API shows now; `undefined`: the plan alone
 */
export function reviewOf(plan: Plan, look: Look | undefined): Review {
  const operations = operationsOf(plan, look);
  const order = new Order(operations, plan.dependencies, handedOver(plan));
  const detaches = operations.filter(({ goal }) => goal === 'detach');
  const effects = new Effects(look, order, detaches);
  const limits = new Limits(
    look,
    order,
    operations.filter(({ goal }) => goal === 'attach').map((each) => effects.ofAttach(each)),
    detaches.map((each) => effects.ofDetach(each)),
    keptAt(plan),
  );
  const changes = changesOf({ plan, look, order, effects, limits });
  const risks = [...planRisks(plan), ...parallelismRisks(plan)];
  const risky = [risks, ...changes.map((each) => each.risks)].flat().some(({ level }) => level !== 'note');
  return {
    verdict: risky ? 'risky' : changes.some(({ kind }) => kind !== 'keep') ? 'changes' : 'none',
    offline: look === undefined,
    terraformVersion: shown(plan.terraformVersion, 40),
    changes,
    risks,
    boxes: boxesOf(changes, look),
  };
}

function keptAt({ attachments }: Plan): ReadonlyMap<InstanceId, number> {
  const counts = new Map<InstanceId, number>();
  for (const { after, attach } of attachments) {
    if (attach !== undefined || after?.instance.known !== true) continue;
    counts.set(after.instance.id, (counts.get(after.instance.id) ?? 0) + 1);
  }
  return counts;
}

const REPLACES_CONVERGENCE = note(
  'convergence-replaced',
  'Terraform also replaces the convergence and its confirmation. They run the handler and hold nothing: nothing is detached with them.',
);

function planRisks({ errored, complete, replacesConvergence }: Plan): readonly Risk[] {
  if (errored) {
    return [
      {
        level: 'error',
        code: 'plan-errored',
        text: 'Planning failed, and the plan shows only how far it came.',
        advice: 'Repair what the plan says, and plan again.',
      },
    ];
  }
  return [
    ...(complete
      ? []
      : [
          note(
            'plan-incomplete',
            'The plan leaves something out: it was limited to targets, or parts of it are deferred.',
          ),
        ]),
    ...(replacesConvergence ? [REPLACES_CONVERGENCE] : []),
  ];
}
