import type { ResourceChange } from './json';
import { attachmentValues, endpointsOf, isProviderAttachment, memberOf, sameEndpoint } from './resource';
import type { BlockAddress, Endpoints, MarkedValue } from './resource';

/** An attach or detach in a plan: one run of the handler. */
export interface PlannedOperation {
  readonly goal: 'attach' | 'detach';
  readonly endpoints: Endpoints;
  /** Unique: with the key of a deposed object. */
  readonly address: string;
  /** The address of the resource, which its deposed objects share. */
  readonly resource: string;
  readonly block: BlockAddress;
  /** The new resource is created before the old one is destroyed (`create_before_destroy`). */
  readonly createsFirst: boolean;
  /**
   * Why nothing is detached: `skip_destroy`, a STOPPED instance with `when_stopped = "LEAVE"` (`left`), or a destroy-time provisioner that Terraform
   * does not run.
   */
  readonly skipped?:
    'tainted' | 'deposed' | 'no-provisioner' | 'same-ids-created-first' | 'skip-destroy' | 'left' | undefined;
  /** What a detach does if the instance is STOPPED, unless it fails. */
  readonly whenStopped?: 'START' | 'LEAVE' | undefined;
}

/** What a plan does with one attachment. */
export type PlannedAttachment = ReturnType<typeof plannedAttachment>;

/** The planned change of an attachment's resource, with facts from the rest of the plan. */
interface AttachmentChange {
  readonly change: ResourceChange;
  readonly block: BlockAddress;
  readonly deferred: string | undefined;
  /** A refresh did not find it, and the plan has no change of it: apply only removes it from the state. */
  readonly cleared: boolean;
  readonly tainted: boolean;
  /** Its block is in the configuration, so its destroy-time provisioner runs. */
  readonly configured: boolean;
  /** Its provider has, or may have, an account or an endpoint that is not that of the environment. */
  readonly hasOwnSettings: boolean;
}

/** The resource that attaches with the local-exec runner. */
export type Convergence = Pick<PlannedOperation, 'block' | 'createsFirst'>;

/**
 * Derives the planned attachment from the change of its resource.
 * @param convergence `undefined` if the plan runs none
 */
export function plannedAttachment(
  { change, block, deferred, cleared, tainted, configured, hasOwnSettings }: AttachmentChange,
  convergence: Convergence | undefined,
) {
  const { actions, importing } = change.change;
  const { deposed, address: resource } = change;
  // Terraform destroys a deposed object after it creates the resource, even without create_before_destroy.
  const createsFirst = change.change.createsFirst || deposed !== undefined;
  const byProvider = isProviderAttachment(change);
  const removes = actions.includes('delete');
  const creates = actions.includes('create');
  const endpointsIn = (marked: MarkedValue) => {
    const carried = marked.value == null ? undefined : attachmentValues(change, marked);
    return carried && endpointsOf(carried);
  };
  const [before, after] = [endpointsIn(change.change.before), endpointsIn(change.change.after)];
  const keepsIds =
    before && after && sameEndpoint(before.nic, after.nic) && sameEndpoint(before.instance, after.instance);
  const address = deposed === undefined ? resource : `${resource} (deposed ${deposed})`;

  const skipsDestroy = !creates && memberOf(change.change.before, 'skip_destroy').value === true;
  // Only the local-exec runner depends on provisioners. With create_before_destroy and other IDs Terraform skips the
  // provisioner as well; the review reports that the attach fails.
  let skipped: PlannedOperation['skipped'];
  if (byProvider) skipped = skipsDestroy ? 'skip-destroy' : undefined;
  else if (!configured) skipped = 'no-provisioner';
  else if (tainted) skipped = 'tainted';
  else if (deposed !== undefined) skipped = 'deposed';
  else if (createsFirst && keepsIds) skipped = 'same-ids-created-first';
  const mode = byProvider ? memberOf(change.change.before, 'when_stopped').value : undefined;
  const whenStopped = mode === 'START' || (mode === 'LEAVE' && !creates) ? mode : undefined;
  const operation = { address, resource, block, createsFirst };
  const detach: PlannedOperation | undefined = before && {
    ...operation,
    goal: 'detach',
    endpoints: before,
    skipped,
    whenStopped,
  };
  const attacher = byProvider ? operation : convergence;
  const attach: PlannedOperation | undefined = after &&
    attacher && {
      goal: 'attach',
      endpoints: after,
      address,
      resource,
      block: attacher.block,
      createsFirst: createsFirst || attacher.createsFirst,
    };

  return {
    address,
    /** The previous resource address, if it is moved. */
    previousAddress: change.previous_address === change.address ? undefined : change.previous_address,
    runner: byProvider ? ('provider' as const) : ('local-exec' as const),
    hasOwnSettings,
    /** The endpoints in the current state. */
    before,
    /** The endpoints in the planned state. */
    after,
    /** Its create failed or was interrupted. */
    tainted,
    detach: removes && !cleared ? detach : undefined,
    attach: creates ? attach : undefined,
    /** The plan keeps the resource but runs the convergence, which attaches the vNIC if it is not attached. */
    reconverge: creates || removes || byProvider ? undefined : attach,
    /** Its record is created, but the plan runs no convergence that attaches the vNIC (`-target`). */
    recordOnly: creates && attacher === undefined,
    /** Removed from the state without a detach (a `removed` block). */
    forgotten: actions.includes('forget'),
    /** Removed from the state, because it no longer exists. */
    cleared,
    importing: importing != null,
    /** The reason why Terraform defers the change to a later plan. */
    deferred,
    /** Its create does not wait (`wait = false`). A convergence waits for all attachments together. */
    withoutWait: memberOf(change.change.after, 'wait').value === false,
  };
}
