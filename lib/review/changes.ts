import { compare } from '../terraform';
import type { Endpoints, PlannedAttachment } from '../terraform';
import { display, instanceView, nicView } from './inventory';
import { KINDS } from './model';
import type { Change, Kind, Risk } from './model';
import { groupedByNic, isAttached, isSameInstance, plannedOperations } from './operations';
import type { Planned } from './operations';
import { isDone } from './outcomes';
import type { Facts } from './outcomes';
import {
  addressRisks,
  attachRisks,
  error,
  keptRisk,
  note,
  orderRisk,
  policyRisk,
  ranked,
  recordRisks,
  unknownRisks,
} from './risks';

/** The changes of a plan, in the order in which they happen; what is kept comes last. */
export function changesOf(facts: Facts): readonly Change[] {
  const { attachments } = facts.plan;
  return [
    ...groupedByNic(plannedOperations(facts.plan)).flatMap((each) => changesOfNic(each, facts)),
    ...attachments.flatMap((each) => {
      if (each.deferred !== undefined) return putOff(each, facts);
      return each.detach === undefined && each.attach === undefined ? withoutRun(each, facts) : [];
    }),
  ].sort(byTime);
}

/** A detach and the attach of the same vNIC are one change: a move, or a replacement. */
function changesOfNic(all: readonly Planned[], facts: Facts): readonly Change[] {
  const attaches = all.filter(({ operation }) => operation.goal === 'attach');
  const skipped = all.filter(({ operation }) => operation.skipped !== undefined);
  const detaches = all.filter((each) => !attaches.includes(each) && !skipped.includes(each));
  const [to, ...more] = attaches;
  if (to === undefined || more.length > 0) {
    return [
      ...attaches.map((each) => withRisk(attach(each, facts), attachedTwice(attaches))),
      ...detaches.map((each) => detach(each, facts)),
      ...skipped.map((each) => leftBehind(each, facts)),
    ];
  }
  const done = detaches.filter(({ operation }) => isDone(facts.outcomes.of(operation)));
  const [from, ...others] = detaches.filter((each) => !done.includes(each));
  const past = [...done, ...skipped];
  return [
    from === undefined ? attach(to, facts, past) : reattach(from, to, facts, past),
    ...others.map((each) => detach(each, facts)),
  ];
}

/** @param past what goes off record without a change in the cloud */
function attach(to: Planned, facts: Facts, past: readonly Planned[] = []): Change {
  const outcome = facts.outcomes.of(to.operation);
  // Where nobody asked the API: what another block had on record is there.
  const stayed =
    facts.inventory === undefined && past.some((each) => isSameInstance(each.operation, to.operation));
  const adopts = isDone(outcome) || stayed;
  const change = unchanged(adopts ? 'adopt' : 'attach', to.record, to.operation.endpoints, facts);
  return {
    ...change,
    from: adopts ? change.to : undefined,
    addresses: addressesOf([to, ...past]),
    steps: stepsOf([to], facts),
    risks: ranked(policyRisk(outcome), attachRisks(outcome, facts), recordRisks(to.record, facts)),
  };
}

function reattach(from: Planned, to: Planned, facts: Facts, past: readonly Planned[]): Change {
  const { inventory, order, outcomes } = facts;
  const outcome = outcomes.of(to.operation);
  const same = isSameInstance(from.operation, to.operation);
  const change = unchanged(same ? 'replace' : 'move', to.record, to.operation.endpoints, facts);
  const [policy, ordering] = [policyRisk(outcome), orderRisk(from, to, order)];
  // That the plan's own old instance still holds it is the same, told worse.
  const toldTwice = ordering?.code === 'created-first' && policy?.code === 'nic-held';
  return {
    ...change,
    from: instanceView(from.operation.endpoints.instance, inventory),
    addresses: addressesOf([to, from, ...past]),
    steps: stepsOf([from, to], facts),
    risks: ranked(
      policyRisk(outcomes.of(from.operation)),
      toldTwice ? undefined : policy,
      attachRisks(outcome, facts),
      ordering,
      addressRisks(change.nic, same ? 'the same' : 'another'),
      recordRisks(to.record, facts),
    ),
  };
}

function detach(from: Planned, facts: Facts): Change {
  const { endpoints } = from.operation;
  const outcome = facts.outcomes.of(from.operation);
  const done = isDone(outcome);
  const change = unchanged(done ? 'clear' : 'detach', from.record, endpoints, facts);
  return {
    ...change,
    to: undefined,
    steps: stepsOf([from], facts),
    risks: ranked(
      policyRisk(outcome),
      unknownRisks(endpoints),
      done ? undefined : addressRisks(change.nic, 'nowhere'),
      recordRisks(from.record, facts),
    ),
  };
}

