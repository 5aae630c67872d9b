import { compare, type Endpoints, type PlannedAttachment } from '../terraform';
import { isDone, isSameInstance, type PredictedOutcome, type ReviewContext } from './context';
import { display, instanceView, nicView } from './inventory';
import { byKind, type Change, type ChangeKind, type Risk } from './model';
import {
  agentRisk,
  attachRisks,
  decisionRisk,
  error,
  interruptionRisks,
  liveDriftRisk,
  note,
  orderRisk,
  primaryRisk,
  bySeverity,
  stateRisks,
  unknownRisks,
  warning,
} from './risks';

/** The changes of a plan in execution order. Unchanged attachments come last. */
export function changesOf(context: ReviewContext): readonly Change[] {
  return [
    ...context.byNic.flatMap((each) => changesOfNic(each, context)),
    ...context.plan.attachments.flatMap((each) => {
      if (each.deferred !== undefined) return deferredChange(each, context);
      return each.detach === undefined && each.attach === undefined ? withoutOperation(each, context) : [];
    }),
  ].sort(byStep);
}

/** Merges the detach and the attach of one vNIC into a single change: a move or a replacement. */
function changesOfNic(all: readonly PredictedOutcome[], context: ReviewContext): readonly Change[] {
  const attaches = all.filter(({ goal }) => goal === 'attach');
  const skipped = all.filter((each) => each.skipped !== undefined);
  const detaches = all.filter((each) => !attaches.includes(each) && !skipped.includes(each));
  const [to, ...more] = attaches;
  if (to === undefined || more.length > 0) {
    return [
      ...attaches.map((each) => withRisk(operationChange(each, context), attachedTwice(attaches))),
      ...detaches.map((each) => operationChange(each, context)),
      ...skipped.map((each) => notDetached(each, context)),
    ];
  }
  const done = detaches.filter(isDone);
  const [from, ...others] = detaches.filter((each) => !done.includes(each));
  return [
    operationChange(to, context, from, [...done, ...skipped]),
    ...others.map((each) => operationChange(each, context)),
  ];
}

/**
 * The change of an attach, or of a detach alone.
 * @param detached the detach of the same vNIC that belongs to an attach
 * @param stateOnly operations that only remove resources from the state
 */
function operationChange(
  main: PredictedOutcome,
  context: ReviewContext,
  detached?: PredictedOutcome,
  stateOnly: readonly PredictedOutcome[] = [],
): Change {
  const [from, to] = main.goal === 'detach' ? [main, undefined] : [detached, main];
  const operations = [from, to].filter((each) => each !== undefined);
  // Unchecked, an attachment that the state holds under another block is assumed to exist.
  const stayed = main.view === undefined && stateOnly.some((each) => isSameInstance(each, main));
  let kind: ChangeKind;
  if (to === undefined) kind = isDone(main) ? 'clear' : 'detach';
  else if (from === undefined) kind = isDone(main) || stayed ? 'adopt' : 'attach';
  else kind = isSameInstance(from, to) ? 'replace' : 'move';
  const change = baseChange(kind, main, context);
  const [decision, ordering] = [to && decisionRisk(to), from && to && orderRisk(from, to, context.order)];
  // If the old instance still holds the vNIC because of the order, `created-first` already says so.
  const isDuplicate = ordering?.code === 'created-first' && decision?.code === 'nic-held';
  return {
    ...change,
    from: kind === 'adopt' ? change.to : from && instanceView(from.endpoints.instance, context.inventory),
    to: to && change.to,
    addresses: addressesOf([main, ...operations, ...stateOnly]),
    steps: stepsOf(operations, context),
    risks: bySeverity(
      from && decisionRisk(from),
      isDuplicate ? undefined : decision,
      operations.map((each) => agentRisk(each, context)),
      to ? attachRisks(to, context) : unknownRisks(main.endpoints),
      ordering,
      interruptionRisks(kind, change.nic),
      stateRisks(main.attachment, context),
    ),
  };
}

/** A removal that runs no detach: the vNIC stays attached, and Terraform no longer manages it. */
function notDetached(from: PredictedOutcome, context: ReviewContext): Change {
  const { skipped } = from;
  if (isDone(from)) return { ...baseChange('clear', from, context), to: undefined };
  const change = baseChange('forget', from, context);
  if (skipped === 'skip-destroy' || skipped === 'left') {
    const why =
      skipped === 'left' ? 'its instance is STOPPED and when_stopped is LEAVE' : 'skip_destroy is set';
    const text = `The vNIC stays attached: ${why}. Releasing the instance deletes it by default.`;
    return withRisk(change, note('stays-attached', text));
  }
  const [why, advice] =
    skipped === 'tainted'
      ? [
          'its resource is tainted, so Terraform skips the destroy-time provisioner',
          'Run "terraform untaint" on the resource and plan again.',
        ]
      : skipped === 'deposed'
        ? [
            'it is a deposed object, for which Terraform skips the destroy-time provisioner',
            'Run "zec-nic delete" after the apply.',
          ]
        : [
            'its block and the destroy-time provisioner are no longer in the configuration',
            'Keep the runner in the stack for this deploy: LocalExecRunner.of(stack).',
          ];
  const stays = error('stays-attached', `The vNIC stays attached: ${why}.`, advice);
  return { ...change, risks: bySeverity(stays, unknownRisks(from.endpoints)) };
}

