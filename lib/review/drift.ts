import type { View } from '../handler';
import type { RecordedAttachment, Runner } from '../terraform';
import { display, instanceView, nicView, targetOf } from './inventory';
import type { Inventory } from './inventory';
import type { InstanceView, NicView } from './model';

/**
 * What became of an attachment that is on record; what needs a repair first comes first.
 * - `moved`: another instance holds the vNIC.
 * - `detached`: the vNIC is free.
 * - `nic-gone`, `instance-gone`: the API does not know one of its endpoints.
 * - `tainted`: its create failed or was cut off, and the next apply makes it again.
 * - `unfinished`: it is not attached, since an earlier apply did not complete.
 * - `changing`: it is being attached or detached, or the two views do not agree yet.
 * - `unchecked`: its ids are not known.
 * - `in-sync`: both views agree that it is there.
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

/** One command as a list of words, which needs no shell. */
type Argv = readonly string[];

/** How to bring cloud and record together again. */
export interface Repair {
  /** One sentence, for a person who decides. */
  readonly text: string;
  /** To be run one after the other. */
  readonly commands: readonly Argv[];
}

export interface Drifted {
  readonly state: DriftState;
  readonly nic: NicView;
  /** The instance on record. */
  readonly instance: InstanceView;
  /** The instance that holds the vNIC now, where another does. */
  readonly heldBy: InstanceView | undefined;
  readonly runner: Runner;
  readonly address: string;
  /** One sentence. */
  readonly text: string;
  /** `undefined`: nothing is to be done. */
  readonly repair: Repair | undefined;
}

export interface Drift {
  readonly drifted: boolean;
  readonly attachments: readonly Drifted[];
}

/**
 * Compares what is on record with what the API showed. A pure function.
 * @param terraform the program, or what stands for it, with the options that lead it to the stack
 */
export function driftOf(
  records: readonly RecordedAttachment[],
  inventory: Inventory,
  terraform: Argv,
): Drift {
  const attachments = records
    .map((record) => drifted(record, inventory, terraform))
    .sort((a, b) => DRIFT_STATES.indexOf(a.state) - DRIFT_STATES.indexOf(b.state));
  return { drifted: attachments.some(({ state }) => state !== 'in-sync'), attachments };
}

function drifted(record: RecordedAttachment, inventory: Inventory, terraform: Argv): Drifted {
  const { endpoints, runner, address } = record;
  const target = targetOf(endpoints);
  const view = target && inventory.viewOf(target);
  const state = stateOf(record, view);
  const holder = view?.owner === 'other' ? view.ownerId : undefined;
  const { text, repair } = advise(state, record, view, terraform);
  return {
    state,
    nic: nicView(endpoints.nic, inventory),
    instance: instanceView(endpoints.instance, inventory),
    heldBy: holder && instanceView({ known: true, id: holder }, inventory),
    runner,
    address: display(address, 1000) ?? '',
    text,
    repair:
      repair !== undefined && /[\p{Cc}\p{Cf}]/u.test(address)
        ? { text: 'No command can be shown: its address holds control characters.', commands: [] }
        : repair,
  };
}

function stateOf({ tainted, unfinished }: RecordedAttachment, view: View | undefined): DriftState {
  if (view === undefined) return 'unchecked';
  if (view.nicStatus === undefined) return 'nic-gone';
  if (view.owner === 'other') return 'moved';
  if (view.instanceStatus === undefined) return 'instance-gone';
  if (tainted) return 'tainted';
  if (view.owner === 'target') return view.nicStatus === 'USED' && view.listed ? 'in-sync' : 'changing';
  if (unfinished) return 'unfinished';
  return view.listed || view.nicStatus !== 'AVAILABLE' ? 'changing' : 'detached';
}

/** What is the case, and what repairs it. */
function advise(
  state: DriftState,
  record: RecordedAttachment,
  view: View | undefined,
  terraform: Argv,
): { readonly text: string; readonly repair: Repair | undefined } {
  const { nicId = '', instanceId = '' } = view?.target ?? {};
  const [nic, instance, holder] = [`vNIC ${nicId}`, `instance ${instanceId}`, view?.ownerId ?? ''];
  const zecNic = (command: string, on: string) => [
    'zec-nic',
    command,
    '--nic-id',
    nicId,
    '--instance-id',
    on,
  ];
  const apply = [...terraform, 'apply'];
  // Only a replacement makes the local-exec runner read the API again; the provider finds by itself what is missing.
  const replaces = record.runner === 'local-exec' && !record.deposed;
  const attach = replaces ? [...apply, `-replace=${record.address}`] : apply;
  const told = (text: string, repair: string, ...commands: readonly Argv[]) => ({
    text,
    repair: { text: repair, commands },
  });
  const gone =
    'Nothing can attach it again. Remove the declaration or change it, then this takes it off record.';
  const finish = 'This finishes it: what is attached already is adopted.';
  switch (state) {
    case 'in-sync':
      return { text: `${nic} is attached to ${instance}.`, repair: undefined };
    case 'moved':
      return told(
        `${nic} is attached to instance ${holder} now, and not to ${instance}.`,
        'What holds it now is left alone by an apply. If it is to come back, this detaches it there and attaches it again; else change the declaration.',
        zecNic('delete', holder),
        attach,
      );
    case 'detached':
      return told(`${nic} is attached to no instance any more.`, 'This attaches it again.', attach);
    case 'nic-gone':
      return told(`${nic} does not exist any more.`, gone, apply);
    case 'instance-gone':
      return told(`Instance ${instanceId} does not exist any more.`, gone, apply);
    case 'tainted':
      return told(
        `The create of the attachment of ${nic} to ${instance} failed or was cut off.`,
        finish,
        apply,
      );
    case 'unfinished':
      return told(
        `${nic} was never attached to ${instance}: an earlier apply did not complete.`,
        finish,
        apply,
      );
    case 'changing': {
      const lists = view?.listed === true ? 'lists' : 'does not list';
      return told(
        `${nic} is ${view?.nicStatus ?? ''}, and ${instance} ${lists} it: it is on its way.`,
        'Wait until it has settled, then look again.',
        zecNic('read', instanceId),
      );
    }
    case 'unchecked':
      return told(
        'Its ids are marked sensitive, or are none: nothing about it is checked.',
        'A plan of the provider runner shows it, or a look at the cloud.',
      );
  }
}

/** A command as a person types it into sh, bash, zsh or fish. */
export function shellText(argv: Argv): string {
  return argv
    .map((word) => (/^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}
