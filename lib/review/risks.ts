import { PROVIDER } from '../contract';
import type { View } from '../handler';
import type { Decision } from '../handler/decide';
import { withoutKeys } from '../terraform';
import type { Endpoints, PlannedAttachment, Unknown } from '../terraform';
import type { NicId } from '../zec/ids';
import { MAX_NICS_PER_INSTANCE } from '../zec/types';
import { display, targetOf } from './inventory';
import type { Level, NicView, Risk, RiskCode } from './model';
import { isSameInstance } from './operations';
import type { Planned } from './operations';
import type { Order } from './order';
import { isDone } from './outcomes';
import type { Facts, Outcome } from './outcomes';

const risk = (level: Level) => (code: RiskCode, text: string, advice?: string) => ({
  level,
  code,
  text,
  advice,
});
export const error = risk('error');
export const warning = risk('warning');
export const note = risk('note');

/** What the handler's own policy says against an operation. */
export function policyRisks({ decision, view, operation }: Outcome): readonly Risk[] {
  if (decision === undefined || view === undefined) return [];
  switch (decision.kind) {
    case 'act':
    case 'done':
      return [];
    case 'fail':
      return [error(codeOf(view, decision), sentence(decision.summary), decision.advice)];
    case 'wait': {
      const waits = `Apply waits for ${decision.reason}`;
      if (decision.warning !== undefined) {
        return [warning('status-unknown', decision.warning, `${waits}, at most until its timeout.`)];
      }
      const advice = `If that takes longer than the timeout of the ${operation.goal}, apply fails.`;
      return [warning(codeOf(view, decision), `${waits}.`, advice)];
    }
  }
}

/** What the policy's answer rests on. */
function codeOf(view: View, decision: Decision): RiskCode {
  if (view.nicStatus === undefined) return 'nic-missing';
  if (view.primary) return 'nic-primary';
  if (decision.kind === 'fail' && decision.heldBy !== undefined) return 'nic-held';
  if (view.nicStatus !== 'AVAILABLE' && view.nicStatus !== 'USED') return 'nic-status';
  if (view.instanceStatus === undefined) return 'instance-missing';
  return view.instanceStatus === 'RUNNING' ? 'nic-status' : 'instance-not-running';
}

/** A decision's words, as a sentence. */
function sentence(summary: string): string {
  return `${summary.replace(/^(instance|the)\b/, (word) => word.charAt(0).toUpperCase() + word.slice(1))}.`;
}

/** What the endpoints of an attach, and all others at its instance, say against it. */
export function attachRisks(outcome: Outcome, facts: Facts): readonly Risk[] {
  const { endpoints } = outcome.operation;
  return [...unknownRisks(endpoints), ...regionRisks(endpoints, facts), ...limitRisks(outcome, facts)];
}

/** Ids that nobody can check before the apply. */
export function unknownRisks({ nic, instance }: Endpoints): readonly Risk[] {
  return [
    ...(nic.known ? [] : [UNKNOWN_RISKS[nic.why]('vNIC')]),
    ...(instance.known ? [] : [UNKNOWN_RISKS[instance.why]('instance')]),
  ];
}

const UNKNOWN_RISKS: Readonly<Record<Unknown, (what: string) => Risk>> = {
  'after-apply': (what) =>
    note('after-apply', `Which ${what} it is, only the apply will tell: nothing about it is checked.`),
  sensitive: (what) =>
    note(
      'sensitive',
      `The id of the ${what} is marked sensitive: it is not shown, and nothing about it is checked.`,
    ),
  'not-an-id': (what) =>
    error(
      'not-an-id',
      `What stands for the ${what} is not an id.`,
      'Correct the declaration: apply refuses it.',
    ),
};

/** A vNIC can be attached only in its own region. */
function regionRisks({ nic, instance }: Endpoints, { inventory }: Facts): readonly Risk[] {
  const regionId = nic.known ? inventory?.nics.get(nic.id)?.regionId : undefined;
  const zoneId = instance.known ? inventory?.instances.get(instance.id)?.zoneId : undefined;
  if (regionId === undefined || zoneId === undefined || zoneId.startsWith(regionId)) return [];
  return [
    error(
      'region-mismatch',
      `The vNIC is in region ${display(regionId) ?? ''}, and the instance in zone ${display(zoneId) ?? ''}.`,
      'A vNIC can be attached only in its own region. Choose another vNIC or another instance.',
    ),
  ];
}

/** The addresses that stop working for an instance, or go to another. */
export function addressRisks(nic: NicView, goesTo: 'nowhere' | 'another' | 'the same'): readonly Risk[] {
  const how = {
    nowhere: 'lose their instance',
    another: 'go to the other instance with the vNIC',
    'the same': 'are cut off until the vNIC is attached again',
  }[goesTo];
  const [publicIps, privateIps] = [nic.publicIps.join(', '), nic.privateIps.join(', ')];
  const advice = 'Make sure that nothing depends on them where they are now.';
  return [
    ...(publicIps === ''
      ? []
      : [warning('public-addresses', `Its public addresses ${how}: ${publicIps}.`, advice)]),
    ...(privateIps === '' ? [] : [note('private-addresses', `Its private addresses ${how}: ${privateIps}.`)]),
  ];
}

