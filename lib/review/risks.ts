import { MAX_NICS_PER_INSTANCE, PROVIDER } from '../contract';
import type { View } from '../handler';
import type { Decision } from '../handler/decide';
import { sameEndpoint, withoutKeys } from '../terraform';
import type { Endpoints, PlannedAttachment, UnknownReason } from '../terraform';
import { isInRegion } from '../zec/ids';
import { ENABLE_AGENT } from '../zec/types';
import { isDone, isSameInstance, type PredictedOutcome, type ReviewContext } from './context';
import { display } from './inventory';
import { RISK_LEVELS } from './model';
import type { ChangeKind, NicView, Risk, RiskCode, RiskLevel } from './model';
import type { Order } from './order';

const ofLevel =
  (level: RiskLevel) =>
  (code: RiskCode, text: string, advice?: string): Risk => ({ level, code, text, advice });
export const error = ofLevel('error');
export const warning = ofLevel('warning');
export const note = ofLevel('note');

type Risks = readonly (Risk | undefined)[];

/** The risks that apply, most severe first. */
export function bySeverity(...found: readonly (Risk | undefined | Risks)[]): readonly Risk[] {
  return found
    .flat()
    .filter((each) => each !== undefined)
    .sort((a, b) => RISK_LEVELS.indexOf(a.level) - RISK_LEVELS.indexOf(b.level));
}

/** The risk that the handler's decision implies: a failure or a wait. */
export function decisionRisk({ decision, view, goal, whenStopped }: PredictedOutcome): Risk | undefined {
  const starts = 'it, detaches the vNIC, and stops it again';
  if (view === undefined) {
    if (whenStopped === undefined) return undefined;
    const then = whenStopped === 'START' ? `starts ${starts}` : 'leaves the vNIC attached';
    return note('when-stopped', `If the instance is STOPPED, apply ${then}.`);
  }
  if (decision?.kind === 'fail' && decision.instanceStopped && whenStopped === 'START') {
    return warning('when-stopped', `${sentence(decision.summary).slice(0, -1)}: apply starts ${starts}.`);
  }
  if (decision?.kind === 'fail') {
    return error(codeOf(view, decision), sentence(decision.summary), decision.advice);
  }
  if (decision?.kind !== 'wait') return undefined;
  const waits = `Apply waits for ${decision.reason}`;
  if (decision.warning !== undefined) {
    return warning('status-unknown', decision.warning, `${waits}, until the timeout.`);
  }
  const advice = `Apply fails if that takes longer than the ${goal} timeout.`;
  return warning(codeOf(view, decision), `${waits}.`, advice);
}

/** The risk that the platform refuses a request, because it cannot reach the guest. */
export function agentRisk(
  { decision, goal, endpoints }: PredictedOutcome,
  { inventory }: ReviewContext,
): Risk | undefined {
  const found = inventory?.instances.get(endpoints.instance.id);
  if (decision?.kind !== 'act' || found?.enableAgent !== false) return undefined;
  const text = `The guest agent of instance ${found.instanceId} is disabled, so the ${goal} is expected to fail.`;
  return warning('agent-disabled', text, ENABLE_AGENT);
}

function codeOf(view: View, decision: Decision): RiskCode {
  if (view.nicStatus === undefined) return 'nic-missing';
  if (view.primary) return 'nic-primary';
  if (decision.kind === 'fail' && decision.heldBy !== undefined) return 'nic-held';
  if (view.nicStatus !== 'AVAILABLE' && view.nicStatus !== 'USED') return 'nic-status';
  if (view.instanceStatus === undefined) return 'instance-missing';
  return view.instanceStatus === 'RUNNING' ? 'nic-status' : 'instance-not-running';
}

function sentence(summary: string): string {
  return `${summary.replace(/^(instance|the)\b/, (word) => word.charAt(0).toUpperCase() + word.slice(1))}.`;
}

/** The risks of an attach from its endpoints and from the other attachments of the instance. */
export function attachRisks(outcome: PredictedOutcome, context: ReviewContext): Risks {
  const { endpoints } = outcome;
  return [...unknownRisks(endpoints), regionRisk(endpoints, context), limitRisk(outcome, context)];
}

