import { compare } from '../terraform';
import type { Endpoints, PlannedAttachment } from '../terraform';
import { display, instanceView, nicView } from './inventory';
import { CHANGE_KINDS } from './model';
import type { Change, ChangeKind, Risk } from './model';
import { groupedByNic, isAttached, isSameInstance, plannedOperations } from './operations';
import type { AttachmentOperation } from './operations';
import { isDone } from './outcomes';
import type { ReviewContext } from './outcomes';
import {
  attachRisks,
  error,
  interruptionRisks,
  note,
  orderRisk,
  decisionRisk,
  ranked,
  unknownRisks,
} from './risks';
import { liveDriftRisk, primaryRisk, stateRisks } from './state-risks';

/** The changes of a plan in execution order. Unchanged attachments come last. */
export function changesOf(context: ReviewContext): readonly Change[] {
  const { attachments } = context.plan;
  return [
    ...groupedByNic(plannedOperations(context.plan)).flatMap((each) => changesOfNic(each, context)),
    ...attachments.flatMap((each) => {
      if (each.deferred !== undefined) return deferredChange(each, context);
      return each.detach === undefined && each.attach === undefined ? withoutOperation(each, context) : [];
    }),
  ].sort(byTime);
}

/** Merges the detach and the attach of one vNIC into a single change: a move or a replacement. */
function changesOfNic(all: readonly AttachmentOperation[], context: ReviewContext): readonly Change[] {
  const attaches = all.filter(({ operation }) => operation.goal === 'attach');
  const skipped = all.filter(({ operation }) => operation.skipped !== undefined);
  const detaches = all.filter((each) => !attaches.includes(each) && !skipped.includes(each));
  const [to, ...more] = attaches;
  if (to === undefined || more.length > 0) {
    return [
      ...attaches.map((each) => withRisk(attach(each, context), attachedTwice(attaches))),
      ...detaches.map((each) => detach(each, context)),
      ...skipped.map((each) => notDetached(each, context)),
    ];
  }
  const done = detaches.filter(({ operation }) => isDone(context.outcomes.of(operation)));
  const [from, ...others] = detaches.filter((each) => !done.includes(each));
  const stateOnly = [...done, ...skipped];
  return [
    from === undefined ? attach(to, context, stateOnly) : reattach(from, to, context, stateOnly),
    ...others.map((each) => detach(each, context)),
  ];
}

/** @param stateOnly operations that only remove resources from the state */
function attach(
  to: AttachmentOperation,
  context: ReviewContext,
  stateOnly: readonly AttachmentOperation[] = [],
): Change {
  const outcome = context.outcomes.of(to.operation);
  // Offline, an attachment that the state holds under another block is assumed to exist.
  const stayed =
    context.inventory === undefined && stateOnly.some((each) => isSameInstance(each.operation, to.operation));
  const adopts = isDone(outcome) || stayed;
  const change = baseChange(adopts ? 'adopt' : 'attach', to.attachment, to.operation.endpoints, context);
  return {
    ...change,
    from: adopts ? change.to : undefined,
    addresses: addressesOf([to, ...stateOnly]),
    steps: stepsOf([to], context),
    risks: ranked(decisionRisk(outcome), attachRisks(outcome, context), stateRisks(to.attachment, context)),
  };
}

function reattach(
  from: AttachmentOperation,
  to: AttachmentOperation,
  context: ReviewContext,
  stateOnly: readonly AttachmentOperation[],
): Change {
  const { inventory, order, outcomes } = context;
  const outcome = outcomes.of(to.operation);
  const same = isSameInstance(from.operation, to.operation);
  const change = baseChange(same ? 'replace' : 'move', to.attachment, to.operation.endpoints, context);
  const [decision, ordering] = [decisionRisk(outcome), orderRisk(from, to, order)];
  // If the old instance still holds the vNIC because of the order, `created-first` already says so.
  const isDuplicate = ordering?.code === 'created-first' && decision?.code === 'nic-held';
  return {
    ...change,
    from: instanceView(from.operation.endpoints.instance, inventory),
    addresses: addressesOf([to, from, ...stateOnly]),
    steps: stepsOf([from, to], context),
    risks: ranked(
      decisionRisk(outcomes.of(from.operation)),
      isDuplicate ? undefined : decision,
      attachRisks(outcome, context),
      ordering,
      interruptionRisks(change.nic, same ? 'the same' : 'another'),
      stateRisks(to.attachment, context),
    ),
  };
}

function detach(from: AttachmentOperation, context: ReviewContext): Change {
  const { endpoints } = from.operation;
  const outcome = context.outcomes.of(from.operation);
  const done = isDone(outcome);
  const change = baseChange(done ? 'clear' : 'detach', from.attachment, endpoints, context);
  return {
    ...change,
    to: undefined,
    steps: stepsOf([from], context),
    risks: ranked(
      decisionRisk(outcome),
      unknownRisks(endpoints),
      done ? undefined : interruptionRisks(change.nic, 'nowhere'),
      stateRisks(from.attachment, context),
    ),
  };
}

