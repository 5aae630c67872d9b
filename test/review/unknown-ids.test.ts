import { reviewOf, reviewSvg, reviewText } from '../../lib/review';
import { Inventory } from '../../lib/review/inventory';
import { readPlan } from '../../lib/terraform';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';

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

/** A review of changes of provider attachments. `nic-1` is attached to `ins-1`. */
function reviewed(...changes: readonly object[]) {
  const resources = changes.map((change, index) => ({
    address: `zec_nic_attachment.x${index}`,
    mode: 'managed',
    type: 'zec_nic_attachment',
    name: `x${index}`,
    provider_name: 'cdktf.internal/zenlayer/zec',
    change,
  }));
  const nic = { nicId: parseNicId('nic-1'), instanceId: parseInstanceId('ins-1'), status: 'USED' };
  const free = { nicId: parseNicId('nic-2'), status: 'AVAILABLE' };
  const unlisted = { ...nic, nicId: parseNicId('nic-3') };
  const inventory = new Inventory(
    new Map([nic, free, unlisted].map((each) => [each.nicId, each])),
    new Map([[nic.instanceId, { instanceId: nic.instanceId, status: 'RUNNING', nics: [nic] }]]),
  );
  const json = { format_version: '1.2', resource_changes: resources };
  return reviewOf(readPlan(Buffer.from(JSON.stringify(json))), inventory);
}

const ids = (nic_id: string, instance_id: string) => ({ nic_id, instance_id });
const withPlainText = (review: ReturnType<typeof reviewed>) => reviewText(review, (_, text) => text);

describe('sensitive IDs', () => {
  const sensitive = (of: 'nic_id' | 'instance_id', actions: readonly string[], to: object | null) => ({
    actions,
    before: actions[0] === 'create' ? null : ids('nic-1', 'ins-1'),
    before_sensitive: { [of]: true },
    after: to,
    after_sensitive: { [of]: true },
  });

  test.each(['nic_id', 'instance_id'] as const)('a replacement is one change: %s', (of) => {
    const review = reviewed(sensitive(of, ['delete', 'create'], ids('nic-1', 'ins-1')));
    expect(
      review.changes.map(({ kind, risks }) => [kind, risks.filter((each) => each.level === 'error')]),
    ).toEqual([['replace', []]]);
  });

  test('a move from and to a sensitive instance is not refused, and the formats show it', () => {
    const review = reviewed(sensitive('instance_id', ['delete', 'create'], ids('nic-1', 'ins-2')));
    expect(review.changes.map(({ kind, risks }) => [kind, risks[0]?.code])).toEqual([
      ['move', 'may-interrupt'],
    ]);
    expect(withPlainText(review)).toContain('nic-1 (sensitive) → (sensitive)');
    expect(reviewSvg(review)).toContain('vNIC nic-1: − moves to (sensitive).');
    expect(JSON.stringify(review)).not.toContain('ins-2');
  });

  test('an attachment to the sensitive instance that holds the vNIC is adopted', () => {
    const review = reviewed(sensitive('instance_id', ['create'], ids('nic-1', 'ins-1')));
    expect(review.changes.map(({ kind, risks }) => [kind, risks[0]?.code])).toEqual([['adopt', 'sensitive']]);
  });

  test('a sensitive instance that does not list the vNIC yet is not named', () => {
    const review = reviewed(sensitive('instance_id', ['create'], ids('nic-3', 'ins-1')));
    expect(JSON.stringify(review.changes)).not.toContain('ins-1');
  });
});

test('the diagram does not show different unknown instances as one', () => {
  const attach = (nicId: string) => ({
    actions: ['create'],
    before: null,
    after: { nic_id: nicId },
    after_unknown: { instance_id: true },
  });
  const svg = reviewSvg(reviewed(attach('nic-2'), attach('nic-3')));
  expect(svg).toContain('>Instances (known after apply)<');
  expect(svg).not.toContain('Instance (known');
});