/** The risks of IDs that cannot be checked before the apply. */
export function unknownRisks({ nic, instance }: Endpoints): Risks {
  return [
    'why' in nic ? unknownRisk(nic.why, 'vNIC') : undefined,
    'why' in instance ? unknownRisk(instance.why, 'instance') : undefined,
  ];
}

function unknownRisk(why: UnknownReason, what: string): Risk {
  switch (why) {
    case 'after-apply':
      return note(why, `The ${what} ID is known only after apply, so the ${what} was not checked.`);
    case 'sensitive':
      return note(why, `The ${what} ID is sensitive: it is not shown, and the ${what} was not checked.`);
    case 'not-an-id':
      return error(why, `The ${what} ID is invalid.`, 'Correct the declaration. Apply rejects this value.');
  }
}

function regionRisk({ nic, instance }: Endpoints, { inventory }: ReviewContext): Risk | undefined {
  const regionId = inventory?.nics.get(nic.id)?.regionId;
  const zoneId = inventory?.instances.get(instance.id)?.zoneId;
  if (regionId === undefined || zoneId === undefined || isInRegion(zoneId, regionId)) return undefined;
  return error(
    'region-mismatch',
    `The vNIC is in region ${display(regionId) ?? ''}, but the instance is in zone ${display(zoneId) ?? ''}.`,
    'A vNIC can be attached only to an instance in its region. Choose another vNIC or instance.',
  );
}

function limitRisk(outcome: PredictedOutcome, context: ReviewContext): Risk | undefined {
  const { plan, inventory, order } = context;
  const { instance } = outcome.endpoints;
  const { id } = instance;
  if (id === undefined || isDone(outcome)) return undefined;
  const [detaches, attaches] = [context.detaches.get(id) ?? [], context.attaches.get(id) ?? []];
  const max = MAX_NICS_PER_INSTANCE;
  const advice = 'Apply fails for the vNICs over the limit. Attach fewer, or use another instance.';
  if (inventory === undefined) {
    const unchanged = plan.attachments.filter(
      ({ attach, after }) => attach === undefined && after && sameEndpoint(after.instance, instance),
    );
    const count = unchanged.length + attaches.length;
    const text = `The plan attaches ${count} vNICs to instance ${id} besides its primary. At most ${max} in total are possible, fewer on small sizes.`;
    return count < max ? undefined : warning('nic-limit', text, advice);
  }
  const listed = inventory.instances.get(id)?.nics;
  if (listed === undefined) return undefined;
  const countAfter = (detached: readonly PredictedOutcome[]) => {
    const left = new Set<unknown>(listed.map(({ nicId }) => nicId));
    for (const { endpoints } of detached) left.delete(endpoints.nic.id);
    // Each unknown vNIC counts as one more.
    for (const each of attaches) left.add(each.endpoints.nic.id ?? each);
    return left.size;
  };
  const count = countAfter(detaches);
  if (count > max) {
    const text = `Instance ${id} would have ${count} vNICs. The limit is ${max}, including its primary, fewer on small sizes.`;
    return error('nic-limit', text, advice);
  }
  const surely = detaches.filter((each) => order.precedes(each, outcome));
  if (countAfter(surely) <= max) return undefined;
  return warning(
    'nic-limit-order',
    `Instance ${id} is at its vNIC limit until the plan detaches one, and Terraform does not guarantee that order.`,
    'Apply the detach separately first, or apply again if the attach fails.',
  );
}

const INTERRUPTIONS: Readonly<Partial<Record<ChangeKind, readonly [string, string]>>> = {
  detach: ['The vNIC is detached: its traffic stops.', 'become unreachable'],
  move: [
    'The vNIC is detached, then attached to the other instance: its traffic stops meanwhile.',
    'move to the other instance with the vNIC',
  ],
  replace: [
    'The vNIC is detached, then attached again: its traffic stops meanwhile.',
    'are unreachable until the vNIC is attached again',
  ],
};

/** The effect of a detach on the traffic of the vNIC and on its IP addresses. */
export function interruptionRisks(kind: ChangeKind, nic: NicView): Risks {
  const [traffic, how] = INTERRUPTIONS[kind] ?? [];
  if (traffic === undefined) return [];
  const [publicIps, privateIps] = [nic.publicIps.join(', '), nic.privateIps.join(', ')];
  const advice = 'Make sure that nothing depends on them at the current instance.';
  return [
    publicIps === ''
      ? warning('may-interrupt', traffic, 'Make sure that nothing depends on it at the current instance.')
      : warning('public-addresses', `Its public addresses ${how}: ${publicIps}.`, advice),
    privateIps === '' ? undefined : note('private-addresses', `Its private addresses ${how}: ${privateIps}.`),
  ];
}

