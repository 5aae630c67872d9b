import { readPrivate } from '../../lib/provider/nic-attachment-state';
import { instance, nic } from '../simulator/worlds';
import { ProviderRig, range } from './rig';
import type { Pair } from './rig';

const from: Pair = ['nic-1', 'ins-1'];
const to: Pair = ['nic-1', 'ins-2'];
const held = (count: number, instanceId = 'ins-2') =>
  range(count).map((index) => nic(`${instanceId}-${index}`, { instanceId }));

const rigWith = (others: ReturnType<typeof nic>[] = []) =>
  new ProviderRig({ nics: [nic('nic-1', { instanceId: 'ins-1' }), ...others] });

/** Plans the move in one process. @returns its delete in another, and the warnings of the plan */
async function planMove(rig: ProviderRig, also: readonly Pair[] = [], preflight = true) {
  const planning = rig.process({ preflight });
  const [{ warnings, privateState }] = await rig.run(
    Promise.all([planning.plan(from, to), ...also.map((pair) => planning.plan(pair, null))]),
  );
  const applying = rig.process();
  const options = { privateState: readPrivate(privateState) };
  const detach = (signal?: AbortSignal) => applying.delete(from, { ...options, signal });
  return { warnings, applying, detach };
}

describe('a move', () => {
  test.each([
    ['is STOPPED', { instances: { 'ins-2': { status: 'STOPPED' } } }, 'instance ins-2 is STOPPED'],
    [
      'is in the recycle bin',
      { instances: { 'ins-2': { status: 'RECYCLE' } } },
      'instance ins-2 is in the recycle bin',
    ],
    ['no longer exists', { instances: { 'ins-2': null } }, 'instance ins-2 does not exist'],
    [
      'is in another region',
      { instances: { 'ins-2': { zoneId: 'europe-west-2a' } } },
      'vNIC nic-1 is in region asia-east-1, and instance ins-2 in zone europe-west-2a',
    ],
  ])('to an instance that %s fails before the detach', async (_, patch, reason) => {
    const rig = rigWith();
    const { warnings, detach } = await planMove(rig);
    expect(warnings).toEqual([]);
    rig.cloud.patch(patch);
    await rig.run(
      expect(detach()).rejects.toThrow(`vNIC nic-1 was not detached from instance ins-1: ${reason}`),
    );
    expect([rig.nic('nic-1'), rig.changes]).toEqual(['USED ins-1', []]);
  });

  test('to a STOPPED instance causes a warning in the plan', async () => {
    const rig = rigWith();
    rig.cloud.patch({ instances: { 'ins-2': { status: 'STOPPED' } } });
    expect((await planMove(rig)).warnings).toEqual(['warning: Instance ins-2 is STOPPED']);
  });

  test('to an instance that is starting detaches when it is RUNNING', async () => {
    const rig = rigWith();
    const { detach } = await planMove(rig);
    rig.cloud.patch({ instances: { 'ins-2': { status: 'REBOOT' } } });
    const detached = detach();
    await rig.run(rig.after(20_000, () => Promise.resolve()));
    expect(rig.changes).toEqual([]);
    rig.cloud.patch({ instances: { 'ins-2': { status: 'RUNNING' } } });
    await rig.run(detached);
    expect(rig.nic('nic-1')).toBe('AVAILABLE');
  });

  test('to an instance that does not start fails at the timeout, without a detach', async () => {
    const rig = rigWith();
    const { detach } = await planMove(rig);
    rig.cloud.patch({ instances: { 'ins-2': { status: 'REBOOT' } } });
    const ms = await rig.timed(expect(detach()).rejects.toThrow('instance ins-2 is REBOOT'));
    expect([Math.round(ms / 60_000), rig.changes]).toEqual([10, []]);
  });

  test('to a full instance fails, with a warning in the plan', async () => {
    const rig = rigWith(held(8));
    const { warnings, detach } = await planMove(rig);
    expect(warnings).toEqual(['warning: Instance ins-2 would hold 9 vNICs']);
    await rig.run(expect(detach()).rejects.toThrow('instance ins-2 already holds 8 vNICs'));
    expect([rig.nic('nic-1'), rig.changes]).toEqual(['USED ins-1', []]);
  });

  test('to a full instance that meanwhile holds the vNIC itself succeeds without a request', async () => {
    const rig = rigWith(held(7));
    rig.cloud.patch({ nics: { 'nic-1': { instanceId: 'ins-2' } } });
    const privateState = { replacement: { target: 'nic-1:ins-2', needsRoom: true as const } };
    await rig.run(rig.process().delete(from, { privateState }));
    expect([rig.nic('nic-1'), rig.changes]).toEqual(['USED ins-2', []]);
  });

  test('to a full instance from which the plan detaches another vNIC detaches immediately', async () => {
    const rig = rigWith(held(8));
    const { warnings, detach } = await planMove(rig, [['ins-2-0', 'ins-2']]);
    await rig.run(detach());
    expect([warnings, rig.nic('nic-1')]).toEqual([[], 'AVAILABLE']);
  });

  test('to a full instance is left to the create if the plan was not checked', async () => {
    const rig = rigWith(held(8));
    const { detach } = await planMove(rig, [['ins-2-0', 'ins-2']], false);
    await rig.run(detach());
    expect(rig.nic('nic-1')).toBe('AVAILABLE');
  });

  test('that is interrupted while it waits says that nothing was changed', async () => {
    const rig = rigWith();
    const { detach } = await planMove(rig);
    rig.cloud.patch({ instances: { 'ins-2': { status: 'REBOOT' } } });
    const detached = expect(detach(rig.stopAfter(5_000))).rejects.toMatchObject({
      name: 'DiagnosticError',
      message: 'vNIC nic-1 was not detached from instance ins-1: interrupted',
      detail: expect.stringContaining('nothing was changed') as string,
    });
    expect(await rig.timed(detached)).toBeLessThan(5_500);
    expect(rig.changes).toEqual([]);
  });

  test('whose new instance cannot be read for a while detaches once it can', async () => {
    const rig = rigWith();
    const { detach } = await planMove(rig);
    rig.cloud.faults.set([{ kind: 'status', action: 'DescribeInstances', status: 503, times: 3 }]);
    await rig.run(detach());
    expect(rig.nic('nic-1')).toBe('AVAILABLE');
  });

  test('whose new instance must not be read fails and names the vNIC', async () => {
    const rig = rigWith();
    const { detach } = await planMove(rig);
    const code = 'AUTHFAILURE_UNAUTHORIZED_OPERATION';
    rig.cloud.faults.set([{ kind: 'status', action: 'DescribeInstances', status: 403, code }]);
    await rig.run(
      expect(detach()).rejects.toThrow(
        `vNIC nic-1 was not detached from instance ins-1: DescribeInstances failed: ${code}`,
      ),
    );
    expect(rig.changes).toEqual([]);
  });

  test('has one timeout for the check and the detach together', async () => {
    const rig = rigWith();
    const { detach } = await planMove(rig);
    rig.cloud.patch({ instances: { 'ins-1': { status: 'REBOOT' }, 'ins-2': { status: 'REBOOT' } } });
    void rig.clock.sleep(500_000).then(() => {
      rig.cloud.patch({ instances: { 'ins-2': { status: 'RUNNING' } } });
    });
    const ms = await rig.timed(expect(detach()).rejects.toThrow('not converged within'));
    expect(Math.round(ms / 60_000)).toBe(10);
  });

  test('of an attachment that is renamed at the same time is not checked', async () => {
    const rig = rigWith();
    const { applying, detach } = await planMove(rig);
    rig.cloud.patch({ instances: { 'ins-2': { status: 'STOPPED' } } });
    await rig.run(applying.create(from));
    await rig.run(detach());
    expect(rig.changes).toEqual([]);
  });

  test('to an instance that is full for a short time waits for room', async () => {
    const rig = rigWith([...held(7), nic('nic-3')]);
    const { detach, applying } = await planMove(rig);
    rig.cloud.patch({ nics: { 'nic-3': { instanceId: 'ins-2', status: 'USED' } } });
    const room = rig.after(10_000, () => applying.delete(['ins-2-0', 'ins-2']));
    await rig.run(Promise.all([detach(), room]));
    expect(rig.changes).toEqual(['Detach ins-2-0', 'Detach nic-1']);
  });

  test('whose vNIC is replaced on a full instance detaches the old vNIC', async () => {
    const rig = rigWith([...held(7, 'ins-1'), nic('nic-9')]);
    const planning = rig.process();
    const { privateState, warnings } = await rig.run(planning.plan(from, ['nic-9', 'ins-1']));
    await rig.run(rig.process().delete(from, { privateState: readPrivate(privateState) }));
    expect([warnings, rig.nic('nic-1')]).toEqual([[], 'AVAILABLE']);
  });

  test.each<[string, Pair]>([
    ['instance', ['nic-1', 'ins-9']],
    ['vNIC', ['nic-9', 'ins-2']],
  ])(
    'to an %s that the plan did not find fails before the detach, even if it exists now',
    async (_, wanted) => {
      const rig = rigWith();
      const { privateState, error } = await rig.run(rig.process().plan(from, wanted));
      expect(error).toMatch('-9 does not exist');
      rig.cloud.patch({
        instances: { 'ins-9': instance('ins-9') },
        nics: { 'nic-9': nic('nic-9') },
      });
      const detach = rig.process().delete(from, { privateState: readPrivate(privateState) });
      await rig.run(
        expect(detach).rejects.toMatchObject({
          message: 'vNIC nic-1 was not detached from instance ins-1: the plan predicts that the create fails',
          detail: expect.stringContaining('-9 does not exist') as string,
        }),
      );
      expect(rig.changes).toEqual([]);
    },
  );

  test('that failed does not prevent a later destroy', async () => {
    const rig = rigWith();
    const { privateState } = await rig.run(rig.process().plan(from, to));
    rig.cloud.patch({ instances: { 'ins-2': { status: 'STOPPED' } } });
    const kept = { privateState: readPrivate(privateState) };
    const destroy = await rig.run(rig.process().plan(from, null, kept));
    expect(readPrivate(destroy.privateState)).toEqual({});
  });

  test('with an unknown new instance is not checked', async () => {
    const rig = rigWith();
    const { privateState } = await rig.run(rig.process().plan(from, [undefined, 'ins-1']));
    expect(readPrivate(privateState).replacement?.target).toBeUndefined();
  });
});