/** An attachment without operations of its own: unchanged, imported or forgotten, or re-attached by the convergence. */
function withoutOperation(attachment: PlannedAttachment, context: ReviewContext): Change {
  const { reconverge, previousAddress, cleared, forgotten, importing, recordOnly } = attachment;
  if (reconverge !== undefined && !context.isAttached(reconverge)) {
    const outcome = context.outcomeOf({ ...reconverge, attachment });
    return withRisk(operationChange(outcome, context), REATTACHED);
  }
  const endpoints = attachment.after ?? attachment.before;
  const view = endpoints && context.inventory?.viewOf(endpoints);
  if (cleared) {
    const change = baseChange('clear', { attachment, endpoints }, context);
    return { ...change, to: undefined, risks: bySeverity(stateRisks(attachment, context)) };
  }
  if (recordOnly && !(view?.owner === 'target' && view.nicStatus === 'USED')) {
    return withRisk(baseChange('keep', { attachment, endpoints }, context), NOT_ATTACHED);
  }
  const was = `Its previous resource address was ${display(previousAddress, 400) ?? ''}.`;
  return {
    ...baseChange(forgotten ? 'forget' : importing ? 'adopt' : 'keep', { attachment, endpoints }, context),
    risks: bySeverity(
      importing ? view && primaryRisk(view) : undefined,
      stateRisks(attachment, context),
      previousAddress === undefined ? undefined : note('address-changes', was),
      forgotten ? undefined : view && liveDriftRisk(view),
    ),
  };
}

/** A change that Terraform defers to a later plan. */
function deferredChange(attachment: PlannedAttachment, context: ReviewContext): Change {
  const { detach: from, attach: to, deferred } = attachment;
  const kind = from && to ? 'replace' : from ? 'detach' : to ? 'attach' : 'keep';
  const endpoints = attachment.after ?? attachment.before;
  const change = baseChange(kind, { attachment, endpoints }, context);
  const text = `Terraform defers this change to a later plan (${display(deferred, 100) ?? 'unknown'}). Review that plan separately.`;
  return {
    ...change,
    from: kind === 'attach' ? undefined : change.from,
    to: kind === 'detach' ? undefined : change.to,
    risks: [note('deferred', text)],
  };
}

/** A change without steps and risks, from which the other changes are derived. */
function baseChange(
  kind: ChangeKind,
  {
    attachment,
    endpoints = UNKNOWN,
  }: { readonly attachment: PlannedAttachment; readonly endpoints: Endpoints | undefined },
  { inventory }: ReviewContext,
): Change {
  const { nic, instance } = endpoints;
  const at = instanceView(instance, inventory);
  return {
    kind,
    nic: nicView(nic, inventory),
    from: at,
    to: at,
    runner: attachment.runner,
    addresses: addressesOf([attachment]),
    steps: [],
    risks: [],
  };
}

function withRisk(change: Change, risk: Risk): Change {
  return { ...change, risks: bySeverity(change.risks, risk) };
}

const UNKNOWN: Endpoints = {
  nic: { id: undefined, why: 'after-apply' },
  instance: { id: undefined, why: 'after-apply' },
};

const REATTACHED = note(
  'drifted',
  'The resource does not change, but the convergence attaches the vNIC: it drifted, or an earlier apply did not complete.',
);

const NOT_ATTACHED = warning(
  'plan-incomplete',
  'The plan adds the attachment to the state, but does not attach the vNIC, because it was limited to targets.',
  'Plan without -target.',
);

function attachedTwice(attaches: readonly PredictedOutcome[]): Risk {
  const where = attaches.map(({ address }) => display(address, 200) ?? '').join(' and ');
  return error(
    'attached-twice',
    `The plan attaches the vNIC more than once: ${where}.`,
    'A vNIC has at most one attachment. Remove the other declaration.',
  );
}

function addressesOf(all: readonly Pick<PlannedAttachment, 'address'>[]): readonly string[] {
  return [...new Set(all.map(({ address }) => display(address, 1000) ?? ''))];
}

function stepsOf(all: readonly PredictedOutcome[], { order }: ReviewContext): Change['steps'] {
  return all.map((each) => ({ order: order.of(each), goal: each.goal })).sort((a, b) => a.order - b.order);
}

function byStep(a: Change, b: Change): number {
  return firstStep(a) - firstStep(b) || byKind(a, b) || compare(a.addresses[0] ?? '', b.addresses[0] ?? '');
}

function firstStep({ steps, kind }: Change): number {
  return steps[0]?.order ?? (kind === 'keep' ? Number.MAX_SAFE_INTEGER : Number.MAX_SAFE_INTEGER - 1);
}