/** What the order of a detach and an attach of the same vNIC does to it. */
export function orderRisks(from: Planned, to: Planned, order: Order): readonly Risk[] {
  if (order.precedes(from.operation, to.operation)) return [];
  const same = isSameInstance(from.operation, to.operation);
  // A process of the provider never detaches what it attached or adopted itself.
  if (same && from.record.runner === 'provider' && to.record.runner === 'provider') {
    return [
      note(
        'may-interrupt',
        'It ends attached. It may be cut off in between: Terraform orders the two in no way.',
      ),
    ];
  }
  if (order.precedes(to.operation, from.operation)) {
    return [
      error(
        'created-first',
        same
          ? 'The new one is created before the old one is destroyed, so the vNIC ends detached.'
          : 'The new one is created before the old one is destroyed, when the old instance still holds the vNIC: that fails.',
        'Remove create_before_destroy from what depends on the attachment.',
      ),
    ];
  }
  return [
    warning(
      'order-not-sure',
      same
        ? 'Nothing makes Terraform detach the old one first: the vNIC may end detached.'
        : 'Nothing makes Terraform detach it from the old instance first, and attaching fails while that one holds it.',
      'Let the new attachment depend on the old one’s runner, or do it in two applies: first the detach.',
    ),
  ];
}

/** Whether an instance has room for what the plan attaches to it. */
function limitRisks(outcome: Outcome, { plan, inventory, order, outcomes }: Facts): readonly Risk[] {
  const { instance } = outcome.operation.endpoints;
  if (!instance.known || isDone(outcome)) return [];
  const { id } = instance;
  const { attach: attaches, detach: detaches } = outcomes.atInstance(id);
  const max = MAX_NICS_PER_INSTANCE;
  const advice = 'Apply fails for those over the limit. Attach fewer, or to another instance.';
  if (inventory === undefined) {
    const kept = plan.attachments.filter(
      ({ attach, after }) =>
        attach === undefined && after?.instance.known === true && after.instance.id === id,
    );
    const count = kept.length + attaches.length;
    const text = `The plan alone gives instance ${id} ${count} vNICs beside its primary, and ${max} in all are the most.`;
    return count < max ? [] : [warning('nic-limit', text, advice)];
  }
  const listed = inventory.instances.get(id)?.nics.map(({ nicId }) => nicId);
  if (listed === undefined) return [];
  const count = countAfter(listed, detaches, attaches);
  if (count > max) {
    const text = `Instance ${id} would hold ${count} vNICs, and ${max} are the most, its primary included.`;
    return [error('nic-limit', text, advice)];
  }
  const surelyFreed = detaches.filter(({ operation }) => order.precedes(operation, outcome.operation));
  if (countAfter(listed, surelyFreed, attaches) <= max) return [];
  return [
    warning(
      'nic-limit-order',
      `Instance ${id} has room only after the plan detaches a vNIC from it, and nothing makes that happen first.`,
      'Apply the detach on its own first, or apply again if it fails.',
    ),
  ];
}

function countAfter(listed: readonly NicId[], freed: readonly Outcome[], added: readonly Outcome[]): number {
  const left = new Set(listed);
  for (const { operation } of freed) {
    const { nic } = operation.endpoints;
    if (nic.known) left.delete(nic.id);
  }
  let unknown = 0;
  for (const { operation } of added) {
    const { nic } = operation.endpoints;
    if (nic.known) left.add(nic.id);
    else unknown += 1;
  }
  return left.size + unknown;
}

/** What Terraform found of an attachment on record. */
export function recordRisks(
  { address, previousAddress: source, tainted, detach, attach }: PlannedAttachment,
  { plan }: Facts,
): readonly Risk[] {
  const drifted = plan.drift
    .filter((each) => each.address === address)
    .map(
      ({ gone }) => `Terraform found ${gone ? 'the attachment gone' : 'it changed'} since the last apply.`,
    );
  // It was one of the vendor's provider or of a carrier, and is moved to the embedded provider.
  const takenOver = source !== undefined && withoutKeys(source).split('.').at(-2) !== PROVIDER.nicAttachment;
  const replaced = note(
    'tainted-source',
    `It is replaced, and not taken over as it is: ${display(source, 400) ?? ''} is tainted.`,
    'To take it over without a change in the cloud, run "terraform untaint" on that address and plan again.',
  );
  return [
    ...drifted.map((text) => note('drifted', text)),
    ...(takenOver && tainted && detach !== undefined && attach !== undefined ? [replaced] : []),
  ];
}

/** What the API shows of an attachment that the plan keeps, if that is not as on record. */
export function keptRisks(endpoints: Endpoints | undefined, { inventory }: Facts): readonly Risk[] {
  const target = endpoints && targetOf(endpoints);
  const view = target && inventory?.viewOf(target);
  if (view === undefined || (view.owner === 'target' && view.nicStatus === 'USED')) return [];
  const holder = view.ownerId === undefined ? 'no instance' : `instance ${view.ownerId}`;
  const now =
    view.nicStatus === undefined
      ? 'does not exist'
      : `is ${view.nicStatus}${view.owner === 'target' ? '' : `, and ${holder} holds it`}`;
  return [
    note(
      'drifted',
      `The plan keeps it, but vNIC ${view.target.nicId} ${now}.`,
      'Run "zec-nic drift" for the command that repairs it.',
    ),
  ];
}
