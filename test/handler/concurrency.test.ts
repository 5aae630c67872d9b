import { instance, nic } from '../simulator/worlds';
import { Rig } from './rig';

describe('operations on one vNIC in one process', () => {
  test('two concurrent creates send one request, and the second reports the instance that holds the vNIC', async () => {
    const rig = new Rig();
    const [first, second] = await rig.clock.run(
      Promise.all([
        rig.handler.create(rig.target('nic-1', 'ins-1')),
        rig.handler.create(rig.target('nic-1', 'ins-2')),
      ]),
    );
    expect(rig.changes).toEqual(['Attach']);
    expect(first.ok).toBe(true);
    expect(second.ok ? undefined : second.error.details.heldBy).toBe('ins-1');
  });

  test('two concurrent deletes send one request, and the second reports already detached', async () => {
    const rig = new Rig();
    const target = rig.target('nic-2', 'ins-2');
    const results = await rig.clock.run(
      Promise.all([rig.handler.delete(target), rig.handler.delete(target)]),
    );
    expect(rig.changes).toEqual(['Detach']);
    expect(results).toMatchObject([
      { ok: true, alreadyDetached: false },
      { ok: true, alreadyDetached: true },
    ]);
  });

  test('no request is based on a read from before another operation’s request', async () => {
    // The second reads the vNIC just before the first one's request arrives, and the instance long after.
    const rig = new Rig({ nics: [nic('nic-1')], settings: { attachMs: [60_000, 60_000] } }, (api, clock) => {
      let reads = 0;
      return {
        ...api,
        describeInstances: async (request, options) => {
          const page = await api.describeInstances(request, options);
          if ((reads += 1) === 2) await clock.sleep(500);
          return page;
        },
      };
    });
    const create = (instanceId: string) => rig.handler.create(rig.target('nic-1', instanceId));
    const both = Promise.all([create('ins-1'), rig.clock.sleep(15).then(() => create('ins-2'))]);
    await rig.clock.run(both);
    expect(rig.changes).toEqual(['Attach']);
  });

  test('operations on different vNICs do not wait for each other', async () => {
    const rig = new Rig({ nics: [nic('nic-1'), nic('nic-2')] });
    const targets = [rig.target('nic-1', 'ins-1'), rig.target('nic-2', 'ins-1')];
    await rig.clock.run(Promise.all(targets.map((target) => rig.handler.create(target))));
    const times = rig.cloud.requests().filter(({ action }) => action === 'AttachNetworkInterface');
    expect(new Set(times.map(({ time }) => time)).size).toBe(1);
  });
});

describe('an operation that waits for another one on its vNIC', () => {
  const rigOfSlowInstance = () =>
    new Rig({ instances: [instance('ins-1', { status: 'BOOTING' })], nics: [nic('nic-1')] });

  test('fails at its own timeout', async () => {
    const rig = rigOfSlowInstance();
    const first = rig.handler.create(rig.target());
    const second = await rig.clock.run(rig.handler.delete(rig.target(), { timeoutMs: 5_000 }));
    expect([rig.clock.now(), second]).toMatchObject([5_000, { ok: false, error: { reason: 'timeout' } }]);
    const headline = second.ok ? '' : second.error.headline;
    expect(headline).toMatch(/another operation of this process on the vNIC is still running\.$/);
    rig.later(1_000, { instances: { 'ins-1': { status: 'RUNNING' } } });
    expect(await rig.clock.run(first)).toMatchObject({ ok: true });
  });

  test('counts the time for which its caller has waited', async () => {
    const rig = rigOfSlowInstance();
    await rig.clock.run(rig.clock.sleep(8_000));
    const first = rig.handler.create(rig.target());
    const second = rig.handler.delete(rig.target(), { timeoutMs: 10_000, startedAt: 0 });
    const result = await rig.clock.run(second);
    expect([rig.clock.now(), result]).toMatchObject([10_000, { error: { reason: 'timeout' } }]);
    expect(result.ok ? '' : result.error.headline).toContain('not converged within 10 s; ');
    rig.later(1_000, { instances: { 'ins-1': { status: 'RUNNING' } } });
    expect(await rig.clock.run(first)).toMatchObject({ ok: true });
  });

  test('can be interrupted', async () => {
    const rig = rigOfSlowInstance();
    void rig.handler.create(rig.target());
    const stop = new AbortController();
    void rig.clock.sleep(3_000).then(() => stop.abort(new Error('enough')));
    const second = await rig.clock.run(rig.handler.delete(rig.target(), { signal: stop.signal }));
    expect([rig.clock.now(), second]).toMatchObject([3_000, { ok: false, error: { reason: 'interrupted' } }]);
  });
});
