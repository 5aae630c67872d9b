import { Rig } from './rig';

test('a slow read does not prove that an accepted request had no effect', async () => {
  const rig = new Rig({ settings: { attachMs: [100, 100], describeLagMs: 1_000 } }, (api, clock) => {
    let reads = 0;
    return {
      ...api,
      describeNetworkInterfaces: async (...args) => {
        const page = await api.describeNetworkInterfaces(...args);
        if ((reads += 1) === 2) await clock.sleep(6_000);
        return page;
      },
    };
  });
  expect(await rig.create()).toMatchObject({ ok: true });
  expect(rig.changes).toEqual(['Attach']);
});

test('the holder of a vNIC is read again if the response for instances was slow', async () => {
  const rig = new Rig({}, (api, clock) => ({
    ...api,
    describeInstances: async (...args) => {
      const page = await api.describeInstances(...args);
      await clock.sleep(20_000);
      return page;
    },
  }));
  // After the first response about the vNIC, and long before the response about the instance.
  rig.later(5_000, { nics: { 'nic-2': { instanceId: 'ins-1' } } });
  expect(await rig.delete(rig.target('nic-2', 'ins-2'))).toMatchObject({ ok: true, heldBy: 'ins-1' });
  expect(rig.changes).toEqual([]);
});

describe('reads that alternate between old and new states', () => {
  const seeds = Array.from({ length: 20 }, (_, index) => index + 1);
  const flapping = (attachMs: number, seed: number) => ({
    settings: {
      attachMs: [attachMs, attachMs] as [number, number],
      describeLagMs: [0, 4_500] as [number, number],
      seed,
    },
  });

  test.each(seeds)('do not cause a second request (seed %i)', async (seed) => {
    const rig = new Rig(flapping(100, seed));
    expect(await rig.create()).toMatchObject({ ok: true });
    expect(rig.changes).toEqual(['Attach']);
  });

  test.each(seeds)('do not cause a claim that nothing is left behind (seed %i)', async (seed) => {
    const rig = new Rig(flapping(60_000, seed));
    const error = await rig.createFails(rig.target(), 3_000);
    expect([rig.nic(), error.details.leftBehind]).toEqual(['ATTACHING ins-1', 'possibly-attached']);
  });
});
