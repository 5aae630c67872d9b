import { reviewOf } from '../../lib/review';
import { Inventory } from '../../lib/review/inventory';
import { readPlan } from '../../lib/terraform';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';

const settings = { skip_destroy: null, when_stopped: null };
type Settings = Partial<Record<keyof typeof settings, unknown>>;

const endpoints = (instanceId: string, more: Settings) => ({
  nic_id: 'nic-1',
  instance_id: instanceId,
  ...settings,
  ...more,
});

/** The API shows `nic-1` on `ins-1` with this status, and `ins-2` RUNNING. */
function inventoryWith(status: string): Inventory {
  const [nicId, instanceId, other] = [
    parseNicId('nic-1'),
    parseInstanceId('ins-1'),
    parseInstanceId('ins-2'),
  ];
  const nic = { nicId, instanceId, status: 'USED' };
  return new Inventory(
    new Map([[nicId, nic]]),
    new Map([
      [instanceId, { instanceId, status, nics: [nic] }],
      [other, { instanceId: other, status: 'RUNNING', nics: [] }],
    ]),
  );
}

/** A review of a plan that removes an attachment to `ins-1`, or moves it to `ins-2`. */
function review(actions: readonly string[], more: Settings, inventory?: Inventory) {
  const change = {
    address: 'zec_nic_attachment.nic-1',
    mode: 'managed',
    type: 'zec_nic_attachment',
    name: 'nic-1',
    provider_name: 'cdktf.internal/zenlayer/zec',
    change: {
      actions,
      before: endpoints('ins-1', more),
      after: actions.includes('create') ? endpoints('ins-2', more) : null,
    },
  };
  const json = { format_version: '1.2', resource_changes: [change] };
  const { verdict, changes } = reviewOf(readPlan(Buffer.from(JSON.stringify(json))), inventory);
  return {
    verdict,
    changes: changes.map(({ kind, risks }) => [kind, risks[0]?.code, risks[0]?.level]),
    risks: changes.map(({ risks }) => risks),
  };
}

const remove = ['delete'];
const move = ['delete', 'create'];

test.each([
  ['removal', remove, 'changes', ['forget', 'stays-attached', 'note']],
  ['move', move, 'risky', ['move', 'may-interrupt', 'warning']],
])('a %s with skip_destroy', (_, actions, verdict, change) => {
  expect(review(actions, { skip_destroy: true })).toMatchObject({ verdict, changes: [change] });
});

test.each([
  ['FAIL', 'STOPPED', remove, 'risky', ['detach', 'instance-not-running', 'error']],
  ['LEAVE', 'STOPPED', remove, 'changes', ['forget', 'stays-attached', 'note']],
  ['START', 'STOPPED', remove, 'risky', ['detach', 'when-stopped', 'warning']],
  ['FAIL', 'STOPPED', move, 'risky', ['move', 'instance-not-running', 'error']],
  ['LEAVE', 'STOPPED', move, 'risky', ['move', 'instance-not-running', 'error']],
  ['START', 'STOPPED', move, 'risky', ['move', 'when-stopped', 'warning']],
  ['LEAVE', 'RECYCLE', remove, 'risky', ['detach', 'instance-not-running', 'error']],
  ['START', 'RECYCLE', remove, 'risky', ['detach', 'instance-not-running', 'error']],
  ['LEAVE', 'RUNNING', remove, 'risky', ['detach', 'may-interrupt', 'warning']],
  ['START', 'RUNNING', remove, 'risky', ['detach', 'may-interrupt', 'warning']],
])('when_stopped %s and a %s instance: %j', (mode, status, actions, verdict, change) => {
  const found = review(actions, { when_stopped: mode }, inventoryWith(status));
  expect(found).toMatchObject({ verdict, changes: [change] });
});

test.each([
  ['START', 'If the instance is STOPPED, apply starts it, detaches the vNIC, and stops it again.'],
  ['LEAVE', 'If the instance is STOPPED, apply leaves the vNIC attached.'],
])('without the API a removal with when_stopped %s says what happens', (mode, text) => {
  const [only] = review(remove, { when_stopped: mode }).risks;
  expect(only).toContainEqual({ level: 'note', code: 'when-stopped', text, advice: undefined });
});
