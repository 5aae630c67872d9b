import type { ResourceChange } from './json';
import { part, sameEndpoints, carriedBy, endpointsOf } from './resource';
import type { BlockAddress, Endpoints, Marked, Runner } from './resource';

/** One run of the handler that a plan holds. */
export interface Operation {
  readonly goal: 'attach' | 'detach';
  readonly endpoints: Endpoints;
  readonly address: string;
  readonly block: BlockAddress;
  /** The new is created before the old is destroyed (`create_before_destroy`). */
  readonly createsFirst: boolean;
  /** Why a removal runs nothing, and so detaches nothing. */
  readonly skipped?: 'tainted' | 'no-provisioner' | 'same-ids-created-first' | undefined;
}

/** What a plan does with one attachment on record, or about to be. */
export interface PlannedAttachment {
  readonly address: string;
  /** Where it was on record, if it is moved. */
  readonly previousAddress: string | undefined;
  readonly runner: Runner;
  /** What the state has on record. */
  readonly before: Endpoints | undefined;
  /** What it will have on record. */
  readonly after: Endpoints | undefined;
  /** Its create failed or was cut off, as far as Terraform knows. */
  readonly tainted: boolean;
  readonly detach: Operation | undefined;
  readonly attach: Operation | undefined;
  /** The plan keeps the record, and runs the convergence of its runner: it attaches what is found free. */
  readonly reconverge: Operation | undefined;
  /** The record goes, and nothing is detached (a `removed` block). */
  readonly forgotten: boolean;
  readonly importing: boolean;
  /** Terraform puts it off to a later plan, for this reason. */
  readonly deferred: string | undefined;
  /** Its create does not wait: a convergence waits for it and others at once. */
  readonly together: boolean;
}

/** The planned change of a resource that stands for an attachment, with what the rest of the plan says of it. */
export interface AttachmentChange {
  readonly role: 'whole' | 'attachment' | 'release';
  readonly change: ResourceChange;
  readonly block: BlockAddress;
  readonly deferred: string | undefined;
  readonly tainted: boolean;
  /** Its block is in the configuration: its destroy-time provisioner runs. */
  readonly configured: boolean;
}

/**
 * What becomes of the attachment.
 * @param convergence what attaches it, under the local-exec runner; `undefined`: the plan runs none
 */
export function plannedAttachment(
  { role, change, block, deferred, tainted, configured }: AttachmentChange,
  convergence: Pick<Operation, 'block' | 'createsFirst'> | undefined,
): PlannedAttachment {
  const { actions, importing } = change.change;
  const byProvider = role === 'whole';
  const removes = actions.includes('delete');
  const creates = actions.includes('create') && role !== 'release';
  const createsFirst = isCreatedFirst(actions);
  const endpointsIn = (marked: Marked) => {
    const carried = marked.value == null ? undefined : carriedBy(change, marked);
    return carried && endpointsOf(carried);
  };
  const [before, after] = [endpointsIn(beforeOf(change)), endpointsIn(afterOf(change))];
  const address = change.deposed === undefined ? change.address : `${change.address} (deposed)`;

  // Only destroy-time provisioners are skipped. With create_before_destroy and other ids Terraform runs none either,
  // which is told as an error: the attach fails.
  let skipped: Operation['skipped'];
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
    together: part(afterOf(change), 'wait').value === false,
  };
}

export function isCreatedFirst(actions: readonly string[]): boolean {
  return actions[0] === 'create' && actions.includes('delete');
}

export function beforeOf({ change }: ResourceChange): Marked {
  return { value: change.before, sensitive: change.before_sensitive };
}

export function afterOf({ change }: ResourceChange): Marked {
  return { value: change.after, unknown: change.after_unknown, sensitive: change.after_sensitive };
}
