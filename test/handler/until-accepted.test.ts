import { nic } from '../simulator/worlds';
import { Rig } from './rig';

const slow = { attachMs: [10_000, 10_000] as [number, number] };
const accepted = (rig: Rig, timeoutMs = 60_000) =>
  rig.clock.run(rig.handler.create(rig.target(), { timeoutMs, until: 'accepted' }));

describe('a create with until: accepted', () => {
  test('returns when a read shows the vNIC ATTACHING, before it is USED', async () => {
    const rig = new Rig({ settings: slow });
    const result = await accepted(rig);
    expect(result).toMatchObject({ ok: true, adopted: false, attachment: { nic: { status: 'ATTACHING' } } });
    expect([rig.nic(), rig.changes]).toEqual(['ATTACHING ins-1', ['Attach']]);
    expect(rig.clock.now()).toBeLessThan(1_500);
  });

  test('reads the instance only once, before the attach', async () => {
    const rig = new Rig({ settings: slow });
    await accepted(rig);
    expect(rig.timesOf('DescribeInstances')).toHaveLength(1);
  });

  test('a following create waits until the vNIC is USED and sends no request', async () => {
    const rig = new Rig({ settings: slow });
    await accepted(rig);
    expect(await rig.create()).toMatchObject({ ok: true, adopted: true });
    expect([rig.nic(), rig.changes]).toEqual(['USED ins-1', ['Attach']]);
  });

  test.each(['ATTACHING', 'USED'])('returns immediately if the vNIC is already %s', async (status) => {
    const rig = new Rig({ nics: [nic('nic-1', { instanceId: 'ins-1', status })] });
    expect(await accepted(rig)).toMatchObject({ ok: true, adopted: true });
    expect([rig.changes, rig.describes]).toEqual([[], 2]);
  });

  test('keeps waiting after the API’s response while reads show the vNIC AVAILABLE', async () => {
    const rig = new Rig({ settings: { ...slow, describeLagMs: 3_000 } });
    expect(await accepted(rig)).toMatchObject({ ok: true });
    expect(rig.clock.now()).toBeGreaterThan(3_000);
    expect(rig.changes).toEqual(['Attach']);
  });

  test('times out when no read shows the attach', async () => {
    const rig = new Rig({ settings: { ...slow, describeLagMs: 30_000 } });
    const result = await accepted(rig, 4_000);
    expect(result.ok ? undefined : result.error.details).toMatchObject({
      reason: 'timeout',
      leftBehind: 'possibly-attached',
    });
  });

  test('fails when a read shows that another instance holds the vNIC', async () => {
    const rig = new Rig({ nics: [nic('nic-1', { instanceId: 'ins-2', status: 'ATTACHING' })] });
    const result = await accepted(rig);
    expect(result.ok ? undefined : result.error.details.heldBy).toBe('ins-2');
  });
});

test('a delete ignores until: accepted', async () => {
  const rig = new Rig({ nics: [nic('nic-1', { instanceId: 'ins-1', status: 'ATTACHING' })] });
  const result = rig.handler.delete(rig.target(), { timeoutMs: 1_000, until: 'accepted' });
  expect(await rig.clock.run(result)).toMatchObject({ ok: false });
});
