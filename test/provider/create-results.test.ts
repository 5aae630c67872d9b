import { nicAttachment } from '../../lib/provider/nic-attachment';
import { driftWarning, readPrivate, stateOf } from '../../lib/provider/nic-attachment-state';
import type { FaultRuleInput } from '../../lib/simulator';
import { nic } from '../simulator/worlds';
import { contextWith } from './fake-context';
import { ProviderRig, targetOfPair } from './rig';
import type { Pair, ProviderProcess } from './rig';

const pair: Pair = ['nic-1', 'ins-1'];
const attachFault = (more: Partial<FaultRuleInput>): FaultRuleInput => ({
  action: 'AttachNetworkInterface',
  kind: 'status',
  ...more,
});

/** Creates `nic-1` on `ins-1`. @returns what Terraform stores and shows */
async function create(rig: ProviderRig, process: ProviderProcess = rig.process(), timeout = '1m') {
  const fake = contextWith({});
  const context = Object.assign(fake.context, { client: process.client });
  const config = { ...stateOf(targetOfPair(pair)), timeouts: { create: timeout, delete: null } };
  const result = await rig.run(
    Promise.resolve(nicAttachment.create({ planned: config, config }, context)).catch((error: unknown) => ({
      state: undefined,
      error: error as Error,
    })),
  );
  return {
    ...result,
    warnings: fake.diagnostics.map(({ summary }) => summary),
    detail: fake.diagnostics[0]?.detail,
    log: fake.lines,
    failedAt: readPrivate(context.privateState).failedAt,
  };
}

describe('a create', () => {
  test('stores when it ended, without a warning', async () => {
    const rig = new ProviderRig({ nics: [nic('nic-1')] });
    const { state, error, warnings, failedAt } = await create(rig);
    expect([error, warnings, failedAt]).toEqual([undefined, [], undefined]);
    expect(state).toMatchObject({
      id: 'nic-1:ins-1',
      attached_at: new Date(rig.clock.wall()).toISOString(),
    });
  });

  test('warns that it adopted an existing attachment', async () => {
    const rig = new ProviderRig({ nics: [nic('nic-1', { instanceId: 'ins-1' })] });
    const { warnings, detail } = await create(rig);
    expect([warnings, rig.changes]).toEqual([['vNIC nic-1 was already attached to instance ins-1'], []]);
    expect(detail).toBe(
      'The existing attachment was adopted and is now managed by this resource: a destroy will detach it.',
    );
  });

  test('that was refused stores nothing', async () => {
    const rig = new ProviderRig({ nics: [nic('nic-1')] });
    const code = 'AUTHFAILURE_UNAUTHORIZED_OPERATION';
    rig.cloud.faults.set([attachFault({ status: 403, code })]);
    const { state, error, failedAt } = await create(rig);
    expect([state, failedAt]).toEqual([undefined, undefined]);
    expect((error as Error).message).toContain(code);
  });

  test('that may have attached the vNIC stores a resource that Terraform marks as tainted', async () => {
    const rig = new ProviderRig({
      nics: [nic('nic-1')],
      settings: { attachMs: [300_000, 300_000], detachMs: [500, 500] },
    });
    const { state, error, failedAt } = await create(rig);
    expect(state).toMatchObject({ id: 'nic-1:ins-1', nic_id: 'nic-1', instance_id: 'ins-1' });
    expect([(error as Error).message, failedAt]).toEqual([
      expect.stringContaining('nic-1'),
      rig.clock.wall(),
    ]);
    expect(rig.nic('nic-1')).toBe('ATTACHING ins-1');
  });

  test('logs how long the vNIC was offline, in seconds', async () => {
    const rig = new ProviderRig({
      nics: [nic('nic-1', { instanceId: 'ins-2' })],
      settings: { attachMs: [4_000, 4_000], detachMs: [3_000, 3_000] },
    });
    const process = rig.process();
    await rig.run(process.delete(['nic-1', 'ins-2']));
    const { log } = await create(rig, process);
    const [, seconds] = /was offline for about ([\d.]+) s/.exec(log.join('\n')) ?? [];
    expect(Number(seconds)).toBeGreaterThanOrEqual(7);
    expect(Number(seconds)).toBeLessThan(20);
  });

  test('of a vNIC that this process did not detach logs no such time', async () => {
    const { log } = await create(new ProviderRig({ nics: [nic('nic-1')] }));
    expect(log.join('\n')).not.toContain('offline');
  });

  test('whose plan predicted a failure fails with it, and sends nothing', async () => {
    const rig = new ProviderRig({ nics: [nic('nic-1')] });
    const { context } = contextWith({});
    const config = stateOf(targetOfPair(pair));
    const planned = { ...config, preflight_error: 'Instance ins-1 does not exist. Check the ID' };
    await expect(
      Promise.resolve().then(() =>
        nicAttachment.create({ planned, config }, { ...context, client: rig.process().client }),
      ),
    ).rejects.toThrow('Instance ins-1 does not exist');
    expect(rig.changes).toEqual([]);
  });
});

test.each([
  [
    { owner: 'other', ownerId: 'ins-2', nicStatus: 'USED' },
    'vNIC nic-1 is now attached to instance ins-2',
    'Its current attachment is not modified.',
  ],
  [
    { owner: 'none', nicStatus: undefined, instanceStatus: 'RUNNING' },
    'vNIC nic-1 no longer exists',
    'at the last refresh.',
  ],
  [
    { owner: 'none', nicStatus: undefined, instanceStatus: undefined },
    'Neither vNIC nic-1 nor instance ins-1 was found',
    'Plan again with the credentials of that account.',
  ],
  [
    { owner: 'none', nicStatus: 'AVAILABLE' },
    'vNIC nic-1 is no longer attached to an instance',
    'Its status is now AVAILABLE.',
  ],
])('a refresh that finds %j warns that %s', (view, summary, end) => {
  const target = targetOfPair(pair);
  const [shown, detail] = driftWarning(target, view as Parameters<typeof driftWarning>[1]);
  expect(shown).toBe(summary);
  expect(detail).toMatch(/^It was attached to instance ins-1 at the last refresh\./);
  expect(detail.endsWith(end)).toBe(true);
});
