import { compare } from '../terraform';
import type { Ends, Plan, PlannedAttachment } from '../terraform';
import type { Effect, Effects } from './effects';
import { group, isAttached, isSamePair } from './grouping';
import type { NicGroup, Planned } from './grouping';
import type { Limits } from './limits';
import type { Look } from './look';
import { KINDS, LEVELS } from './model';
import type { Change, Kind, Risk } from './model';
import type { Order } from './order';
import { orderRisks } from './order-risks';
import { addressRisks, note, policyRisks, regionRisks, untoldRisks } from './risks';
import { shown, shownInstance, shownNic } from './shown';

export interface Facts {
  readonly plan: Plan;
  readonly look: Look | undefined;
  readonly order: Order;
  readonly effects: Effects;
  readonly limits: Limits;
}

/** The changes of a plan, in the order in which they happen; what is kept comes last. */
export function changesOf(facts: Facts): readonly Change[] {
  const { byNic, untold, quiet, deferred } = group(facts.plan);
  return [
    ...[...byNic.values()].flatMap((each) => ofNic(each, facts)),
    ...untold.map((each) => (each.operation.goal === 'attach' ? attach(each, facts) : detach(each, facts))),
    ...quiet.map((each) => ofQuiet(each, facts)),
    ...deferred.map((each) => ofDeferred(each, facts)),
  ].sort(byTime);
}

function ofNic({ detaches, attaches, skipped }: NicGroup, facts: Facts): readonly Change[] {
  const cleared = detaches.filter((each) => isDone(facts.effects.ofDetach(each.operation)));
  const effective = detaches.filter((each) => !cleared.includes(each));
  const [first, ...more] = attaches;
  if (first === undefined) {
    return [
      ...detaches.map((each) => detach(each, facts)),
      ...skipped.map((each) => leftBehind(each, facts)),
    ];
  }
  if (more.length > 0) {
    return [
      ...attaches.map((each) => attach(each, facts, { risks: [attachedTwice(attaches)] })),
      ...detaches.map((each) => detach(each, facts)),
      ...skipped.map((each) => leftBehind(each, facts)),
    ];
  }
  const [from, ...others] = effective;
  return [
    attach(first, facts, { from, past: [...cleared, ...skipped] }),
    ...others.map((each) => detach(each, facts)),
  ];
}

function attach(
  to: Planned,
  facts: Facts,
  more: {
    readonly from?: Planned | undefined;
    /** What goes off record without a change in the cloud. */
    readonly past?: readonly Planned[];
    readonly risks?: readonly Risk[];
  } = {},
): Change {
  const { effects, look } = facts;
  const { from, past = [] } = more;
  const effect = effects.ofAttach(to.operation);
  const { ends } = to.operation;
  const nic = shownNic(ends.nic, look);
  const target = shownInstance(ends.instance, look);
  // Where nobody asked the API: what another block had on record is there.
  const stayed = past.some((each) => isSamePair(each.operation, to.operation));
  const adopts = isDone(effect) || (look === undefined && stayed);
  const kind: Kind =
    from === undefined
      ? adopts
        ? 'adopt'
        : 'attach'
      : isSamePair(from.operation, to.operation)
        ? 'replace'
        : 'move';
  const addresses = kind === 'move' ? 'another' : 'the same';
  const ordering = from === undefined ? [] : orderRisks(from, to, facts.order);
  // That the plan's own old instance still holds it is the same, told worse.
  const createdFirst = ordering.some(({ code }) => code === 'created-first');
  return {
    kind,
    nic,
    from:
      from === undefined ? (adopts ? target : undefined) : shownInstance(from.operation.ends.instance, look),
    to: target,
    runner: to.record.runner,
    addresses: addressesOf([to, ...(from === undefined ? [] : [from]), ...past]),
    steps: stepsOf([...(from === undefined ? [] : [from]), to], facts),
    risks: sorted([
      ...(from === undefined ? [] : policyRisks(effects.ofDetach(from.operation))),
      ...policyRisks(effect).filter(({ code }) => !createdFirst || code !== 'nic-held'),
      ...untoldRisks(ends),
      ...regionRisks(ends, look),
      ...facts.limits.risksOf(effect),
      ...ordering,
      ...(from === undefined ? [] : addressRisks(nic, addresses)),
      ...driftRisks(to.record, facts),
      ...(to.operation === to.record.reconverge ? [REATTACHED] : []),
      ...(more.risks ?? []),
    ]),
  };
}

function detach(from: Planned, facts: Facts): Change {
  const effect = facts.effects.ofDetach(from.operation);
  const nic = shownNic(from.operation.ends.nic, facts.look);
  const done = isDone(effect);
  return {
    kind: done ? 'clear' : 'detach',
    nic,
    from: shownInstance(from.operation.ends.instance, facts.look),
    to: undefined,
    runner: from.record.runner,
    addresses: addressesOf([from]),
    steps: stepsOf([from], facts),
    risks: sorted([
      ...policyRisks(effect),
      ...untoldRisks(from.operation.ends),
      ...(done ? [] : addressRisks(nic, 'nowhere')),
      ...driftRisks(from.record, facts),
    ]),
  };
}

