import type { ResourceChange } from './json';
import { memberOf, sameEndpoints, carriedBy, endpointsOf } from './resource';
import type { BlockAddress, Endpoints, MarkedValue, Runner } from './resource';

/** An attach or detach in a plan: one run of the handler. */
export interface PlannedOperation {
  readonly goal: 'attach' | 'detach';
  readonly endpoints: Endpoints;
  readonly address: string;
  readonly block: BlockAddress;
  /** The new resource is created before the old one is destroyed (`create_before_destroy`). */
  readonly createsFirst: boolean;
  /** Why Terraform does not run the destroy-time provisioner; nothing is detached. */
  readonly skipped?: 'tainted' | 'no-provisioner' | 'same-ids-created-first' | undefined;
}

/** What a plan does with one attachment. */
export interface PlannedAttachment {
  readonly address: string;
  /** The previous resource address, if it is moved. */
  readonly previousAddress: string | undefined;
  readonly runner: Runner;
  /** The endpoints in the current state. */
  readonly before: Endpoints | undefined;
  /** The endpoints in the planned state. */
  readonly after: Endpoints | undefined;
  /** Its create failed or was interrupted. */
  readonly tainted: boolean;
  readonly detach: PlannedOperation | undefined;
  readonly attach: PlannedOperation | undefined;
  /** The plan keeps the resource but runs the convergence, which attaches the vNIC if it is not attached. */
  readonly reconverge: PlannedOperation | undefined;
  /** Removed from the state without a detach (a `removed` block). */
  readonly forgotten: boolean;
  readonly importing: boolean;
  /** The reason why Terraform defers the change to a later plan. */
  readonly deferred: string | undefined;
  /** Its create does not wait: a convergence waits for all attachments together. */
  readonly together: boolean;
}

/** The planned change of an attachment's resource, with facts from the rest of the plan. */
export interface AttachmentChange {
  readonly role: 'provider-attachment' | 'attachment' | 'release';
  readonly change: ResourceChange;
  readonly block: BlockAddress;
  readonly deferred: string | undefined;
  readonly tainted: boolean;
  /** Its block is in the configuration, so its destroy-time provisioner runs. */
  readonly configured: boolean;
}

/**
 * Derives the planned attachment from the change of its resource.
 * @param convergence the resource that attaches it with the local-exec runner; `undefined` if the plan runs none
 */
export function plannedAttachment(
  { role, change, block, deferred, tainted, configured }: AttachmentChange,
  convergence: Pick<PlannedOperation, 'block' | 'createsFirst'> | undefined,
): PlannedAttachment {
  const { actions, importing } = change.change;
  const byProvider = role === 'provider-attachment';
  const removes = actions.includes('delete');
  const creates = actions.includes('create') && role !== 'release';
  const createsFirst = isCreatedFirst(actions);
  const endpointsIn = (marked: MarkedValue) => {
    const carried = marked.value == null ? undefined : carriedBy(change, marked);
    return carried && endpointsOf(carried);
  };
  const [before, after] = [endpointsIn(beforeOf(change)), endpointsIn(afterOf(change))];
  const address = change.deposed === undefined ? change.address : `${change.address} (deposed)`;

  // Only the local-exec runner depends on provisioners. With create_before_destroy and other IDs Terraform skips the
  // provisioner as well; the review reports that the attach fails.
  let skipped: PlannedOperation['skipped'];
  if (byProvider) skipped = undefined;
  else if (!configured) skipped = 'no-provisioner';
  else if (tainted) skipped = 'tainted';
  else if (createsFirst && sameEndpoints(before, after)) skipped = 'same-ids-created-first';
  const detach = before && {
    goal: 'detach' as const,
    endpoints: before,
    address,
    block,
    createsFirst,
    skipped,
  };

  const attacher = byProvider ? { block, createsFirst } : convergence;
  const attach = after &&
    attacher && {
      goal: 'attach' as const,
      endpoints: after,
      address,
      block: attacher.block,
      createsFirst: createsFirst || attacher.createsFirst,
    };

  return {
    address,
    previousAddress: change.previous_address === change.address ? undefined : change.previous_address,
    runner: byProvider ? 'provider' : 'local-exec',
    before,
    after,
    tainted,
    detach: removes ? detach : undefined,
    attach: creates ? attach : undefined,
    reconverge: creates || removes || byProvider ? undefined : attach,
    forgotten: actions.includes('forget'),
    importing: importing != null,
    deferred,
    together: memberOf(afterOf(change), 'wait').value === false,
  };
}

export function isCreatedFirst(actions: readonly string[]): boolean {
  return actions[0] === 'create' && actions.includes('delete');
}

export function beforeOf({ change }: ResourceChange): MarkedValue {
  return { value: change.before, sensitive: change.before_sensitive };
}

export function afterOf({ change }: ResourceChange): MarkedValue {
  return { value: change.after, unknown: change.after_unknown, sensitive: change.after_sensitive };
}
