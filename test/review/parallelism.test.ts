import { reviewOf } from '../../lib/review';
import { readPlan } from '../../lib/terraform';

const ours = 'cdktf.internal/zenlayer/zec';

/** A review of a plan that creates `count` attachments. */
function creating(
  count: number,
  more: { readonly wait?: boolean; readonly actions?: readonly string[] } = {},
) {
  const { actions = ['create'], ...values } = more;
  const change = (type: string, name: string, after: object) => ({
    address: `${type}.${name}`,
    mode: 'managed',
    type,
    name,
    provider_name: ours,
    change: { actions, before: actions[0] === 'create' ? null : after, after },
  });
  const ids = Array.from({ length: count }, (_, index) => `nic-${index}`);
  const resource_changes = [
    ...ids.map((nic_id) =>
      change('zec_nic_attachment', nic_id, { nic_id, instance_id: `ins-${nic_id}`, ...values }),
    ),
    change('zec_nic_convergence', 'zec', {
      attachments: Object.fromEntries(ids.map((id) => [id, `${id}:ins-${id}`])),
    }),
  ];
  return reviewOf(
    readPlan(Buffer.from(JSON.stringify({ format_version: '1.2', resource_changes }))),
    undefined,
  );
}

const parallelism = ({ risks }: ReturnType<typeof creating>) =>
  risks.filter(({ code }) => code === 'parallelism');

test('a plan that creates more than ten attachments with waits gets an estimate of its duration', () => {
  const review = creating(100);
  expect(parallelism(review)).toEqual([
    {
      level: 'note',
      code: 'parallelism',
      text: 'Terraform creates 10 of 100 attachments at a time by default: 10 batches, about 40 s, assuming 4 s per attachment.',
      advice:
        'With -parallelism=100 (cdktf deploy --terraform-parallelism 100): 1 batch, about 4 s. With Convergence.TOGETHER: about the time of one attachment.',
    },
  ]);
  expect(review.verdict).toBe('changes');
});

test.each([
  ['ten attachments', creating(10)],
  ['attachments that converge together', creating(100, { wait: false })],
  ['existing attachments', creating(100, { actions: ['no-op'] })],
])('a plan with %s gets no estimate', (_, review) => {
  expect(parallelism(review)).toEqual([]);
});

test('eleven attachments take two batches, or one with more parallelism', () => {
  const [risk] = parallelism(creating(11));
  expect(risk?.text).toContain('2 batches, about 8 s');
  expect(risk?.advice).toContain('1 batch, about 4 s');
});

test('a convergence resource is not an attachment', () => {
  expect(creating(3).changes).toHaveLength(3);
});
