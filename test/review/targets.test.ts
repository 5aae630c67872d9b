import { reviewOf } from '../../lib/review';
import { Inventory } from '../../lib/review/inventory';
import { readPlan } from '../../lib/terraform';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';

const ids = { nic_id: 'nic-1', instance_id: 'ins-1' };
const [nicId, instanceId] = [parseNicId('nic-1'), parseInstanceId('ins-1')];

function inventory(attached: boolean): Inventory {
  const nic = { nicId, status: attached ? 'USED' : 'AVAILABLE', ...(attached && { instanceId }) };
  const instance = { instanceId, status: 'RUNNING', nics: attached ? [nic] : [] };
  return new Inventory(new Map([[nicId, nic]]), new Map([[instanceId, instance]]));
}

/** A review of a plan that creates the record of an attachment and, because of `-target`, no convergence. */
function review(found: Inventory | undefined) {
  const change = {
    address: 'terraform_data.nic_attachment["nic-1"]',
    mode: 'managed',
    type: 'terraform_data',
    name: 'nic_attachment',
    provider_name: 'terraform.io/builtin/terraform',
    change: { actions: ['create'], before: null, after: { triggers_replace: ids } },
  };
  const json = { format_version: '1.2', complete: false, resource_changes: [change] };
  const { verdict, changes } = reviewOf(readPlan(Buffer.from(JSON.stringify(json))), found);
  return [verdict, ...changes.flatMap(({ kind, risks }) => [kind, ...risks.map(({ code }) => code)])];
}

test.each([
  ['is not attached', inventory(false)],
  ['is not checked', undefined],
])('a plan limited to the record of a vNIC that %s is risky, because nothing attaches it', (_, found) => {
  expect(review(found)).toEqual(['risky', 'keep', 'plan-incomplete']);
});

test('a plan limited to the record of an attached vNIC is not', () => {
  expect(review(inventory(true))).toEqual(['none', 'keep']);
});
