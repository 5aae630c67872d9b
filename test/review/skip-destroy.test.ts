import { reviewOf } from '../../lib/review';
import { readPlan } from '../../lib/terraform';

const endpoints = (instanceId: string) => ({ nic_id: 'nic-1', instance_id: instanceId, skip_destroy: true });

/** A review of a plan that removes or moves an attachment with `skip_destroy`. */
function review(actions: readonly string[], after: object | null) {
  const change = {
    address: 'zec_nic_attachment.nic-1',
    mode: 'managed',
    type: 'zec_nic_attachment',
    name: 'nic-1',
    provider_name: 'cdktf.internal/zenlayer/zec',
    change: { actions, before: endpoints('ins-1'), after },
  };
  const json = { format_version: '1.2', resource_changes: [change] };
  const { verdict, changes } = reviewOf(readPlan(Buffer.from(JSON.stringify(json))), undefined);
  return { verdict, changes: changes.map(({ kind, risks }) => [kind, risks[0]?.code, risks[0]?.level]) };
}

test('a removal with skip_destroy is shown as forget, and is not risky', () => {
  expect(review(['delete'], null)).toEqual({
    verdict: 'changes',
    changes: [['forget', 'stays-attached', 'note']],
  });
});

test('a move with skip_destroy is shown as a move', () => {
  expect(review(['delete', 'create'], endpoints('ins-2'))).toEqual({
    verdict: 'risky',
    changes: [['move', 'may-interrupt', 'warning']],
  });
});
