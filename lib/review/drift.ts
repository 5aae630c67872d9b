import type { View } from '../handler';
import type { StateAttachment, Runner } from '../terraform';
import { display, instanceView, nicView, targetOf } from './inventory';
import type { Inventory } from './inventory';
import type { InstanceView, NicView } from './model';

/**
 * The drift of an attachment, most urgent first.
 * - `moved`: the vNIC is attached to another instance.
 * - `detached`: the vNIC is attached to no instance.
 * - `nic-gone`, `instance-gone`: the vNIC or the instance no longer exists.
 * - `tainted`: its create failed or was interrupted. The next apply replaces it.
 * - `unfinished`: it is not attached because an earlier apply did not complete.
 * - `changing`: it is being attached or detached, or vNIC and instance do not agree yet.
 * - `unchecked`: its IDs are unknown.
 * - `in-sync`: vNIC and instance agree that it is attached.
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

/** A command as an argument list, without shell quoting. */
type Argv = readonly string[];

/** How to reconcile the cloud and the Terraform state. */
export interface Repair {
  /** What the commands do, or what to decide first. */
  readonly text: string;
  /** To be run in this order. */
  readonly commands: readonly Argv[];
}

export interface AttachmentDrift {
  readonly state: DriftState;
  readonly nic: NicView;
  /** The instance in the Terraform state. */
  readonly instance: InstanceView;
  /** The other instance that holds the vNIC, for `moved`. */
  readonly heldBy: InstanceView | undefined;
  readonly runner: Runner;
  readonly address: string;
  /** One sentence. */
  readonly text: string;
  /** `undefined`: no action is required. */
  readonly repair: Repair | undefined;
}

export interface Drift {
  readonly drifted: boolean;
  readonly attachments: readonly AttachmentDrift[];
}

/**
 * Compares the attachments in a Terraform state with the API's inventory. A pure function.
 * @param terraform the Terraform command for the repair commands, with the options that select the stack
 */
export function driftOf(inState: readonly StateAttachment[], inventory: Inventory, terraform: Argv): Drift {
  const attachments = inState
    .map((attachment) => attachmentDrift(attachment, inventory, terraform))
    .sort((a, b) => DRIFT_STATES.indexOf(a.state) - DRIFT_STATES.indexOf(b.state));
  return { drifted: attachments.some(({ state }) => state !== 'in-sync'), attachments };
}

function attachmentDrift(
  attachment: StateAttachment,
  inventory: Inventory,
  terraform: Argv,
): AttachmentDrift {
  const { endpoints, runner, address } = attachment;
  const target = targetOf(endpoints);
  const view = target && inventory.viewOf(target);
  const state = stateOf(attachment, view);
  const holder = view?.owner === 'other' ? view.ownerId : undefined;
  const { text, repair } = advise(state, attachment, view, terraform);
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
        ? { text: 'No command can be shown: the resource address contains control characters.', commands: [] }
        : repair,
  };
}

function stateOf({ tainted, unfinished }: StateAttachment, view: View | undefined): DriftState {
  if (view === undefined) return 'unchecked';
  if (view.nicStatus === undefined) return 'nic-gone';
  if (view.owner === 'other') return 'moved';
  if (view.instanceStatus === undefined) return 'instance-gone';
  if (tainted) return 'tainted';
  if (view.owner === 'target') return view.nicStatus === 'USED' && view.listed ? 'in-sync' : 'changing';
  if (unfinished) return 'unfinished';
  return view.listed || view.nicStatus !== 'AVAILABLE' ? 'changing' : 'detached';
}

/** Describes the drift and its repair. */
function advise(
  state: DriftState,
  attachment: StateAttachment,
  view: View | undefined,
  terraform: Argv,
): { readonly text: string; readonly repair: Repair | undefined } {
  const { nicId = '', instanceId = '' } = view?.target ?? {};
  const [nic, instance, holder] = [`vNIC ${nicId}`, `instance ${instanceId}`, view?.ownerId ?? ''];
  const apply = [...terraform, 'apply'];
  // The local-exec runner reads the API only when its resource is replaced. The provider detects drift on refresh.
  const replaces = attachment.runner === 'local-exec' && !attachment.deposed;
  const attach = replaces ? [...apply, `-replace=${attachment.address}`] : apply;
  const advice = (text: string, repair: string, ...commands: readonly Argv[]) => ({
    text,
    repair: { text: repair, commands },
  });
  const gone =
    'It can no longer be attached. Remove or change the declaration, then apply to remove it from the state.';
  const finish = 'Apply again to complete it. A vNIC that is already attached is adopted.';
  switch (state) {
    case 'in-sync':
      return { text: `${nic} is attached to ${instance}.`, repair: undefined };
    case 'moved':
      return advice(
        `${nic} is attached to instance ${holder} instead of ${instance}.`,
        'An apply alone does not detach it there. To move it back, run these commands. To keep it there, change the declaration.',
        ['zec-nic', 'delete', '--nic-id', nicId, '--instance-id', holder],
        attach,
      );
    case 'detached':
      return advice(`${nic} is not attached to any instance.`, 'Apply to attach it again.', attach);
    case 'nic-gone':
      return advice(`${nic} no longer exists.`, gone, apply);
    case 'instance-gone':
      return advice(`Instance ${instanceId} no longer exists.`, gone, apply);
    case 'tainted':
      return advice(
        `The attachment of ${nic} to ${instance} is tainted: its create failed or was interrupted.`,
        finish,
        apply,
      );
    case 'unfinished':
      return advice(
        `${nic} is not attached to ${instance}: an earlier apply did not complete.`,
        finish,
        apply,
      );
    case 'changing': {
      const lists = view?.listed === true ? 'lists' : 'does not list';
      return advice(
        `${nic} is ${view?.nicStatus ?? ''}, and ${instance} ${lists} it: the change is in progress.`,
        'Wait for the change to complete, then check again.',
        ['zec-nic', 'status', nicId, '--instance-id', instanceId],
      );
    }
    case 'unchecked':
      return advice(
        'Its IDs are sensitive or invalid, so it was not checked.',
        'Run a plan with the provider runner, or check the vNIC in the console.',
      );
  }
}

/** The command quoted for sh, bash, zsh and fish. */
export function shellText(argv: Argv): string {
  return argv
    .map((word) => (/^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}