/** A removal that runs no detach: the vNIC stays attached, and Terraform no longer manages it. */
function notDetached({ attachment, operation }: AttachmentOperation, context: ReviewContext): Change {
  const { endpoints, skipped } = operation;
  if (isDone(context.outcomes.of(operation))) {
    return { ...baseChange('clear', attachment, endpoints, context), to: undefined };
  }
  const [why, advice] =
    skipped === 'tainted'
      ? [
          'its resource is tainted, so Terraform skips the destroy-time provisioner',
          'Run "terraform untaint" on the resource and plan again.',
        ]
      : [
          'its block and the destroy-time provisioner are no longer in the configuration',
          'Keep the runner in the stack for this deploy: LocalExecRunner.of(stack).',
        ];
  const stays = error('stays-attached', `The vNIC stays attached: ${why}.`, advice);
  const risks = ranked(stays, unknownRisks(endpoints));
  return { ...baseChange('forget', attachment, endpoints, context), risks };
}

/** An attachment without operations of its own: unchanged, imported or forgotten, or re-attached by the convergence. */
function withoutOperation(attachment: PlannedAttachment, context: ReviewContext): Change {
  const { reconverge: operation, previousAddress, forgotten, importing } = attachment;
  if (operation !== undefined && !isAttached(operation, context.inventory)) {
    return withRisk(attach({ attachment, operation }, context), REATTACHED);
  }
  const endpoints = attachment.after ?? attachment.before;
  const was = `Its previous resource address was ${display(previousAddress, 400) ?? ''}.`;
  return {
    ...baseChange(forgotten ? 'forget' : importing ? 'adopt' : 'keep', attachment, endpoints, context),
    risks: ranked(
      importing ? primaryRisk(endpoints, context) : undefined,
      stateRisks(attachment, context),
      previousAddress === undefined ? undefined : note('address-changes', was),
      forgotten ? undefined : liveDriftRisk(endpoints, context),
    ),
  };
}

/** A change that Terraform defers to a later plan. */
function deferredChange(attachment: PlannedAttachment, context: ReviewContext): Change {
  const { detach: from, attach: to } = attachment;
  const kind =
    to === undefined ? (from === undefined ? 'keep' : 'detach') : from === undefined ? 'attach' : 'replace';
  const change = baseChange(kind, attachment, attachment.after ?? attachment.before, context);
  const why = display(attachment.deferred, 100) ?? 'unknown';
  return {
    ...change,
    from: kind === 'attach' ? undefined : change.from,
    to: kind === 'detach' ? undefined : change.to,
    risks: [
      note('deferred', `Terraform defers this change to a later plan (${why}). Review that plan separately.`),
    ],
  };
}

/** A change without steps and risks, from which the other changes are derived. */
function baseChange(
  kind: ChangeKind,
  attachment: PlannedAttachment,
  endpoints: Endpoints | undefined,
  { inventory }: ReviewContext,
): Change {
  const { nic, instance } = endpoints ?? UNKNOWN;
  const at = instanceView(instance, inventory);
  return {
    kind,
    nic: nicView(nic, inventory),
    from: at,
    to: at,
    runner: attachment.runner,
    addresses: addressesOf([{ attachment }]),
    steps: [],
    risks: [],
  };
}

function withRisk(change: Change, risk: Risk): Change {
  return { ...change, risks: ranked(change.risks, risk) };
}

const UNKNOWN: Endpoints = {
  nic: { known: false, why: 'after-apply' },
  instance: { known: false, why: 'after-apply' },
};

const REATTACHED = note(
  'drifted',
  'The resource does not change, but the convergence attaches the vNIC: it drifted, or an earlier apply did not complete.',
);

function attachedTwice(attaches: readonly AttachmentOperation[]): Risk {
  const where = attaches.map(({ attachment }) => display(attachment.address, 200) ?? '').join(' and ');
  return error(
    'attached-twice',
    `The plan attaches the vNIC more than once: ${where}.`,
    'A vNIC has at most one attachment. Remove the other declaration.',
  );
}

function addressesOf(all: readonly Pick<AttachmentOperation, 'attachment'>[]): readonly string[] {
  return [...new Set(all.map(({ attachment }) => display(attachment.address, 1000) ?? ''))];
}

function stepsOf(all: readonly AttachmentOperation[], { order }: ReviewContext): Change['steps'] {
  return all
    .map(({ operation }) => ({ order: order.of(operation), goal: operation.goal }))
    .sort((a, b) => a.order - b.order);
}

function byTime(a: Change, b: Change): number {
  return (
    timeOf(a) - timeOf(b) ||
    CHANGE_KINDS.indexOf(a.kind) - CHANGE_KINDS.indexOf(b.kind) ||
    compare(a.nic.label, b.nic.label) ||
    compare(a.addresses[0] ?? '', b.addresses[0] ?? '')
  );
}

function timeOf({ steps, kind }: Change): number {
  return steps[0]?.order ?? (kind === 'keep' ? Number.MAX_SAFE_INTEGER : Number.MAX_SAFE_INTEGER - 1);
}
