import { PROVIDER } from '../contract';
import { withoutKeys } from '../terraform';
import type { Endpoints, PlannedAttachment } from '../terraform';
import { display, targetOf } from './inventory';
import type { Risk } from './model';
import type { ReviewContext } from './outcomes';
import { error, note } from './risks';

/** Drift that Terraform detected, and the tainted source of a move. */
export function stateRisks(
  { address, previousAddress: source, tainted, detach, attach }: PlannedAttachment,
  { plan }: ReviewContext,
): readonly Risk[] {
  const drifted = plan.drift
    .filter((each) => each.address === address)
    .map(({ gone }) =>
      note(
        'drifted',
        `Terraform detected that the attachment ${gone ? 'was removed' : 'changed'} since the last apply.`,
      ),
    );
  const replaced = tainted && detach !== undefined && attach !== undefined;
  // The source is a resource of the vendor's provider, or a carrier.
  const movedToProvider =
    source !== undefined && withoutKeys(source).split('.').at(-2) !== PROVIDER.nicAttachment;
  if (!replaced || !movedToProvider) return drifted;
  return [
    ...drifted,
    note(
      'tainted-source',
      `The attachment is replaced instead of adopted: ${display(source, 400) ?? ''} is tainted.`,
      'To adopt it without a change in the cloud, run "terraform untaint" on that address and plan again.',
    ),
  ];
}

/** The risk of an import: a primary vNIC can never be detached. */
export function primaryRisk(
  endpoints: Endpoints | undefined,
  { inventory }: ReviewContext,
): Risk | undefined {
  const target = endpoints && targetOf(endpoints);
  if (target === undefined || inventory?.viewOf(target).primary !== true) return undefined;
  return error(
    'nic-primary',
    `vNIC ${target.nicId} is a primary vNIC. It can never be detached, so a destroy would fail.`,
    'Remove the import and the attachment.',
  );
}

/** Drift that the API shows for an attachment that the plan keeps. */
export function liveDriftRisk(
  endpoints: Endpoints | undefined,
  { inventory }: ReviewContext,
): Risk | undefined {
  const target = endpoints && targetOf(endpoints);
  const view = target && inventory?.viewOf(target);
  if (view === undefined || (view.owner === 'target' && view.nicStatus === 'USED')) return undefined;
  const holder = view.ownerId === undefined ? 'no instance' : `instance ${view.ownerId}`;
  const now =
    view.nicStatus === undefined
      ? 'no longer exists'
      : `is ${view.nicStatus}${view.owner === 'target' ? '' : ` and held by ${holder}`}`;
  return note(
    'drifted',
    `The plan does not change it, but vNIC ${view.target.nicId} ${now}.`,
    'Run "zec-nic drift" for the repair command.',
  );
}
