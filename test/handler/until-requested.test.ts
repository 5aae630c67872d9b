import type { CallerOptions, Observation, Target } from '../../lib/handler';
import { instance, nic } from '../simulator/worlds';
import { Rig } from './rig';

const slow = { attachMs: [10_000, 10_000] as [number, number] };

/** The current view of the target. */
async function seenNow(rig: Rig, target: Target): Promise<Observation> {
  const { attachment } = await rig.clock.run(rig.handler.read(target));
  return { nic: attachment.nic, instance: attachment.instance };
}

async function requested(rig: Rig, options: CallerOptions = {}) {
  const before = rig.describes;
  const result = await rig.clock.run(
    rig.handler.create(rig.target(), { timeoutMs: 60_000, until: 'requested', ...options }),
  );
  return { result, describes: rig.describes - before };
}

describe('a create with until: requested', () => {
  test('returns with the API’s response, without a read after it', async () => {
    const rig = new Rig({ settings: { ...slow, describeLagMs: 5_000 } });
    const { result, describes } = await requested(rig);
    expect(result).toMatchObject({ ok: true, adopted: false, attachment: { nic: { status: 'AVAILABLE' } } });
    expect([rig.nic(), rig.changes, describes]).toEqual(['ATTACHING ins-1', ['Attach'], 2]);
  });

  test('a following create waits and sends no request, even if reads are stale', async () => {
    const rig = new Rig({ settings: { ...slow, describeLagMs: 3_000 } });
    await requested(rig);
    expect(await rig.create()).toMatchObject({ ok: true, adopted: true });
    expect([rig.nic(), rig.changes]).toEqual(['USED ins-1', ['Attach']]);
  });

  test('a following create attaches again if the vNIC fell back', async () => {
    const rig = new Rig({ settings: slow });
    rig.cloud.faults.set([{ action: 'AttachNetworkInterface', kind: 'fail-async', afterMs: 500, times: 2 }]);
    await requested(rig);
    expect(await rig.create()).toMatchObject({ ok: true, adopted: false });
    expect([rig.nic(), rig.changes]).toEqual(['USED ins-1', ['Attach', 'Attach', 'Attach']]);
  });

  test('a delete immediately after it leaves nothing attached', async () => {
    const rig = new Rig({ settings: { ...slow, describeLagMs: 3_000 } });
    await requested(rig);
    expect(await rig.delete()).toMatchObject({ ok: true });
    expect(rig.nic()).toBe('AVAILABLE');
  });

  test.each(['ATTACHING', 'USED'])('adopts a vNIC that is already %s', async (status) => {
    const rig = new Rig({ nics: [nic('nic-1', { instanceId: 'ins-1', status })] });
    const { result } = await requested(rig);
    expect([result, rig.changes]).toEqual([expect.objectContaining({ ok: true, adopted: true }), []]);
  });

  test('reads the outcome if the response is lost', async () => {
    const rig = new Rig({ settings: slow });
    rig.cloud.faults.set([{ action: 'AttachNetworkInterface', kind: 'drop-after-apply', times: 1 }]);
    const { result } = await requested(rig);
    expect(result).toMatchObject({ ok: true, attachment: { nic: { status: 'ATTACHING' } } });
    expect(rig.changes).toEqual(['Attach']);
  });
});

describe('a create with a recent observation', () => {
  test('sends the attach without a read', async () => {
    const rig = new Rig({ settings: slow });
    const recentObservation = await seenNow(rig, rig.target());
    const { result, describes } = await requested(rig, { recentObservation });
    expect([result.ok, rig.changes, describes]).toEqual([true, ['Attach'], 0]);
  });

  test('fails if another instance holds the vNIC in the meantime', async () => {
    const rig = new Rig({ instances: [instance('ins-1'), instance('ins-2')] });
    const recentObservation = await seenNow(rig, rig.target());
    rig.cloud.patch({ nics: { 'nic-1': { status: 'USED', instanceId: 'ins-2' } } });
    const { result } = await requested(rig, { recentObservation });
    expect(result.ok ? undefined : result.error.details.heldBy).toBe('ins-2');
    expect(rig.nic()).toBe('USED ins-2');
  });

  test('adopts the vNIC if it was attached in the meantime', async () => {
    const rig = new Rig();
    const recentObservation = await seenNow(rig, rig.target());
    rig.cloud.patch({ nics: { 'nic-1': { status: 'USED', instanceId: 'ins-1' } } });
    expect((await requested(rig, { recentObservation })).result).toMatchObject({ ok: true, adopted: true });
  });

  test('reads again if the observation does not allow an attach', async () => {
    const rig = new Rig({ nics: [nic('nic-1', { instanceId: 'ins-1' })] });
    const recentObservation = await seenNow(rig, rig.target());
    rig.cloud.patch({ nics: { 'nic-1': { status: 'AVAILABLE', instanceId: null } } });
    const { result } = await requested(rig, { recentObservation });
    expect([result, rig.changes]).toEqual([
      expect.objectContaining({ ok: true, adopted: false }),
      ['Attach'],
    ]);
  });

  test('a delete ignores until: requested and the observation', async () => {
    const rig = new Rig();
    const recentObservation = await seenNow(rig, rig.target());
    rig.cloud.patch({ nics: { 'nic-1': { status: 'USED', instanceId: 'ins-1' } } });
    const options = { timeoutMs: 60_000, until: 'requested', recentObservation } as const;
    expect(await rig.clock.run(rig.handler.delete(rig.target(), options))).toMatchObject({
      alreadyDetached: false,
    });
    expect(rig.nic()).toBe('AVAILABLE');
  });
});
