import type { BlockAddress } from './address';
import type { Role, Runner } from './carriers';
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
export type Skipped = 'tainted-release' | 'no-provisioner';

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
  /** Terraform does not know whether its attach came to an end. */
  readonly unconfirmed: boolean;
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

/** What becomes of an attachment whose one resource, or whose parts, change so. */
export function plannedAttachment(set: Readonly<Partial<Record<Role, OurChange>>>): PlannedAttachment {
  const attaching = set.whole ?? set.attachment ?? set.confirmation;
  const detaching = set.whole ?? set.release;
  const main = attaching ?? detaching;
  if (main === undefined) throw new TypeError('a planned attachment without a change');
  const detach =
    detaching?.actions.includes('delete') === true ? removal(detaching, set.whole !== undefined) : undefined;
  // A confirmation alone does what was cut off; after an attach it only says that it came to its end.
  const attach = [attaching, set.confirmation].find((each) => each?.actions.includes('create') === true);
  const unconfirmed = attach !== undefined && attach === set.confirmation;
  return {
    address: addressOf(main),
    previousAddress: main.previousAddress === main.address ? undefined : main.previousAddress,
    runner: set.whole === undefined ? 'local-exec' : 'provider',
    before: main.before ?? detaching?.before,
    after: attaching === undefined ? undefined : attaching.after,
    detach,
    attach: attach === undefined ? undefined : creation(attach),
    unconfirmed,
    forgotten: detaching?.actions.includes('forget') === true,
    importing: main.importing,
    updated: main.actions.includes('update'),
    deferred: main.deferred,
    together: main.together,
  };
}

function removal(change: OurChange, byProvider: boolean): Operation | undefined {
  if (change.before === undefined) return undefined;
  const skipped = byProvider
    ? undefined
    : !change.configured
      ? 'no-provisioner'
      : change.tainted
        ? 'tainted-release'
        : undefined;
  return {
    ...operation(change, 'detach', change.before),
    ...(skipped === undefined ? {} : { skipped }),
  };
}

function creation(change: OurChange): Operation | undefined {
  return change.after === undefined ? undefined : operation(change, 'attach', change.after);
}

function operation(change: OurChange, goal: Operation['goal'], ends: Ends): Operation {
  const { block, actions } = change;
  return {
    goal,
    ends,
    address: addressOf(change),
    block,
    createsFirst: actions[0] === 'create' && actions.includes('delete'),
  };
}

function addressOf({ address, deposed }: OurChange): string {
  return deposed ? `${address} (deposed)` : address;
}
