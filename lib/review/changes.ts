import { PROVIDER } from '../contract';
import { compare, withoutKeys } from '../terraform';
import type { Endpoints, PlannedAttachment } from '../terraform';
import { display, instanceView, nicView, targetOf } from './inventory';
import { KINDS, LEVELS } from './model';
import type { Change, Kind, Risk } from './model';
import { group, isAttached, isSameInstance } from './operations';
import type { Planned } from './operations';
import { isDone } from './outcomes';
import type { Facts } from './outcomes';
import {
  addressRisks,
  error,
  limitRisks,
  note,
  orderRisks,
  policyRisks,
  regionRisks,
  unknownRisks,
} from './risks';

/** The changes of a plan, in the order in which they happen; what is kept comes last. */
export function changesOf(facts: Facts): readonly Change[] {
  const { byNic, unknownNic, quiet, deferred } = group(facts.plan);
  return [
    ...[...byNic.values()].flatMap((each) => changesOfNic(each, facts)),
    ...unknownNic.map((each) =>
      each.operation.goal === 'attach' ? attach(each, facts) : detach(each, facts),
    ),
    ...quiet.map((each) => withoutRun(each, facts)),
    ...deferred.map((each) => putOff(each, facts)),
  ]
    .map((each) => ({ ...each, risks: [...each.risks].sort(byLevel) }))
    .sort(byTime);
}

/** A detach and the attach of the same vNIC are one change: a move, or a replacement. */
function changesOfNic(all: readonly Planned[], facts: Facts): readonly Change[] {
  const attaches = all.filter(({ operation }) => operation.goal === 'attach');
  const skipped = all.filter(({ operation }) => operation.skipped !== undefined);
  const detaches = all.filter((each) => !attaches.includes(each) && !skipped.includes(each));
  const [to, ...more] = attaches;
  if (to === undefined || more.length > 0) {
    return [
      ...attaches.map((each) => attach(each, facts, { risks: [attachedTwice(attaches)] })),
      ...detaches.map((each) => detach(each, facts)),
      ...skipped.map((each) => leftBehind(each, facts)),
    ];
  }
  const done = detaches.filter(({ operation }) => isDone(facts.outcomes.of(operation)));
  const [from, ...others] = detaches.filter((each) => !done.includes(each));
  return [
    attach(to, facts, { from, past: [...done, ...skipped] }),
    ...others.map((each) => detach(each, facts)),
  ];
}

function attach(
  to: Planned,
  facts: Facts,
  more: {
    /** What detaches the vNIC before. */
    readonly from?: Planned | undefined;
    /** What goes off record without a change in the cloud. */
    readonly past?: readonly Planned[];
    readonly risks?: readonly Risk[];
  } = {},
): Change {
  const { inventory, order, outcomes } = facts;
  const { from, past = [], risks = [] } = more;
  const { endpoints } = to.operation;
  const outcome = outcomes.of(to.operation);
  const nic = nicView(endpoints.nic, inventory);
  const target = instanceView(endpoints.instance, inventory);
  const common = {
    nic,
    to: target,
    runner: to.record.runner,
    addresses: addressesOf([to, ...(from === undefined ? [] : [from]), ...past]),
    steps: stepsOf(from === undefined ? [to] : [from, to], facts),
  };
  const ofAttach = [
    ...unknownRisks(endpoints),
    ...regionRisks(endpoints, inventory),
    ...limitRisks(outcome, facts),
  ];
  const ofRecord = [
    ...driftRisks(to.record, facts),
    ...takeoverRisks(to.record),
    ...(to.operation === to.record.reconverge ? [REATTACHED] : []),
    ...risks,
  ];
  if (from === undefined) {
    // Where nobody asked the API: what another block had on record is there.
    const stayed = past.some((each) => isSameInstance(each.operation, to.operation));
    const adopts = isDone(outcome) || (inventory === undefined && stayed);
    return {
      ...common,
      kind: adopts ? 'adopt' : 'attach',
      from: adopts ? target : undefined,
      risks: [...policyRisks(outcome), ...ofAttach, ...ofRecord],
    };
  }
  const same = isSameInstance(from.operation, to.operation);
  const ordering = orderRisks(from, to, order);
  // That the plan's own old instance still holds it is the same, told worse.
  const createdFirst = ordering.some(({ code }) => code === 'created-first');
  return {
    ...common,
    kind: same ? 'replace' : 'move',
    from: instanceView(from.operation.endpoints.instance, inventory),
    risks: [
      ...policyRisks(outcomes.of(from.operation)),
      ...policyRisks(outcome).filter(({ code }) => !createdFirst || code !== 'nic-held'),
      ...ofAttach,
      ...ordering,
      ...addressRisks(nic, same ? 'the same' : 'another'),
      ...ofRecord,
    ],
  };
}

function detach(from: Planned, facts: Facts): Change {
  const { endpoints } = from.operation;
  const outcome = facts.outcomes.of(from.operation);
  const done = isDone(outcome);
  const nic = nicView(endpoints.nic, facts.inventory);
  return {
    kind: done ? 'clear' : 'detach',
    nic,
    from: instanceView(endpoints.instance, facts.inventory),
    to: undefined,
    runner: from.record.runner,
    addresses: addressesOf([from]),
    steps: stepsOf([from], facts),
    risks: [
      ...policyRisks(outcome),
      ...unknownRisks(endpoints),
      ...(done ? [] : addressRisks(nic, 'nowhere')),
      ...driftRisks(from.record, facts),
    ],
  };
}

