import type { View } from '../handler';
import type { RecordedAttachment, Runner } from '../terraform';
import type { CallOptions, ZecApi } from '../zec/types';
import { targetOf } from './effects';
import { lookAt } from './look';
import type { Look } from './look';
import type { ShownInstance, ShownNic } from './model';
import { repairOf } from './repair';
import type { Repair, Where } from './repair';
import { idsIn } from './review';
import { shown, shownInstance, shownNic } from './shown';

/**
 * What became of an attachment that is on record.
 * - `in-sync`: both views agree that it is there.
 * - `detached`: the vNIC is free.
 * - `moved`: another instance holds the vNIC.
 * - `nic-gone`, `instance-gone`: the API does not know one of its ends.
 * - `changing`: it is on its way, or the two views do not agree yet.
 * - `tainted`: its create failed or was cut off, and the next apply makes it again.
 * - `unfinished`: it is not attached, since an earlier apply did not complete.
 * - `unchecked`: its ids are not told.
 */
export const DRIFT_STATES = [
  'moved',
  'detached',
  'nic-gone',
  'instance-gone',
  'tainted',
  'unfinished',
  'changing',
  'unchecked',
  'in-sync',
] as const;
export type DriftState = (typeof DRIFT_STATES)[number];

export interface Drifted {
  readonly state: DriftState;
  readonly nic: ShownNic;
  /** The instance on record. */
  readonly instance: ShownInstance;
  /** The instance that holds the vNIC now, where another does. */
  readonly heldBy: ShownInstance | undefined;
  readonly runner: Runner;
  readonly address: string;
  /** One sentence. */
  readonly text: string;
  readonly repair: Repair | undefined;
}

export interface Drift {
  readonly drifted: boolean;
  /** What needs a repair first. */
  readonly attachments: readonly Drifted[];
}

/** Looks at every vNIC and instance that a state names. */
export function lookAtState(
  api: ZecApi,
  records: readonly RecordedAttachment[],
  options: CallOptions = {},
): Promise<Look> {
  return lookAt(api, idsIn(records.map(({ ends }) => ends)), options);
}

/** Compares what is on record with what the API showed. A pure function. */
export function driftOf(records: readonly RecordedAttachment[], look: Look, where: Where): Drift {
  const attachments = records
    .map((record) => compared(record, look, where))
    .sort((a, b) => DRIFT_STATES.indexOf(a.state) - DRIFT_STATES.indexOf(b.state));
  return { drifted: attachments.some(({ state }) => state !== 'in-sync'), attachments };
}

function compared(record: RecordedAttachment, look: Look, where: Where): Drifted {
  const { ends, runner, address } = record;
  const target = targetOf(ends);
  const view = target === undefined ? undefined : look.viewOf(target);
  const state = stateOf(record, view, look);
  const holder = view?.owner === 'other' ? view.ownerId : undefined;
  return {
    state,
    nic: shownNic(ends.nic, look),
    instance: shownInstance(ends.instance, look),
    heldBy: holder === undefined ? undefined : shownInstance({ known: true, id: holder }, look),
    runner,
    address: shown(address, 1000) ?? '',
    text: textOf(state, view),
    repair: repairOf(state, record, view, where),
  };
}

function stateOf(
  { tainted, unfinished }: RecordedAttachment,
  view: View | undefined,
  look: Look,
): DriftState {
  if (view === undefined) return 'unchecked';
  const { nicId, instanceId } = view.target;
  if (!look.nics.has(nicId)) return 'nic-gone';
  if (view.owner === 'other') return 'moved';
  if (!look.instances.has(instanceId)) return 'instance-gone';
  if (tainted) return 'tainted';
  if (view.owner === 'target') return view.nicStatus === 'USED' && view.listed ? 'in-sync' : 'changing';
  if (unfinished) return 'unfinished';
  return view.listed || view.nicStatus !== 'AVAILABLE' ? 'changing' : 'detached';
}

function textOf(state: DriftState, view: View | undefined): string {
  const { target, ownerId, nicStatus, listed } = view ?? {};
  const nic = `vNIC ${target?.nicId ?? ''}`;
  const instance = `instance ${target?.instanceId ?? ''}`;
  switch (state) {
    case 'in-sync':
      return `${nic} is attached to ${instance}.`;
    case 'moved':
      return `${nic} is attached to instance ${ownerId ?? ''} now, and not to ${instance}.`;
    case 'detached':
      return `${nic} is attached to no instance any more.`;
    case 'nic-gone':
      return `${nic} does not exist any more.`;
    case 'instance-gone':
      return `Instance ${target?.instanceId ?? ''} does not exist any more.`;
    case 'tainted':
      return `The create of the attachment of ${nic} to ${instance} failed or was cut off.`;
    case 'unfinished':
      return `${nic} was never attached to ${instance}: an earlier apply did not complete.`;
    case 'changing':
      return `${nic} is ${nicStatus ?? ''}, and ${instance} ${listed === true ? 'lists' : 'does not list'} it: it is on its way.`;
    case 'unchecked':
      return 'Its ids are marked sensitive, or are none: nothing about it is checked.';
  }
}
