import { decide, NO_ATTEMPTS, dependsOnNicOnly } from '../../lib/handler/decide';
import type { Goal } from '../../lib/handler/decide';
import type { Owner, View } from '../../lib/handler/view';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';

const target = { nicId: parseNicId('nic-1'), instanceId: parseInstanceId('ins-1') };
const other = parseInstanceId('ins-2');

type DecisionKind = 'act' | 'wait' | 'done' | 'fail';

const nicStatuses = [
  'missing',
  'PENDING',
  'AVAILABLE',
  'ATTACHING',
  'USED',
  'DETACHING',
  'DELETING',
  'CREATE_FAILED',
  'SUSPENDED_BY_A_NEWER_API',
];
const instanceStatuses = [
  'missing',
  ...['DEPLOYING', 'REBUILDING', 'REBOOT', 'RUNNING', 'STOPPED', 'BOOTING', 'RELEASING', 'STOPPING'],
  ...[
    'STARTING',
    'RECYCLED',
    'RECYCLE',
    'RECYCLING',
    'CREATE_FAILED',
    'IMAGING',
    'RESIZING',
    'PENDING',
    'REINSTALL_FAILED',
  ],
  'HIBERNATED_BY_A_NEWER_API',
];
const owners: readonly Owner[] = ['none', 'target', 'other'];

interface Case {
  readonly nic: string;
  readonly owner: Owner;
  readonly instance: string;
  readonly listed: boolean;
  readonly primary: boolean;
}

// The decision table, written independently: the first row whose condition holds is the expected decision.
// `changing`: the target is in a transitional status.
const changing = [
  'DEPLOYING',
  'STARTING',
  'BOOTING',
  'REBOOT',
  'REBUILDING',
  'RESIZING',
  'IMAGING',
  'PENDING',
];
const unknownInstance = 'HIBERNATED_BY_A_NEWER_API';
const unknownNic = 'SUSPENDED_BY_A_NEWER_API';

type Row = readonly [when: (c: Case) => boolean, then: DecisionKind];

const attachTable: readonly Row[] = [
  [(c) => c.nic === 'missing', 'fail'],
  [(c) => c.primary, 'fail'],
  [(c) => c.nic === unknownNic, 'wait'],
  [(c) => c.nic === 'DELETING' || c.nic === 'CREATE_FAILED', 'fail'],
  [(c) => c.nic === 'USED' && c.owner === 'target' && c.listed, 'done'],
  [(c) => c.nic === 'USED' && c.owner === 'target', 'wait'],
  [(c) => c.nic === 'ATTACHING' && c.owner === 'target', 'wait'],
  [(c) => (c.nic === 'USED' || c.nic === 'ATTACHING') && c.owner === 'other', 'fail'],
  [(c) => c.nic === 'USED' || c.nic === 'ATTACHING', 'wait'],
  [(c) => c.nic === 'DETACHING' || c.nic === 'PENDING', 'wait'],
  [(c) => c.nic === 'AVAILABLE' && c.instance === 'RUNNING', 'act'],
  [(c) => c.nic === 'AVAILABLE' && changing.includes(c.instance), 'wait'],
  [(c) => c.nic === 'AVAILABLE' && c.instance === unknownInstance, 'wait'],
  [(c) => c.nic === 'AVAILABLE', 'fail'],
];

const detachTable: readonly Row[] = [
  [(c) => c.nic === 'missing', 'done'],
  [(c) => c.nic === unknownNic, 'wait'],
  [(c) => c.owner === 'other', 'done'],
  [(c) => (c.nic === 'AVAILABLE' || c.nic === 'CREATE_FAILED') && !c.listed, 'done'],
  [(c) => c.nic === 'AVAILABLE' || c.nic === 'CREATE_FAILED', 'wait'],
  [(c) => ['ATTACHING', 'DETACHING', 'DELETING', 'PENDING'].includes(c.nic), 'wait'],
  [(c) => c.nic === 'USED' && c.owner === 'none', 'wait'],
  [(c) => c.primary, 'fail'],
  [(c) => c.instance === 'RUNNING', 'act'],
  [(c) => changing.includes(c.instance) || c.instance === 'STOPPING', 'wait'],
  [(c) => ['RELEASING', 'RECYCLING', 'missing', unknownInstance].includes(c.instance), 'wait'],
  [
    (c) => ['STOPPED', 'RECYCLE', 'RECYCLED', 'CREATE_FAILED', 'REINSTALL_FAILED'].includes(c.instance),
    'fail',
  ],
];

const cases: Case[] = nicStatuses.flatMap((nic) =>
  owners.flatMap((owner) =>
    instanceStatuses.flatMap((instance) =>
      [true, false].flatMap((listed) =>
        [true, false].map((primary) => ({ nic, owner, instance, listed, primary })),
      ),
    ),
  ),
);

function viewFor({ nic, owner, instance, listed, primary }: Case): View {
  return {
    target,
    nicStatus: nic === 'missing' ? undefined : nic,
    primary,
    owner,
    ownerId: owner === 'none' ? undefined : owner === 'target' ? target.instanceId : other,
    instanceStatus: instance === 'missing' ? undefined : instance,
    listed,
  };
}

function expected(table: readonly Row[], c: Case): DecisionKind {
  const row = table.find(([when]) => when(c));
  if (row === undefined) throw new Error(`the test's table has no row for ${JSON.stringify(c)}`);
  return row[1];
}