export function orderRisk(from: PredictedOutcome, to: PredictedOutcome, order: Order): Risk | undefined {
  if (order.precedes(from, to)) return undefined;
  const same = isSameInstance(from, to);
  // A provider process never detaches a vNIC that it attached or adopted itself.
  if (same && from.attachment.runner === 'provider' && to.attachment.runner === 'provider') {
    return note(
      'order-not-sure',
      'Terraform does not order the two operations: if the attach runs first, the vNIC stays attached throughout.',
    );
  }
  if (order.precedes(to, from)) {
    const effect = same
      ? ', so the vNIC ends up detached.'
      : ': the attach fails because the old instance still holds the vNIC.';
    return error(
      'created-first',
      `The new resource is created before the old one is destroyed${effect}`,
      from.address === from.resource
        ? 'Remove create_before_destroy from what depends on the attachment.'
        : 'Plan and apply without the new attachment first, which destroys the deposed object.',
    );
  }
  const effect = same
    ? 'the vNIC may end up detached.'
    : 'the attach fails while the old instance holds the vNIC.';
  return warning(
    'order-not-sure',
    `Terraform does not guarantee that the old attachment is destroyed first: ${effect}`,
    'Make the new attachment depend on the runner of the old one, or apply the detach separately first.',
  );
}

const UNCHECKED = note(
  'provider-settings',
  'The vNIC and the instance were not found, and not checked: their provider has an account or an endpoint of its own.',
  'To check them, review the plan with the settings of that provider in the environment.',
);

/** An attachment that was not checked, drift that Terraform detected, and the tainted source of a move. */
export function stateRisks(
  { address, previousAddress: source, tainted, detach, attach, before, after }: PlannedAttachment,
  { plan, inventory }: ReviewContext,
): Risks {
  const ids = [before, after].flatMap((each) => [each?.nic.id, each?.instance.id]);
  const isChecked = ids.every((id) => inventory?.isChecked(id) !== false);
  const drifted = [
    isChecked ? undefined : UNCHECKED,
    ...plan.drift
      .filter((each) => each.address === address)
      .map(({ gone }) => (gone ? 'was removed' : 'changed'))
      .map((what) => note('drifted', `Terraform detected that the attachment ${what} since the last apply.`)),
  ];
  const replaced = tainted && detach !== undefined && attach !== undefined;
  // The source is a resource of the vendor's provider, or a carrier.
  const movedToProvider =
    source !== undefined && withoutKeys(source).split('.').at(-2) !== PROVIDER.nicAttachment;
  if (!replaced || !movedToProvider) return drifted;
  const text = `The attachment is replaced instead of adopted: ${display(source, 400) ?? ''} is tainted.`;
  const advice =
    'To adopt it without a change in the cloud, run "terraform untaint" on that address and plan again.';
  return [...drifted, note('tainted-source', text, advice)];
}

/** The risk of an import: a primary vNIC can never be detached. */
export function primaryRisk({ target, primary }: View): Risk | undefined {
  if (!primary) return undefined;
  return error(
    'nic-primary',
    `vNIC ${target.nicId} is a primary vNIC. It can never be detached, so a destroy would fail.`,
    'Remove the import and the attachment.',
  );
}

/** Drift that the API shows for an attachment that the plan keeps. */
export function liveDriftRisk({ target, nicStatus, owner, ownerId }: View): Risk | undefined {
  if (owner === 'target' && nicStatus === 'USED') return undefined;
  const holder = ownerId === undefined ? 'no instance' : `instance ${ownerId}`;
  const held = owner === 'target' ? '' : ` and held by ${holder}`;
  const now = nicStatus === undefined ? 'no longer exists' : `is ${nicStatus}${held}`;
  return note(
    'drifted',
    `The plan does not change it, but vNIC ${target.nicId} ${now}.`,
    'Run "zec-nic drift" for the repair command.',
  );
}
