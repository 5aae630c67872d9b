import { attachmentOf, DrivenProvider, fleetWorld } from '../support/driven-provider';
import { range } from './rig';

const fast = { attachMs: [300, 900] as [number, number], detachMs: [300, 900] as [number, number] };
const free = { status: 'AVAILABLE', instanceId: null };

let d: DrivenProvider;
afterEach(() => d.close());

/** The bounds are about twice the measured number of requests. */
describe('the number of requests', () => {
  test('for one attachment is two per plan and per refresh, and bounded for create and destroy', async () => {
    d = await DrivenProvider.start(fleetWorld(1, false, { settings: fast }));
    expect(await d.counting(() => d.plan([0], 10))).toEqual({ changes: 0, describes: 2 });
    await d.restart();
    const created = await d.counting(() => d.create([0], 10));
    expect(created.changes).toBe(1);
    expect(created.describes).toBeLessThanOrEqual(9);
    await d.restart();
    expect(await d.counting(() => d.refresh([0], 10))).toEqual({ changes: 0, describes: 2 });
    const destroyed = await d.counting(() => d.destroy([0], 10));
    expect(destroyed.changes).toBe(1);
    expect(destroyed.describes).toBeLessThanOrEqual(7);
  });

  test('for a hundred concurrent creates or destroys is at most half a read each', async () => {
    d = await DrivenProvider.start(fleetWorld(100, false, { settings: fast }));
    const all = range(100);
    const created = await d.counting(() => d.create(all, 100));
    expect(created.changes).toBe(100);
    expect(created.describes).toBeLessThanOrEqual(50);
    await d.restart();
    const destroyed = await d.counting(() => d.destroy(all, 100));
    expect(destroyed.changes).toBe(100);
    expect(destroyed.describes).toBeLessThanOrEqual(50);
  });

  test('for a refresh of a thousand with default parallelism is at most thirty', async () => {
    d = await DrivenProvider.start(fleetWorld(1_000, true));
    const all = range(1_000);
    const states: unknown[] = [];
    const refreshed = await d.counting(async () => states.push(...(await d.refresh(all, 10))));
    expect(states).toEqual(all.map((index) => expect.objectContaining(attachmentOf(index)) as unknown));
    expect(refreshed.describes).toBeLessThanOrEqual(30);
  });

  test('for an import of a thousand with default parallelism is at most thirty', async () => {
    d = await DrivenProvider.start(fleetWorld(1_000, true));
    const all = range(1_000);
    const states: unknown[] = [];
    const imported = await d.counting(async () => states.push(...(await d.import(all, 10))));
    expect(states).toEqual(all.map((index) => expect.objectContaining(attachmentOf(index)) as unknown));
    expect(imported.describes).toBeLessThanOrEqual(30);
  });

  test('for a plan of three hundred creates is at most 24', async () => {
    d = await DrivenProvider.start(fleetWorld(300, false));
    const planned = await d.counting(async () => expect(await d.plan(range(300), 10)).toEqual([]));
    expect(planned.describes).toBeLessThanOrEqual(24);
  });

  test('for a list of thousands is one per page, as many as Terraform wants', async () => {
    d = await DrivenProvider.start(fleetWorld(3_000, true));
    const listed: unknown[] = [];
    const count = (limit: bigint) =>
      d.counting(async () => {
        listed.splice(0, Infinity, ...(await d.list(limit)));
      });
    expect(await count(10_000n)).toEqual({ changes: 0, describes: 3 });
    expect(listed).toEqual(
      range(3_000).map((index) => expect.objectContaining(attachmentOf(index)) as unknown),
    );
    expect(await count(100n)).toEqual({ changes: 0, describes: 1 });
    expect(listed).toHaveLength(100);
  });
});

describe('cached lists', () => {
  test('do not hide earlier drift', async () => {
    d = await DrivenProvider.start(fleetWorld(200, true));
    d.simulator.cloud.patch({
      nics: { 'nic-33': free, 'nic-77': { instanceId: 'ins-0', nicType: 'Secondary' }, 'nic-150': null },
    });
    d.simulator.cloud.patch({ nics: { 'nic-199': free } });
    const states = await d.refresh(range(200), 10);
    const missing = states.flatMap((state, index) => (state === null ? [index] : []));
    expect(missing).toEqual([33, 77, 150, 199]);
  });

  test('do not cause outdated warnings', async () => {
    d = await DrivenProvider.start(fleetWorld(100, false));
    await d.plan(range(50), 10);
    d.simulator.cloud.patch({ nics: { 'nic-60': null } });
    expect(await d.plan([60], 10)).toEqual([]);
    d.simulator.cloud.patch({ nics: { 'nic-70': { status: 'USED', instanceId: 'ins-0' } } });
    await d.restart();
    await d.plan(range(50), 10);
    d.simulator.cloud.patch({ nics: { 'nic-70': free } });
    expect(await d.plan([70], 10)).toEqual([]);
  });

  test('are not used after a failed create or during an apply', async () => {
    d = await DrivenProvider.start(fleetWorld(101, true, { settings: fast }));
    d.simulator.cloud.patch({ nics: { 'nic-100': free } });
    await d.refresh(range(100), 10);
    const listed = await d.counting(() => d.refresh([5], 10));
    expect(listed.describes).toBe(0);
    const tainted = await d.counting(() => d.refresh([5], 10, { failedAt: Date.now() - 60_000 }));
    expect(tainted.describes).toBe(2);
    await d.create([100], 10);
    const after = await d.counting(() => d.refresh([5], 10));
    expect(after.describes).toBe(2);
  });
});