/** A removal that runs nothing: what is attached stays so, and nothing is left that would ever detach it. */
function leftBehind(from: Planned, facts: Facts): Change {
  const { ends, skipped } = from.operation;
  const done = isDone(facts.effects.ofDetach(from.operation));
  const instance = shownInstance(ends.instance, facts.look);
  const stays: Risk = {
    level: 'error',
    code: 'stays-attached',
    text:
      skipped === 'tainted'
        ? 'The vNIC stays attached: its resource is tainted, and Terraform skips the provisioner that detaches.'
        : 'The vNIC stays attached: the block that detaches is gone from the stack, and its provisioner with it.',
    advice:
      skipped === 'tainted'
        ? `Run "terraform untaint" on it and plan again.`
        : 'Keep the runner in the stack for this deploy: LocalExecRunner.of(stack).',
  };
  return {
    kind: done ? 'clear' : 'forget',
    nic: shownNic(ends.nic, facts.look),
    from: instance,
    to: done ? undefined : instance,
    runner: from.record.runner,
    addresses: addressesOf([from]),
    steps: [],
    risks: done ? [] : [stays],
  };
}

function ofQuiet(record: PlannedAttachment, facts: Facts): Change {
  const { reconverge: operation } = record;
  if (operation !== undefined && !isAttached(operation, facts.look))
    return attach({ record, operation }, facts);
  const ends = record.after ?? record.before;
  const kind: Kind = record.forgotten ? 'forget' : record.importing ? 'adopt' : 'keep';
  return { ...plain(record, ends, kind, facts), risks: sorted(quietRisks(record, ends, facts)) };
}

function quietRisks(record: PlannedAttachment, ends: Ends | undefined, facts: Facts): readonly Risk[] {
  const risks: Risk[] = [...driftRisks(record, facts)];
  if (record.previousAddress !== undefined) {
    risks.push(
      note('address-changes', `Its address in Terraform was ${shown(record.previousAddress, 400) ?? ''}.`),
    );
  }
  if (record.forgotten || ends?.nic.known !== true || !ends.instance.known) return risks;
  const view = facts.look?.viewOf({ nicId: ends.nic.id, instanceId: ends.instance.id });
  if (view === undefined || (view.owner === 'target' && view.nicStatus === 'USED')) return risks;
  const holder = view.ownerId === undefined ? 'no instance' : `instance ${view.ownerId}`;
  const now =
    view.nicStatus === undefined
      ? `vNIC ${ends.nic.id} does not exist`
      : view.owner === 'target'
        ? `vNIC ${ends.nic.id} is ${view.nicStatus}`
        : `vNIC ${ends.nic.id} is ${view.nicStatus}, and ${holder} holds it`;
  risks.push(
    note('drifted', `The plan keeps it, but ${now}.`, 'Run "zec-nic drift" for the command that repairs it.'),
  );
  return risks;
}

function ofDeferred(record: PlannedAttachment, facts: Facts): Change {
  const { detach: from, attach: to } = record;
  const kind: Kind =
    to === undefined ? (from === undefined ? 'keep' : 'detach') : from === undefined ? 'attach' : 'replace';
  const why = shown(record.deferred, 100) ?? 'unknown';
  const risk = note(
    'deferred',
    `Terraform puts it off to a later plan (${why}), which needs a review of its own.`,
  );
  return { ...plain(record, record.after ?? record.before, kind, facts), risks: [risk] };
}

function plain(
  record: PlannedAttachment,
  ends: Ends | undefined,
  kind: Kind,
  { look }: Facts,
): Omit<Change, 'risks'> {
  const { nic, instance } = ends ?? UNKNOWN;
  const end = shownInstance(instance, look);
  return {
    kind,
    nic: shownNic(nic, look),
    from: kind === 'attach' ? undefined : end,
    to: kind === 'detach' ? undefined : end,
    runner: record.runner,
    addresses: [shown(record.address, 1000) ?? ''],
    steps: [],
  };
}

const UNKNOWN: Ends = {
  nic: { known: false, why: 'after-apply' },
  instance: { known: false, why: 'after-apply' },
};

const REATTACHED = note(
  'drifted',
  'The plan keeps its record, and the convergence attaches it: it drifted, or an earlier apply did not complete.',
);

function attachedTwice(attaches: readonly Planned[]): Risk {
  const where = attaches.map(({ record }) => shown(record.address, 200) ?? '').join(' and ');
  return {
    level: 'error',
    code: 'attached-twice',
    text: `The plan attaches it more than once: ${where}.`,
    advice: 'A vNIC has at most one attachment. Remove the other declaration.',
  };
}

function driftRisks({ address }: PlannedAttachment, { plan }: Facts): readonly Risk[] {
  return plan.drift
    .filter((each) => each.address === address)
    .map(({ after }) =>
      note(
        'drifted',
        after === undefined
          ? 'Terraform found the attachment gone since the last apply.'
          : 'Terraform found it changed since the last apply.',
      ),
    );
}

function addressesOf(all: readonly Planned[]): readonly string[] {
  return [...new Set(all.map(({ record }) => shown(record.address, 1000) ?? ''))];
}

function stepsOf(all: readonly Planned[], { order }: Facts): Change['steps'] {
  return all
    .map(({ operation }) => ({ order: order.of(operation), goal: operation.goal }))
    .sort((a, b) => a.order - b.order);
}

function isDone({ decision }: Effect): boolean {
  return decision?.kind === 'done';
}

function sorted(risks: readonly Risk[]): readonly Risk[] {
  return [...risks].sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
}

function byTime(a: Change, b: Change): number {
  return (
    at(a) - at(b) ||
    KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
    compare(a.nic.label, b.nic.label) ||
    compare(a.addresses[0] ?? '', b.addresses[0] ?? '')
  );
}

function at({ steps, kind }: Change): number {
  return steps[0]?.order ?? (kind === 'keep' ? Number.MAX_SAFE_INTEGER : Number.MAX_SAFE_INTEGER - 1);
}
