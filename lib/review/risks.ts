import { MAX_NICS_PER_INSTANCE, PROVIDER } from '../contract';
import type { View } from '../handler';
import type { Decision } from '../handler/decide';
import { withoutKeys } from '../terraform';
import type { Endpoints, PlannedAttachment, Unknown } from '../terraform';
import { isInRegion } from '../zec/ids';
import { display, targetOf } from './inventory';
import { LEVELS } from './model';
import type { Level, NicView, Risk, RiskCode } from './model';
import { isSameInstance } from './operations';
import type { Planned } from './operations';
import type { Order } from './order';
import { isDone } from './outcomes';
import type { Facts, Outcome } from './outcomes';

const ofLevel =
  (level: Level) =>
  (code: RiskCode, text: string, advice?: string): Risk => ({ level, code, text, advice });
export const error = ofLevel('error');
export const warning = ofLevel('warning');
export const note = ofLevel('note');

type Found = Risk | undefined | readonly (Risk | undefined)[];

/** What was found, the worst first. */
export function ranked(...found: readonly Found[]): readonly Risk[] {
  return found
    .flat()
    .filter((each) => each !== undefined)
    .sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
}

/** What the handler's own policy says against an operation. */
export function policyRisk({ decision, view, operation }: Outcome): Risk | undefined {
  if (view === undefined) return undefined;
  switch (decision?.kind) {
    case 'fail':
      return error(codeOf(view, decision), sentence(decision.summary), decision.advice);
    case 'wait': {
      const waits = `Apply waits for ${decision.reason}`;
      if (decision.warning !== undefined) {
        return warning('status-unknown', decision.warning, `${waits}, at most until its timeout.`);
      }
      const advice = `If that takes longer than the timeout of the ${operation.goal}, apply fails.`;
      return warning(codeOf(view, decision), `${waits}.`, advice);
    }
    case 'act':
    case 'done':
    case undefined:
      return undefined;
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
export function attachRisks(outcome: Outcome, facts: Facts): readonly (Risk | undefined)[] {
  const { endpoints } = outcome.operation;
  return [...unknownRisks(endpoints), regionRisk(endpoints, facts), limitRisk(outcome, facts)];
}

/** Ids that nobody can check before the apply. */
export function unknownRisks({ nic, instance }: Endpoints): readonly (Risk | undefined)[] {
  return [
    nic.known ? undefined : unknownRisk(nic.why, 'vNIC'),
    instance.known ? undefined : unknownRisk(instance.why, 'instance'),
  ];
}

function unknownRisk(why: Unknown, what: string): Risk {
  switch (why) {
    case 'after-apply':
      return note(why, `Which ${what} it is, only the apply will tell: nothing about it is checked.`);
    case 'sensitive':
      return note(
        why,
        `The id of the ${what} is marked sensitive: it is not shown, and nothing about it is checked.`,
      );
    case 'not-an-id':
      return error(
        why,
        `What stands for the ${what} is not an id.`,
        'Correct the declaration: apply refuses it.',
      );
  }
}

/** A vNIC can be attached only in its own region. */
function regionRisk({ nic, instance }: Endpoints, { inventory }: Facts): Risk | undefined {
  const regionId = nic.known ? inventory?.nics.get(nic.id)?.regionId : undefined;
  const zoneId = instance.known ? inventory?.instances.get(instance.id)?.zoneId : undefined;
  if (regionId === undefined || zoneId === undefined || isInRegion(zoneId, regionId)) return undefined;
  return error(
    'region-mismatch',
    `The vNIC is in region ${display(regionId) ?? ''}, and the instance in zone ${display(zoneId) ?? ''}.`,
    'A vNIC can be attached only in its own region. Choose another vNIC or another instance.',
  );
}

/** Whether an instance has room for all that the plan attaches to it. */
function limitRisk(outcome: Outcome, { plan, inventory, order, outcomes }: Facts): Risk | undefined {
  const { instance } = outcome.operation.endpoints;
  if (!instance.known || isDone(outcome)) return undefined;
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
    return count < max ? undefined : warning('nic-limit', text, advice);
  }
  const listed = inventory.instances.get(id)?.nics;
  if (listed === undefined) return undefined;
  const countAfter = (detached: readonly Outcome[]) => {
    const left = new Set<unknown>(listed.map(({ nicId }) => nicId));
    const nicOf = ({ operation }: Outcome) => operation.endpoints.nic;
    for (const nic of detached.map(nicOf)) if (nic.known) left.delete(nic.id);
    // Each vNIC that is not known yet is one more.
    for (const nic of attaches.map(nicOf)) left.add(nic.known ? nic.id : nic);
    return left.size;
  };
  const count = countAfter(detaches);
  if (count > max) {
    const text = `Instance ${id} would hold ${count} vNICs, and ${max} are the most, its primary included.`;
    return error('nic-limit', text, advice);
  }
  const surely = detaches.filter(({ operation }) => order.precedes(operation, outcome.operation));
  if (countAfter(surely) <= max) return undefined;
  return warning(
    'nic-limit-order',
    `Instance ${id} has room only after the plan detaches a vNIC from it, and nothing makes that happen first.`,
    'Apply the detach on its own first, or apply again if it fails.',
  );
}

/** The addresses that stop working for an instance, or go to another. */
export function addressRisks(
  nic: NicView,
  goesTo: 'nowhere' | 'another' | 'the same',
): readonly (Risk | undefined)[] {
  const how = {
    nowhere: 'lose their instance',
    another: 'go to the other instance with the vNIC',
    'the same': 'are cut off until the vNIC is attached again',
  }[goesTo];
  const [publicIps, privateIps] = [nic.publicIps.join(', '), nic.privateIps.join(', ')];
  const advice = 'Make sure that nothing depends on them where they are now.';
  return [
    publicIps === ''
      ? undefined
      : warning('public-addresses', `Its public addresses ${how}: ${publicIps}.`, advice),
    privateIps === '' ? undefined : note('private-addresses', `Its private addresses ${how}: ${privateIps}.`),
  ];
}

/** What the order of a detach and an attach of the same vNIC does to it. */
export function orderRisk(from: Planned, to: Planned, order: Order): Risk | undefined {
  if (order.precedes(from.operation, to.operation)) return undefined;
  const same = isSameInstance(from.operation, to.operation);
  // A process of the provider never detaches what it attached or adopted itself.
  if (same && from.record.runner === 'provider' && to.record.runner === 'provider') {
    return note(
      'may-interrupt',
      'It ends attached. It may be cut off in between: Terraform orders the two in no way.',
    );
  }
  if (order.precedes(to.operation, from.operation)) {
    return error(
      'created-first',
      same
        ? 'The new one is created before the old one is destroyed, so the vNIC ends detached.'
        : 'The new one is created before the old one is destroyed, when the old instance still holds the vNIC: that fails.',
      'Remove create_before_destroy from what depends on the attachment.',
    );
  }
  return warning(
    'order-not-sure',
    same
      ? 'Nothing makes Terraform detach the old one first: the vNIC may end detached.'
      : 'Nothing makes Terraform detach it from the old instance first, and attaching fails while that one holds it.',
    'Let the new attachment depend on the old one’s runner, or do it in two applies: first the detach.',
  );
}

/** What Terraform found of an attachment on record. */
export function recordRisks(
  { address, previousAddress: source, tainted, detach, attach }: PlannedAttachment,
  { plan }: Facts,
): readonly Risk[] {
  const drifted = plan.drift
    .filter((each) => each.address === address)
    .map(({ gone }) =>
      note('drifted', `Terraform found ${gone ? 'the attachment gone' : 'it changed'} since the last apply.`),
    );
  const replaced = tainted && detach !== undefined && attach !== undefined;
  // The source is the vendor's, or a carrier.
  const taken = source !== undefined && withoutKeys(source).split('.').at(-2) !== PROVIDER.nicAttachment;
  if (!replaced || !taken) return drifted;
  return [
    ...drifted,
    note(
      'tainted-source',
      `It is replaced, and not taken over as it is: ${display(source, 400) ?? ''} is tainted.`,
      'To take it over without a change in the cloud, run "terraform untaint" on that address and plan again.',
    ),
  ];
}

/** What the API shows of an attachment that the plan keeps, if that is not as on record. */
export function keptRisk(endpoints: Endpoints | undefined, { inventory }: Facts): Risk | undefined {
  const target = endpoints && targetOf(endpoints);
  const view = target && inventory?.viewOf(target);
  if (view === undefined || (view.owner === 'target' && view.nicStatus === 'USED')) return undefined;
  const holder = view.ownerId === undefined ? 'no instance' : `instance ${view.ownerId}`;
  const now =
    view.nicStatus === undefined
      ? 'does not exist'
      : `is ${view.nicStatus}${view.owner === 'target' ? '' : `, and ${holder} holds it`}`;
  return note(
    'drifted',
    `The plan keeps it, but vNIC ${view.target.nicId} ${now}.`,
    'Run "zec-nic drift" for the command that repairs it.',
  );
}