describe.each<[Goal, readonly Row[]]>([
  ['attach', attachTable],
  ['detach', detachTable],
])('to %s', (goal, table) => {
  test('every combination has the decision of the table', () => {
    const wrong = cases.filter((c) => decide(goal, viewFor(c), NO_ATTEMPTS).kind !== expected(table, c));
    expect(wrong).toEqual([]);
    expect(cases).toHaveLength(9 * 3 * 19 * 2 * 2);
  });

  test('every row of the table is reached by some combination', () => {
    const reached = new Set(cases.map((c) => table.findIndex(([when]) => when(c))));
    expect([...reached].sort((a, b) => a - b)).toEqual(table.map((_, index) => index));
  });

  test('a failure names the vNIC or instance and says what to do', () => {
    for (const c of cases) {
      const decision = decide(goal, viewFor(c), NO_ATTEMPTS);
      if (decision.kind !== 'fail') continue;
      expect(decision.summary).toMatch(/nic-1|ins-1/);
      expect(decision.advice.length).toBeGreaterThan(10);
    }
  });

  test('only an unknown status causes a warning', () => {
    for (const c of cases) {
      const decision = decide(goal, viewFor(c), NO_ATTEMPTS);
      const warned = decision.kind === 'wait' && decision.warning !== undefined;
      expect(warned && c.nic !== unknownNic && c.instance !== unknownInstance).toBe(false);
      if (c.nic === unknownNic && decision.kind === 'wait') expect(decision.warning).toContain(unknownNic);
    }
  });
});

describe.each<Goal>(['attach', 'detach'])('to %s, from a read of the vNIC only', (goal) => {
  const instanceSides = (c: Case) =>
    instanceStatuses.flatMap((instance) =>
      [true, false].map((listed) => viewFor({ ...c, instance, listed })),
    );

  test('a decision to wait does not depend on the instance', () => {
    const waiting = cases.filter((c) => dependsOnNicOnly(decide(goal, viewFor(c), NO_ATTEMPTS)));
    expect(new Set(waiting.map(({ nic }) => nic))).toContain(goal === 'attach' ? 'ATTACHING' : 'DETACHING');
    const decided = (view: View) => JSON.stringify(decide(goal, view, NO_ATTEMPTS));
    const changed = waiting.filter((c) =>
      instanceSides(c).some((view) => decided(view) !== decided(viewFor(c))),
    );
    expect(changed).toEqual([]);
  });

  test('by default only a decision to wait is made without the instance', () => {
    const settled = cases.filter(
      (c) =>
        decide(goal, viewFor(c), NO_ATTEMPTS).kind !== 'wait' &&
        instanceSides(c).some((view) => dependsOnNicOnly(decide(goal, view, NO_ATTEMPTS))),
    );
    expect(settled).toEqual([]);
  });
});

test('an attach is accepted once the vNIC is ATTACHING to or USED by the target, whatever the instance shows', () => {
  const onItsWay = (c: Case) =>
    (c.nic === 'ATTACHING' || c.nic === 'USED') && c.owner === 'target' && !c.primary;
  const wrong = cases.filter(
    (c) =>
      decide('attach', viewFor(c), NO_ATTEMPTS, 'accepted').kind !==
      (onItsWay(c) ? 'done' : expected(attachTable, c)),
  );
  expect(wrong).toEqual([]);
  expect(
    cases.filter(
      (c) => onItsWay(c) && !dependsOnNicOnly(decide('attach', viewFor(c), NO_ATTEMPTS, 'accepted')),
    ),
  ).toEqual([]);
});

describe('earlier requests of the operation', () => {
  const free: View = viewFor({
    nic: 'AVAILABLE',
    owner: 'none',
    instance: 'RUNNING',
    listed: false,
    primary: false,
  });

  test('a request whose effect may not be visible yet is waited for', () => {
    expect(decide('attach', free, { ...NO_ATTEMPTS, pending: 'the response' })).toEqual({
      kind: 'wait',
      nicOnly: true,
      reason: 'the response',
    });
  });

  test('an attach that falls back is sent at most three times', () => {
    expect(decide('attach', free, { ...NO_ATTEMPTS, refusals: 2 }).kind).toBe('act');
    const decision = decide('attach', free, { ...NO_ATTEMPTS, refusals: 3 });
    expect(decision).toMatchObject({ kind: 'fail', summary: expect.stringContaining('3 times') as string });
  });

  test('the third conflict with the same code fails with the API’s message', () => {
    const conflict = { text: 'INVALID_NIC_STATUS: busy', advice: undefined };
    expect(decide('attach', free, { ...NO_ATTEMPTS, conflict: { ...conflict, count: 2 } }).kind).toBe('act');
    expect(decide('attach', free, { ...NO_ATTEMPTS, conflict: { ...conflict, count: 3 } })).toMatchObject({
      kind: 'fail',
      summary: expect.stringContaining('INVALID_NIC_STATUS: busy') as string,
    });
  });

  test('never change a decision other than to act', () => {
    const worst = { pending: 'x', refusals: 9, conflict: { text: 't', count: 9, advice: undefined } };
    for (const c of cases) {
      const plain = decide('detach', viewFor(c), NO_ATTEMPTS).kind;
      if (plain !== 'act') expect(decide('detach', viewFor(c), worst).kind).toBe(plain);
    }
  });
});