describe('a plan that detaches vNICs', () => {
  test.each([
    ['destroyed', null],
    ['moved', 'ins-2'],
  ])('from a STOPPED instance causes one warning if they are %s', async (_, target) => {
    const rig = new ProviderRig({
      nics: held(3, 'ins-1'),
      instances: [instance('ins-1', { status: 'STOPPED' }), instance('ins-2')],
    });
    const planning = rig.process();
    const plans = held(3, 'ins-1').map(({ nicId }) =>
      planning.plan([nicId, 'ins-1'], target === null ? null : [nicId, target]),
    );
    const warnings = (await rig.run(Promise.all(plans))).flatMap((each) => each.warnings);
    expect(warnings).toEqual(['warning: Instance ins-1 is STOPPED']);
  });

  test('from a RUNNING instance or one that no longer exists causes none', async () => {
    const rig = rigWith();
    expect((await rig.run(rig.process().plan(from, null))).warnings).toEqual([]);
    rig.cloud.patch({ instances: { 'ins-1': null } });
    expect((await rig.run(rig.process().plan(from, null))).warnings).toEqual([]);
  });
});

describe('a move that fails before the detach says what to do', () => {
  const nothing = 'No request was sent, and nothing was changed.';
  test.each([
    [
      'an instance in another region',
      { 'ins-2': { zoneId: 'europe-west-2a' } },
      'Declare an instance in the region of the vNIC.',
    ],
    ['an instance that does not start', { 'ins-2': { status: 'REBOOT' } }, 'Apply again when it is RUNNING.'],
  ])('to %s', async (_, instances, advice) => {
    const rig = rigWith();
    const { detach } = await planMove(rig);
    rig.cloud.patch({ instances });
    await rig.run(expect(detach()).rejects.toMatchObject({ detail: `${nothing} ${advice}` }));
  });

  test('to a full instance', async () => {
    const rig = rigWith(held(8));
    const { detach } = await planMove(rig);
    const detail = `${nothing} Detach one of them, then apply again.`;
    await rig.run(expect(detach()).rejects.toMatchObject({ detail }));
  });

  test('to an instance that cannot be read until the timeout', async () => {
    const rig = rigWith();
    const { detach } = await planMove(rig);
    rig.cloud.faults.set([{ kind: 'reset', action: 'DescribeInstances' }]);
    await rig.run(expect(detach()).rejects.toMatchObject({ detail: `${nothing} Apply again.` }));
  });

  test('after an interruption', async () => {
    const rig = rigWith();
    const { detach } = await planMove(rig);
    rig.cloud.patch({ instances: { 'ins-2': { status: 'REBOOT' } } });
    const detail = `${nothing} Run apply again.`;
    await rig.run(expect(detach(rig.stopAfter(5_000))).rejects.toMatchObject({ detail }));
  });
});

