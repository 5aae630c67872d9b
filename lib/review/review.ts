import { compare, type Plan } from '../terraform';
import type { InstanceId } from '../zec/ids';
import { changesOf } from './changes';
import { ReviewContext } from './context';
import { display, type Inventory } from './inventory';
import { byKind, type Box, type Change, type InstanceView, type Review, type Risk } from './model';
import { error, note } from './risks';

/**
 * Reviews what a plan will do to attachments, in which order, and with which risks. A pure function.
 * @param found the current state of the cloud; `undefined`: review the plan alone
 */
export function reviewOf(plan: Plan, found: Inventory | undefined): Review {
  const inventory = found?.forPlan(plan.attachments);
  const changes = changesOf(new ReviewContext(plan, inventory));
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
    const advice = 'Fix the errors that Terraform reported and plan again.';
    return [error('plan-errored', 'Planning failed, so the plan is incomplete.', advice)];
  }
  const incomplete = 'The plan is incomplete: it was limited to targets, or some changes are deferred.';
  const replaced =
    'Terraform also replaces the convergence and confirmation resources. They only run the handler: replacing them detaches nothing.';
  return [
    ...(complete ? [] : [note('plan-incomplete', incomplete)]),
    ...(replacesConvergence ? [note('convergence-replaced', replaced)] : []),
  ];
}

/** Terraform's default for `-parallelism`. */
const DEFAULT_PARALLELISM = 10;
const HIGH_PARALLELISM = 100;
/** An estimate: about 3 s for the API to attach, the rest for requests. */
const ATTACH_SECONDS = 4;

/** Estimates the duration of creates that exceed Terraform's default parallelism and wait for the cloud. */
function parallelismRisks({ attachments }: Plan): readonly Risk[] {
  const { length: count } = attachments.filter(
    ({ runner, attach, withoutWait }) => runner === 'provider' && attach !== undefined && !withoutWait,
  );
  if (count <= DEFAULT_PARALLELISM) return [];
  const timeAt = (parallelism: number) => {
    const batches = Math.ceil(count / parallelism);
    return `${batches} ${batches === 1 ? 'batch' : 'batches'}, about ${batches * ATTACH_SECONDS} s`;
  };
  return [
    note(
      'parallelism',
      `Terraform creates ${DEFAULT_PARALLELISM} of ${count} attachments at a time by default: ` +
        `${timeAt(DEFAULT_PARALLELISM)}, assuming ${ATTACH_SECONDS} s per attachment.`,
      `With -parallelism=${HIGH_PARALLELISM} (cdktf deploy --terraform-parallelism ${HIGH_PARALLELISM}): ` +
        `${timeAt(HIGH_PARALLELISM)}. With Convergence.TOGETHER: about the time of one attachment.`,
    ),
  ];
}

/** The instances of the changes with their vNICs. Instances without a change come last. */
function boxesOf(changes: readonly Change[], inventory: Inventory | undefined): readonly Box[] {
  const boxes = new Map<string, { readonly instance: InstanceView; readonly changes: Change[] }>();
  for (const change of changes.filter(({ kind }) => kind !== 'clear').sort(byKind)) {
    const { from, to } = change;
    for (const instance of from?.label === to?.label ? [from] : [from, to]) {
      if (instance === undefined) continue;
      const box = boxes.get(instance.label) ?? { instance, changes: [] };
      box.changes.push(change);
      boxes.set(instance.label, box);
    }
  }
  const isKept = (box: Box) =>
    box.changes.every(
      ({ kind, from, to }) => from?.label === to?.label && kind !== 'replace' && kind !== 'move',
    );
  return [...boxes.values()]
    .map((box) => ({
      ...box,
      others: inventory?.instances
        .get(box.instance.id as InstanceId)
        ?.nics.filter(({ nicId }) => !box.changes.some(({ nic }) => nic.id === nicId)).length,
    }))
    .sort((a, b) => Number(isKept(a)) - Number(isKept(b)) || compare(a.instance.label, b.instance.label));
}
