import { compare } from '../terraform';
import type { Plan } from '../terraform';
import type { InstanceId } from '../zec/ids';
import { changesOf } from './changes';
import { display } from './inventory';
import type { Inventory } from './inventory';
import { KINDS } from './model';
import type { Box, Change, InstanceView, Review, Risk } from './model';
import { handedOver, operationsOf } from './operations';
import { Order } from './order';
import { Outcomes } from './outcomes';
import { error, note } from './risks';

/**
 * What a plan will do to attachments, in which order, and what could go wrong. A pure function.
 * @param inventory what the API shows now; `undefined`: the plan alone
 */
export function reviewOf(plan: Plan, inventory: Inventory | undefined): Review {
  const operations = operationsOf(plan, inventory);
  const order = new Order(operations, plan.dependencies, handedOver(plan));
  const outcomes = new Outcomes(inventory, order, operations);
  const changes = changesOf({ plan, inventory, order, outcomes });
  const risks = [...planRisks(plan), ...parallelismRisks(plan)];
  const risky = [risks, ...changes.map((each) => each.risks)].flat().some(({ level }) => level !== 'note');
  return {
    verdict: risky ? 'risky' : changes.some(({ kind }) => kind !== 'keep') ? 'changes' : 'none',
    offline: inventory === undefined,
    terraformVersion: display(plan.terraformVersion, 40),
    changes,
    risks,
    boxes: boxesOf(changes, inventory),
  };
}

function planRisks({ errored, complete, replacesConvergence }: Plan): readonly Risk[] {
  if (errored) {
    return [
      error(
        'plan-errored',
        'Planning failed, and the plan shows only how far it came.',
        'Repair what the plan says, and plan again.',
      ),
    ];
  }
  const incomplete = note(
    'plan-incomplete',
    'The plan leaves something out: it was limited to targets, or parts of it are deferred.',
  );
  const replaced = note(
    'convergence-replaced',
    'Terraform also replaces the convergence and its confirmation. They run the handler and hold nothing: nothing is detached with them.',
  );
  return [...(complete ? [] : [incomplete]), ...(replacesConvergence ? [replaced] : [])];
}

/** Terraform's own default. */
const DEFAULT_PARALLELISM = 10;
const HIGH_PARALLELISM = 100;
/** Assumed: the API takes about 3 s, and the rest is requests. */
const ATTACH_SECONDS = 4;

/** How long creates that wait for the cloud take when there are more of them than Terraform runs at a time. */
function parallelismRisks({ attachments }: Plan): readonly Risk[] {
  const { length: count } = attachments.filter(
    ({ runner, attach, together }) => runner === 'provider' && attach !== undefined && !together,
  );
  if (count <= DEFAULT_PARALLELISM) return [];
  const timeAt = (parallelism: number) => {
    const rounds = Math.ceil(count / parallelism);
    return `${rounds} ${rounds === 1 ? 'round' : 'rounds'}, about ${rounds * ATTACH_SECONDS} s`;
  };
  return [
    note(
      'parallelism',
      `Terraform creates ${DEFAULT_PARALLELISM} of ${count} attachments at a time unless told otherwise: ` +
        `${timeAt(DEFAULT_PARALLELISM)}, assuming ${ATTACH_SECONDS} s for one.`,
      `With -parallelism=${HIGH_PARALLELISM} (cdktf deploy --terraform-parallelism ${HIGH_PARALLELISM}): ` +
        `${timeAt(HIGH_PARALLELISM)}. With Convergence.TOGETHER: about the time of one.`,
    ),
  ];
}

/** The instances that the changes name, each with its vNICs; those about which nothing changes come last. */
function boxesOf(changes: readonly Change[], inventory: Inventory | undefined): readonly Box[] {
  const boxes = new Map<string, { readonly instance: InstanceView; readonly changes: Change[] }>();
  for (const change of changes.filter(({ kind }) => kind !== 'clear')) {
    const { from, to } = change;
    for (const instance of from?.label === to?.label ? [from] : [from, to]) {
      if (instance === undefined) continue;
      const box = boxes.get(instance.label) ?? { instance, changes: [] };
      box.changes.push(change);
      boxes.set(instance.label, box);
    }
  }
  const isKept = (box: Box) =>
    box.changes.every(({ kind, from, to }) => from?.label === to?.label && kind !== 'replace');
  return [...boxes.values()]
    .map((box) => ({
      instance: box.instance,
      changes: box.changes.sort(
        (a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || compare(a.nic.label, b.nic.label),
      ),
      others: inventory?.instances
        .get(box.instance.id as InstanceId)
        ?.nics.filter(({ nicId }) => !box.changes.some(({ nic }) => nic.id === nicId)).length,
    }))
    .sort((a, b) => Number(isKept(a)) - Number(isKept(b)) || compare(a.instance.label, b.instance.label));
}
