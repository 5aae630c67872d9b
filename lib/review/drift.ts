import type { View } from '../handler';
import type { StateAttachment, Runner } from '../terraform';
import type { NicInfo } from '../zec/types';
import { display, endpointView, instanceView, nicView, type Inventory } from './inventory';
import type { EndpointView, InstanceView, NicView } from './model';

/** The drift of an attachment, most urgent first. */
export const DRIFT_STATES = [
  'moved', // the vNIC is attached to another instance
  'detached', // the vNIC is attached to no instance
  'nic-gone', // the vNIC was not found
  'instance-gone', // the instance was not found
  'tainted', // its create failed or was interrupted; the next apply replaces it
  'unfinished', // it is not attached because an earlier apply did not complete
  'changing', // it is being attached or detached, or vNIC and instance do not agree yet
  'unchecked', // its IDs are unknown
  'in-sync', // vNIC and instance agree that it is attached
] as const;
export type DriftState = (typeof DRIFT_STATES)[number];

/** A command as an argument list, without shell quoting. */
type Argv = readonly string[];

/** The programs of the repair commands. */
interface RepairPrograms {
  /** With the options that select the stack. */
  readonly terraform: Argv;
  readonly zecNic: Argv;
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
  /**
   * How to reconcile the cloud and the state: the effect of the commands in this order, or a decision to make first.
   * `undefined`: no action is required.
   */
  readonly repair: { readonly text: string; readonly commands: readonly Argv[] } | undefined;
}

export interface Drift {
  readonly drifted: boolean;
  readonly attachments: readonly AttachmentDrift[];
  /** Attachments to the instances in the state that are not in it, by vNIC. */
  readonly unmanaged: readonly { readonly nic: EndpointView; readonly instance: InstanceView }[];
}

/**
 * Compares the attachments in a Terraform state with the API's inventory. A pure function.
 * @param others vNICs of the same instances that are not in the state
 */
export function driftOf(
  inState: readonly StateAttachment[],
  inventory: Inventory,
  others: readonly NicInfo[],
  programs: RepairPrograms,
): Drift {
  const attachments = inState
    .map((attachment) => attachmentDrift(attachment, inventory, programs))
    .sort((a, b) => DRIFT_STATES.indexOf(a.state) - DRIFT_STATES.indexOf(b.state));
  const unmanaged = others.flatMap(({ nicId, instanceId, name, status }) =>
    instanceId === undefined
      ? []
      : {
          nic: endpointView({ id: nicId }, inventory, name, status),
          instance: instanceView({ id: instanceId }, inventory),
        },
  );
  return { drifted: attachments.some(({ state }) => state !== 'in-sync'), attachments, unmanaged };
}

function attachmentDrift(
  attachment: StateAttachment,
  inventory: Inventory,
  programs: RepairPrograms,
): AttachmentDrift {
  const { endpoints, runner, address } = attachment;
  const view = inventory.viewOf(endpoints);
  const { state, text, repair } = assess(attachment, view, programs);
  const holder = view?.owner === 'other' ? view.ownerId : undefined;
  return {
    state,
    nic: nicView(endpoints.nic, inventory),
    instance: instanceView(endpoints.instance, inventory),
    heldBy: holder && instanceView({ id: holder }, inventory),
    runner,
    address: display(address, 1000) ?? '',
    text,
    repair:
      repair !== undefined && /[\p{Cc}\p{Cf}]/u.test(address)
        ? { text: 'No command can be shown: the resource address contains control characters.', commands: [] }
        : repair,
  };
}

const GONE =
  'It can no longer be attached. Remove or change the declaration, then apply to remove it from the state.';
const NOT_FOUND =
  'If they belong to another account, check with its credentials. Otherwise remove or change the declaration, then apply to remove the attachment from the state.';
const KEEP =
  'The vNIC is attached. An apply would detach it and attach it again; to keep it attached, run this command instead.';
const FINISH = 'Apply again to complete it. A vNIC that is already attached is adopted.';

function assess(
  { runner, address, tainted, deposed, unfinished }: StateAttachment,
  view: View | undefined,
  { terraform, zecNic }: RepairPrograms,
): Pick<AttachmentDrift, 'state' | 'text' | 'repair'> {
  const drift = (state: DriftState, text: string, repair: string, ...commands: readonly Argv[]) => ({
    state,
    text,
    repair: { text: repair, commands },
  });
  if (view === undefined) {
    return drift(
      'unchecked',
      'Its IDs are sensitive or invalid, so it was not checked.',
      'Run a plan with the provider runner, or check the vNIC in the console.',
    );
  }
  const { target, nicStatus, owner, ownerId = '', instanceStatus, listed } = view;
  const { nicId, instanceId } = target;
  const [nic, instance] = [`vNIC ${nicId}`, `instance ${instanceId}`];
  const apply = [...terraform, 'apply'];
  // The local-exec runner reads the API only when its resource is replaced. The provider detects drift on refresh.
  const attach = runner === 'local-exec' && !deposed ? [...apply, `-replace=${address}`] : apply;
  if (nicStatus === undefined && instanceStatus === undefined) {
    // The state does not contain the settings of the provider.
    return drift('nic-gone', `Neither ${nic} nor ${instance} was found.`, NOT_FOUND, apply);
  }
  if (nicStatus === undefined) return drift('nic-gone', `${nic} no longer exists.`, GONE, apply);
  if (owner === 'other') {
    return drift(
      'moved',
      `${nic} is attached to instance ${ownerId} instead of ${instance}.`,
      'An apply alone does not detach it there. To move it back, run these commands. To keep it there, change the declaration.',
      [...zecNic, 'delete', '--nic-id', nicId, '--instance-id', ownerId],
      attach,
    );
  }
  if (instanceStatus === undefined) {
    return drift('instance-gone', `Instance ${instanceId} no longer exists.`, GONE, apply);
  }
  const isAttached = owner === 'target' && nicStatus === 'USED' && listed;
  if (tainted) {
    const text = `The attachment of ${nic} to ${instance} is tainted: its create failed or was interrupted.`;
    // The local-exec runner does not detach a tainted attachment.
    return isAttached && runner === 'provider' && !deposed
      ? drift('tainted', text, KEEP, [...terraform, 'untaint', address])
      : drift('tainted', text, FINISH, apply);
  }
  if (isAttached) {
    return { state: 'in-sync', text: `${nic} is attached to ${instance}.`, repair: undefined };
  }
  if (owner === 'none' && unfinished) {
    const text = `${nic} is not attached to ${instance}: an earlier apply did not complete.`;
    return drift('unfinished', text, FINISH, apply);
  }
  if (owner === 'none' && nicStatus === 'AVAILABLE' && !listed) {
    return drift('detached', `${nic} is not attached to any instance.`, 'Apply to attach it again.', attach);
  }
  return drift(
    'changing',
    `${nic} is ${nicStatus}, and ${instance} ${listed ? 'lists' : 'does not list'} it: the change is in progress.`,
    'Wait for the change to complete, then check again.',
    [...zecNic, 'status', nicId, '--instance-id', instanceId],
  );
}

/** The command quoted for sh, bash, zsh and fish. */
export function shellText(argv: Argv): string {
  return argv
    .map((word) => (/^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}
