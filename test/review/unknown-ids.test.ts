import { reviewOf } from '../../lib/review';
import { readPlan } from '../../lib/terraform';

/** A review of a plan that deletes a local-exec attachment with sensitive IDs. */
function deleting(more: { readonly reason?: string; readonly configuration?: object }) {
  const change = {
    address: 'terraform_data.nic_attachment["web"]',
    mode: 'managed',
    type: 'terraform_data',
    name: 'nic_attachment',
    index: 'web',
    provider_name: 'terraform.io/builtin/terraform',
    action_reason: more.reason,
    change: {
      actions: ['delete'],
      before: { triggers_replace: { nic_id: 'nic-1', instance_id: 'ins-1' } },
      before_sensitive: { triggers_replace: { nic_id: true, instance_id: true } },
      after: null,
    },
  };
  const { configuration } = more;
  const json = { format_version: '1.2', resource_changes: [change], configuration };
  const { verdict, changes } = reviewOf(readPlan(Buffer.from(JSON.stringify(json))), undefined);
  return { verdict, changes: changes.map(({ kind, nic, risks }) => [kind, nic.label, risks[0]?.code]) };
}

test('a removal that detaches does not show sensitive IDs', () => {
  expect(deleting({})).toEqual({ verdict: 'risky', changes: [['detach', '(sensitive)', 'may-interrupt']] });
});

test.each([
  ['its block is no longer configured', { configuration: { root_module: {} } }],
  ['its resource is tainted', { reason: 'replace_because_tainted' }],
])('a removal that detaches nothing is risky even with sensitive IDs: %s', (_, more) => {
  expect(deleting(more)).toEqual({
    verdict: 'risky',
    changes: [['forget', '(sensitive)', 'stays-attached']],
  });
});