test('a move whose new instance must not be read fails at once', async () => {
  const rig = rigWith();
  const { detach } = await planMove(rig);
  const code = 'AUTHFAILURE_UNAUTHORIZED_OPERATION';
  rig.cloud.faults.set([{ kind: 'status', action: 'DescribeInstances', status: 403, code }]);
  expect(await rig.timed(expect(detach()).rejects.toThrow(code))).toBeLessThan(1_000);
});

test('a replacement by a vNIC that the full instance already holds detaches the old one', async () => {
  const rig = rigWith([...held(7), nic('nic-9')]);
  const { privateState } = await rig.run(rig.process().plan(from, ['nic-9', 'ins-2']));
  rig.cloud.patch({ nics: { 'nic-9': { instanceId: 'ins-2', status: 'USED' } } });
  await rig.run(rig.process().delete(from, { privateState: readPrivate(privateState) }));
  expect(rig.changes).toEqual(['Detach nic-1']);
});

test('a move to an instance that is known only after apply detaches', async () => {
  const rig = rigWith();
  await rig.run(rig.process().delete(from, { privateState: { replacement: {} } }));
  expect(rig.nic('nic-1')).toBe('AVAILABLE');
});

test('the old vNIC of an instance that became full since the plan makes room for the new one', async () => {
  const rig = rigWith([...held(6, 'ins-1'), nic('nic-9'), nic('nic-3')]);
  const { privateState } = await rig.run(rig.process().plan(from, ['nic-9', 'ins-1']));
  expect(readPrivate(privateState).replacement?.needsRoom).toBe(true);
  rig.cloud.patch({ nics: { 'nic-3': { instanceId: 'ins-1', status: 'USED' } } });
  const detached = rig.process().delete(from, { privateState: readPrivate(privateState) });
  expect(await rig.timed(detached)).toBeLessThan(10_000);
  expect(rig.nic('nic-1')).toBe('AVAILABLE');
});