/** A removal that runs nothing: what is attached stays so, and nothing is left that would ever detach it. */
function leftBehind({ record, operation }: Planned, facts: Facts): Change {
  const { endpoints, skipped } = operation;
  if (isDone(facts.outcomes.of(operation))) {
    return { ...unchanged('clear', record, endpoints, facts), to: undefined };
  }
  const [why, advice] =
    skipped === 'tainted'
      ? [
          'its resource is tainted, and Terraform skips the provisioner that detaches',
          'Run "terraform untaint" on it and plan again.',
        ]
      : [
          'the block that detaches is gone from the stack, and its provisioner with it',
          'Keep the runner in the stack for this deploy: LocalExecRunner.of(stack).',
        ];
  const stays = error('stays-attached', `The vNIC stays attached: ${why}.`, advice);
  const risks = ranked(stays, unknownRisks(endpoints));
  return { ...unchanged('forget', record, endpoints, facts), risks };
}

/** What is kept, imported or forgotten; or what a convergence attaches again. */
function withoutRun(record: PlannedAttachment, facts: Facts): Change {
  const { reconverge: operation, previousAddress, forgotten, importing } = record;
  if (operation !== undefined && !isAttached(operation, facts.inventory)) {
    return withRisk(attach({ record, operation }, facts), REATTACHED);
  }
  const endpoints = record.after ?? record.before;
  const was = `Its address in Terraform was ${display(previousAddress, 400) ?? ''}.`;
  return {
    ...unchanged(forgotten ? 'forget' : importing ? 'adopt' : 'keep', record, endpoints, facts),
    risks: ranked(
      recordRisks(record, facts),
      previousAddress === undefined ? undefined : note('address-changes', was),
      forgotten ? undefined : keptRisk(endpoints, facts),
    ),
  };
}

/** What Terraform puts off to a later plan. */
function putOff(record: PlannedAttachment, facts: Facts): Change {
  const { detach: from, attach: to } = record;
  const kind =
    to === undefined ? (from === undefined ? 'keep' : 'detach') : from === undefined ? 'attach' : 'replace';
  const change = unchanged(kind, record, record.after ?? record.before, facts);
  const why = display(record.deferred, 100) ?? 'unknown';
  return {
    ...change,
    from: kind === 'attach' ? undefined : change.from,
    to: kind === 'detach' ? undefined : change.to,
    risks: [
      note('deferred', `Terraform puts it off to a later plan (${why}), which needs a review of its own.`),
    ],
  };
}

/** An attachment for which nothing runs. All other changes are told by what is different. */
function unchanged(
  kind: Kind,
  record: PlannedAttachment,
  endpoints: Endpoints | undefined,
  { inventory }: Facts,
): Change {
  const { nic, instance } = endpoints ?? UNKNOWN;
  const at = instanceView(instance, inventory);
  return {
    kind,
    nic: nicView(nic, inventory),
    from: at,
    to: at,
    runner: record.runner,
    addresses: addressesOf([{ record }]),
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
  'The plan keeps its record, and the convergence attaches it: it drifted, or an earlier apply did not complete.',
);

function attachedTwice(attaches: readonly Planned[]): Risk {
  const where = attaches.map(({ record }) => display(record.address, 200) ?? '').join(' and ');
  return error(
    'attached-twice',
    `The plan attaches it more than once: ${where}.`,
    'A vNIC has at most one attachment. Remove the other declaration.',
  );
}

function addressesOf(all: readonly Pick<Planned, 'record'>[]): readonly string[] {
  return [...new Set(all.map(({ record }) => display(record.address, 1000) ?? ''))];
}

function stepsOf(all: readonly Planned[], { order }: Facts): Change['steps'] {
  return all
    .map(({ operation }) => ({ order: order.of(operation), goal: operation.goal }))
    .sort((a, b) => a.order - b.order);
}

function byTime(a: Change, b: Change): number {
  return (
    timeOf(a) - timeOf(b) ||
    KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
    compare(a.nic.label, b.nic.label) ||
    compare(a.addresses[0] ?? '', b.addresses[0] ?? '')
  );
}

function timeOf({ steps, kind }: Change): number {
  return steps[0]?.order ?? (kind === 'keep' ? Number.MAX_SAFE_INTEGER : Number.MAX_SAFE_INTEGER - 1);
}