/** A removal that runs nothing: what is attached stays so, and nothing is left that would ever detach it. */
function leftBehind({ record, operation }: Planned, facts: Facts): Change {
  const { endpoints, skipped } = operation;
  if (isDone(facts.outcomes.of(operation))) {
    return { ...unchanged(record, endpoints, 'clear', facts), to: undefined, risks: [] };
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
  return {
    ...unchanged(record, endpoints, 'forget', facts),
    risks: [error('stays-attached', `The vNIC stays attached: ${why}.`, advice)],
  };
}

/** What is kept, imported or forgotten; or what a convergence attaches again. */
function withoutRun(record: PlannedAttachment, facts: Facts): Change {
  const { reconverge: operation } = record;
  if (operation !== undefined && !isAttached(operation, facts.inventory)) {
    return attach({ record, operation }, facts);
  }
  const endpoints = record.after ?? record.before;
  const kind: Kind = record.forgotten ? 'forget' : record.importing ? 'adopt' : 'keep';
  const { previousAddress } = record;
  const was = `Its address in Terraform was ${display(previousAddress, 400) ?? ''}.`;
  return {
    ...unchanged(record, endpoints, kind, facts),
    risks: [
      ...driftRisks(record, facts),
      ...(previousAddress === undefined ? [] : [note('address-changes', was)]),
      ...(record.forgotten ? [] : keptRisks(endpoints, facts)),
    ],
  };
}

/** What the API shows of a kept attachment that is not as on record. */
function keptRisks(endpoints: Endpoints | undefined, { inventory }: Facts): readonly Risk[] {
  const target = endpoints && targetOf(endpoints);
  const view = target && inventory?.viewOf(target);
  if (view === undefined || (view.owner === 'target' && view.nicStatus === 'USED')) return [];
  const holder = view.ownerId === undefined ? 'no instance' : `instance ${view.ownerId}`;
  const now =
    view.nicStatus === undefined
      ? 'does not exist'
      : `is ${view.nicStatus}${view.owner === 'target' ? '' : `, and ${holder} holds it`}`;
  return [
    note(
      'drifted',
      `The plan keeps it, but vNIC ${view.target.nicId} ${now}.`,
      'Run "zec-nic drift" for the command that repairs it.',
    ),
  ];
}

/** What Terraform puts off to a later plan. */
function putOff(record: PlannedAttachment, facts: Facts): Change {
  const { detach: from, attach: to } = record;
  const kind: Kind =
    to === undefined ? (from === undefined ? 'keep' : 'detach') : from === undefined ? 'attach' : 'replace';
  const why = display(record.deferred, 100) ?? 'unknown';
  const change = unchanged(record, record.after ?? record.before, kind, facts);
  return {
    ...change,
    from: kind === 'attach' ? undefined : change.from,
    to: kind === 'detach' ? undefined : change.to,
    risks: [
      note('deferred', `Terraform puts it off to a later plan (${why}), which needs a review of its own.`),
    ],
  };
}

/** An attachment for which nothing runs. */
function unchanged(
  record: PlannedAttachment,
  { nic, instance }: Endpoints = UNKNOWN,
  kind: Kind,
  { inventory }: Facts,
): Omit<Change, 'risks'> {
  const at = instanceView(instance, inventory);
  return {
    kind,
    nic: nicView(nic, inventory),
    from: at,
    to: at,
    runner: record.runner,
    addresses: [display(record.address, 1000) ?? ''],
    steps: [],
  };
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

function driftRisks({ address }: PlannedAttachment, { plan }: Facts): readonly Risk[] {
  return plan.drift
    .filter((each) => each.address === address)
    .map(({ gone }) =>
      note(
        'drifted',
        gone
          ? 'Terraform found the attachment gone since the last apply.'
          : 'Terraform found it changed since the last apply.',
      ),
    );
}

/** A tainted attachment of the vendor's provider, or of a carrier, that is moved to the embedded provider. */
function takeoverRisks({
  previousAddress: source,
  tainted,
  detach: from,
}: PlannedAttachment): readonly Risk[] {
  if (!tainted || source === undefined || from === undefined) return [];
  if (withoutKeys(source).split('.').at(-2) === PROVIDER.nicAttachment) return [];
  return [
    note(
      'tainted-source',
      `It is replaced, and not taken over as it is: ${display(source, 400) ?? ''} is tainted.`,
      'To take it over without a change in the cloud, run "terraform untaint" on that address and plan again.',
    ),
  ];
}

function addressesOf(all: readonly Planned[]): readonly string[] {
  return [...new Set(all.map(({ record }) => display(record.address, 1000) ?? ''))];
}

function stepsOf(all: readonly Planned[], { order }: Facts): Change['steps'] {
  return all
    .map(({ operation }) => ({ order: order.of(operation), goal: operation.goal }))
    .sort((a, b) => a.order - b.order);
}

function byLevel(a: Risk, b: Risk): number {
  return LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level);
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
