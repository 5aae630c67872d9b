import type { BlockAddress } from './address';
import type { Role, Runner } from './carriers';
import { sameEnds } from './ends';
import type { Ends } from './ends';

/** A planned change of one resource that stands for an attachment, or for a part of one. */
export interface OurChange {
  readonly address: string;
  readonly block: BlockAddress;
  readonly previousAddress: string | undefined;
  readonly actions: readonly string[];
  readonly before: Ends | undefined;
  readonly after: Ends | undefined;
  readonly tainted: boolean;
  /** Its block is in the configuration: its destroy-time provisioner runs. */
  readonly configured: boolean;
  readonly deposed: boolean;
  readonly importing: boolean;
  readonly deferred: string | undefined;
  readonly together: boolean;
}

/** Why a planned removal runs nothing, and so detaches nothing. */
export type Skipped = 'tainted' | 'no-provisioner' | 'same-ids-created-first';

/** The run of a runner's convergence that a plan holds. */
export interface ConvergenceRun {
  readonly block: BlockAddress;
  readonly createsFirst: boolean;
}

/** One run of the handler that a plan holds. */
export interface Operation {
  readonly goal: 'attach' | 'detach';
  readonly ends: Ends;
  readonly address: string;
  readonly block: BlockAddress;
  /** The new is created before the old is destroyed (`create_before_destroy`). */
  readonly createsFirst: boolean;
  readonly skipped?: Skipped;
}

/** What a plan does with one attachment on record, or about to be. */
export interface PlannedAttachment {
  readonly address: string;
  readonly previousAddress: string | undefined;
  readonly runner: Runner;
  /** What the state has on record. */
  readonly before: Ends | undefined;
  /** What it will have on record. */
  readonly after: Ends | undefined;
  readonly detach: Operation | undefined;
  readonly attach: Operation | undefined;
  /** The plan keeps the record, and runs the convergence of its runner: it attaches what is found free. */
  readonly reconverge: Operation | undefined;
  /** The record goes, and nothing is detached (a `removed` block). */
  readonly forgotten: boolean;
  readonly importing: boolean;
  /** Only other values change, such as timeouts. */
  readonly updated: boolean;
  /** Terraform puts it off to a later plan, for this reason. */
  readonly deferred: string | undefined;
  /** Its create does not wait: a convergence waits for it and others at once. */
  readonly together: boolean;
}

/**
 * What becomes of an attachment whose resource changes so.
 * @param run what attaches it, under the local-exec runner; `undefined`: the plan runs no convergence
 */
export function plannedAttachment(
  set: Readonly<Partial<Record<Role, OurChange>>>,
  run: ConvergenceRun | undefined,
): PlannedAttachment {
  const main = set.whole ?? set.attachment ?? set.release;
  if (main === undefined) throw new TypeError('a planned attachment without a change');
  const byProvider = set.whole !== undefined;
  const removes = main.actions.includes('delete');
  const creates = main.actions.includes('create') && main !== set.release;
  const attaching = creates || run !== undefined ? attachOf(main, byProvider, run) : undefined;
  return {
    address: addressOf(main),
    previousAddress: main.previousAddress === main.address ? undefined : main.previousAddress,
    runner: byProvider ? 'provider' : 'local-exec',
    before: main.before,
    after: main.after,
    detach: removes ? removal(main, byProvider) : undefined,
    attach: creates ? attaching : undefined,
    reconverge: creates || removes || byProvider ? undefined : attaching,
    forgotten: main.actions.includes('forget'),
    importing: main.importing,
    updated: main.actions.includes('update'),
    deferred: main.deferred,
    together: main.together,
  };
}

function removal(change: OurChange, byProvider: boolean): Operation | undefined {
  if (change.before === undefined) return undefined;
  const skipped = byProvider ? undefined : skippedBy(change);
  return {
    goal: 'detach',
    ends: change.before,
    address: addressOf(change),
    block: change.block,
    createsFirst: createsFirst(change),
    ...(skipped === undefined ? {} : { skipped }),
  };
}

/** Why the destroy-time provisioner of a record does not run; `undefined`: it does. */
function skippedBy(change: OurChange): Skipped | undefined {
  if (!change.configured) return 'no-provisioner';
  if (change.tainted) return 'tainted';
  // Terraform runs none with create_before_destroy. With other ids that is told as an error: the attach fails.
  return createsFirst(change) && sameEnds(change.before, change.after) ? 'same-ids-created-first' : undefined;
}

function attachOf(
  change: OurChange,
  byProvider: boolean,
  run: ConvergenceRun | undefined,
): Operation | undefined {
  if (change.after === undefined || (!byProvider && run === undefined)) return undefined;
  return {
    goal: 'attach',
    ends: change.after,
    address: addressOf(change),
    block: run?.block ?? change.block,
    createsFirst: createsFirst(change) || run?.createsFirst === true,
  };
}

function createsFirst({ actions }: Pick<OurChange, 'actions'>): boolean {
  return actions[0] === 'create' && actions.includes('delete');
}

function addressOf({ address, deposed }: OurChange): string {
  return deposed ? `${address} (deposed)` : address;
}
