import { reviewOf } from '../../lib/review';
import { Inventory } from '../../lib/review/inventory';
import { readPlan } from '../../lib/terraform';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';

const PROVIDER = { type: 'zec_nic_attachment', provider_name: 'cdktf.internal/zenlayer/zec' };
const RECORD = { type: 'terraform_data', provider_name: 'terraform.io/builtin/terraform' };

/** `nic-1` is attached to `ins-1`, and so on. */
function inventory(...ids: readonly string[]): Inventory {
  const pairs = ids.map((id) => {
    const nic = { nicId: parseNicId(`nic-${id}`), instanceId: parseInstanceId(`ins-${id}`), status: 'USED' };
    return [nic, { instanceId: nic.instanceId, status: 'RUNNING', nics: [nic] }] as const;
  });
  return new Inventory(
    new Map(pairs.map(([nic]) => [nic.nicId, nic])),
    new Map(pairs.map(([, each]) => [each.instanceId, each])),
  );
}

function review(resource: typeof PROVIDER, ...changes: readonly object[]) {
  const identity = { address: `${resource.type}.nic_attachment`, mode: 'managed', name: 'nic_attachment' };
  const resource_changes = changes.map((each) => ({ ...identity, ...resource, ...each }));
  const json = { format_version: '1.2', resource_changes };
  return reviewOf(readPlan(Buffer.from(JSON.stringify(json))), inventory('1', '2', '3')).changes.map(
    ({ kind, nic, addresses, steps, risks }) => ({
      change: `${kind} ${nic.label}`,
      addresses,
      steps: steps.map(({ order, goal }) => `${order} ${goal}`),
      risk: risks[0]?.code,
    }),
  );
}

const ids = (id: string, at = id) => ({ nic_id: `nic-${id}`, instance_id: `ins-${at}` });
const deposed = (key: string, before: object) => ({
  deposed: key,
  change: { actions: ['delete'], before, after: null },
});

test('two deposed objects of a resource are two operations', () => {
  const keep = { change: { actions: ['no-op'], before: ids('3'), after: ids('3') } };
  const changes = review(PROVIDER, keep, deposed('0001', ids('1')), deposed('0002', ids('2')));
  expect(changes.map(({ change, addresses }) => [change, ...addresses])).toEqual([
    ['detach nic-1', 'zec_nic_attachment.nic_attachment (deposed 0001)'],
    ['detach nic-2', 'zec_nic_attachment.nic_attachment (deposed 0002)'],
    ['keep nic-3', 'zec_nic_attachment.nic_attachment'],
  ]);
});

// As with Terraform 1.11: it creates the resource, which fails, before it destroys the deposed object.
test('a deposed object is destroyed after its resource is created', () => {
  const move = { actions: ['create', 'delete'], before: ids('3'), after: ids('1', '3') };
  const [moved, detached] = review(PROVIDER, { change: move }, deposed('0001', ids('1')));
  expect(moved).toMatchObject({
    change: 'move nic-1',
    steps: ['1 attach', '2 detach'],
    risk: 'created-first',
  });
  expect(detached).toMatchObject({ change: 'detach nic-3', steps: ['2 detach'] });
});

test('a deposed record of the local-exec runner is destroyed without a detach', () => {
  const [only] = review(RECORD, deposed('0001', { triggers_replace: ids('1') }));
  expect(only).toMatchObject({ change: 'forget nic-1', steps: [], risk: 'stays-attached' });
});
