import type { View } from '../handler';
import type { Decision } from '../handler/decide';
import type { End, Ends } from '../terraform';
import type { Effect } from './effects';
import type { Look } from './look';
import type { Risk, RiskCode, ShownNic } from './model';
import { shown } from './shown';

/** What the handler's own policy says against an operation. */
export function policyRisks({ decision, view, operation }: Effect): readonly Risk[] {
  if (decision === undefined || view === undefined) return [];
  switch (decision.kind) {
    case 'act':
    case 'done':
      return [];
    case 'fail':
      return [
        {
          level: 'error',
          code: codeOf(view, decision),
          text: sentence(decision.summary),
          advice: decision.advice,
        },
      ];
    case 'wait':
      return [
        {
          level: 'warning',
          code: decision.warning === undefined ? codeOf(view, decision) : 'status-unknown',
          text: decision.warning ?? `Apply waits for ${decision.reason}.`,
          advice:
            decision.warning === undefined
              ? `If that takes longer than the timeout of the ${operation.goal}, apply fails.`
              : `Apply waits for ${decision.reason}, at most until its timeout.`,
        },
      ];
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

/** A vNIC can be attached only in its own region. */
export function regionRisks({ nic, instance }: Ends, look: Look | undefined): readonly Risk[] {
  const regionId = nic.known ? look?.nics.get(nic.id)?.regionId : undefined;
  const zoneId = instance.known ? look?.instances.get(instance.id)?.zoneId : undefined;
  if (regionId === undefined || zoneId === undefined || zoneId.startsWith(regionId)) return [];
  return [
    {
      level: 'error',
      code: 'region-mismatch',
      text: `The vNIC is in region ${shown(regionId) ?? ''}, and the instance in zone ${shown(zoneId) ?? ''}.`,
      advice: 'A vNIC can be attached only in its own region. Choose another vNIC or another instance.',
    },
  ];
}

/** Ids that nobody can check before the apply. */
export function untoldRisks({ nic, instance }: Ends): readonly Risk[] {
  return [...untold(nic, 'vNIC'), ...untold(instance, 'instance')];
}

function untold(end: End<string>, what: string): readonly Risk[] {
  if (end.known) return [];
  switch (end.why) {
    case 'after-apply':
      return [
        note('after-apply', `Which ${what} it is, only the apply will tell: nothing about it is checked.`),
      ];
    case 'sensitive':
      return [
        note(
          'sensitive',
          `The id of the ${what} is marked sensitive: it is not shown, and nothing about it is checked.`,
        ),
      ];
    case 'not-an-id':
      return [
        {
          level: 'error',
          code: 'not-an-id',
          text: `What stands for the ${what} is not an id.`,
          advice: 'Correct the declaration: apply refuses it.',
        },
      ];
  }
}

/** The addresses that stop working for an instance, or go to another. */
export function addressRisks(nic: ShownNic, goesTo: 'nowhere' | 'another' | 'the same'): readonly Risk[] {
  const how = {
    nowhere: 'lose their instance',
    another: 'go to the other instance with the vNIC',
    'the same': 'are cut off until the vNIC is attached again',
  }[goesTo];
  const risks: Risk[] = [];
  if (nic.publicIps.length > 0) {
    risks.push({
      level: 'warning',
      code: 'public-addresses',
      text: `Its public addresses ${how}: ${nic.publicIps.join(', ')}.`,
      advice: 'Make sure that nothing depends on them where they are now.',
    });
  }
  if (nic.privateIps.length > 0) {
    risks.push(note('private-addresses', `Its private addresses ${how}: ${nic.privateIps.join(', ')}.`));
  }
  return risks;
}

export function note(code: RiskCode, text: string, advice?: string): Risk {
  return { level: 'note', code, text, advice };
}

/** A decision's words, as a sentence. */
function sentence(summary: string): string {
  const text = summary.replace(/^(instance|the)\b/, (word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${text}.`;
}
