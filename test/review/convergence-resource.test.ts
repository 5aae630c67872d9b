import { readPlan, readState } from '../../lib/terraform';

const resource = (type: string, name: string) => ({
  address: `${type}.${name}`,
  mode: 'managed',
  type,
  name,
  provider_name: 'cdktf.internal/zenlayer/zec',
});
const attachment = {
  ...resource('zec_nic_attachment', 'web'),
  ids: { nic_id: 'nic-1', instance_id: 'ins-1' },
};
const convergence = {
  ...resource('zec_nic_convergence', 'zec'),
  ids: { id: 'convergence', attachments: { web: 'nic-1:ins-1' } },
};
const jsonOf = (value: object) => Buffer.from(JSON.stringify({ format_version: '1.2', ...value }));

test('a convergence resource in a state is not an attachment', () => {
  const resources = [attachment, convergence].map(({ ids, ...each }) => ({ ...each, values: ids }));
  const records = readState(jsonOf({ values: { root_module: { resources } } })).attachments;
  expect(records.map(({ address }) => address)).toEqual(['zec_nic_attachment.web']);
});

test.each(['create', 'update', 'delete', 'no-op'])(
  'a convergence resource in a plan (%s) is not an attachment',
  (action) => {
    const [before, after] = [action !== 'create', action !== 'delete'];
    const resource_changes = [attachment, convergence].map(({ ids, ...each }) => ({
      ...each,
      change: { actions: [action], before: before ? ids : null, after: after ? ids : null },
    }));
    const { attachments } = readPlan(jsonOf({ resource_changes, resource_drift: resource_changes }));
    expect(attachments.map(({ address }) => address)).toEqual(['zec_nic_attachment.web']);
  },
);
