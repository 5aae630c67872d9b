import { instance, nic } from '../simulator/worlds';
import { Rig } from './rig';

const slow = {
  attachMs: [20_000, 20_000] as [number, number],
  detachMs: [20_000, 20_000] as [number, number],
};

describe('create', () => {
  test('attaches with one request and returns when the vNIC and the instance agree', async () => {
    const rig = new Rig();
    expect(await rig.create()).toMatchObject({
      ok: true,
      adopted: false,
      attachment: { id: 'nic-1:ins-1', nic: { status: 'USED' }, instance: { instanceId: 'ins-1' } },
    });
    expect([rig.nic(), rig.changes]).toEqual(['USED ins-1', ['Attach']]);
  });

  test('adopts an existing attachment, or one in progress, without a request', async () => {
    const rig = new Rig({
      nics: [
        nic('nic-1', { instanceId: 'ins-1' }),
        nic('nic-2', { status: 'ATTACHING', instanceId: 'ins-1' }),
      ],
    });
    expect(await rig.create()).toMatchObject({ ok: true, adopted: true });
    expect(await rig.create(rig.target('nic-2'))).toMatchObject({ ok: true, adopted: true });
    expect(rig.changes).toEqual([]);
  });

  test('waits for an instance that is starting and for a vNIC that is being detached elsewhere', async () => {
    const rig = new Rig({
      instances: [instance('ins-1', { status: 'BOOTING' })],
      nics: [nic('nic-1', { status: 'DETACHING', instanceId: 'ins-1' })],
    });
    rig.later(60_000, { instances: { 'ins-1': { status: 'RUNNING' } } });
    expect(await rig.create()).toMatchObject({ ok: true, adopted: false });
    expect(rig.clock.now()).toBeGreaterThan(60_000);
    expect(rig.changes).toEqual(['Attach']);
  });

  test('never takes a vNIC from another instance', async () => {
    const rig = new Rig();
    const error = await rig.createFails(rig.target('nic-2', 'ins-1'));
    expect(error.reason).toBe('refused');
    expect(error.message).toMatch(
      /vNIC nic-2 was not attached to instance ins-1: .*attached to instance ins-2/,
    );
    expect(error.message).toContain('Nothing was left behind.');
    expect([rig.nic('nic-2'), rig.changes]).toEqual(['USED ins-2', []]);
  });

  test('does not report success while the instance does not list the vNIC', async () => {
    const rig = new Rig({ settings: { describeLagMs: 4_000 } });
    await rig.create();
    const used = rig.cloud.events().find(({ to }) => to?.status === 'USED');
    expect(rig.clock.wall()).toBeGreaterThanOrEqual(Date.parse(used?.time ?? '') + 4_000);
  });

  test('does not attach a second time because a stale read still shows AVAILABLE', async () => {
    const rig = new Rig({ settings: { describeLagMs: 4_500, attachMs: [100, 100] } });
    expect(await rig.create()).toMatchObject({ ok: true });
    expect(rig.changes).toEqual(['Attach']);
  });

  test('a vNIC that falls back three times fails with the attempt history', async () => {
    const rig = new Rig();
    rig.cloud.faults.set([{ kind: 'fail-async' }]);
    const error = await rig.createFails();
    expect(rig.changes).toEqual(['Attach', 'Attach', 'Attach']);
    expect(error.message).toMatch(
      /accepted the attach of vNIC nic-1 3 times and each time fell back to AVAILABLE/,
    );
    expect(error.details.requestIds).toHaveLength(3);
    expect(error.details.leftBehind).toBe('nothing');
  });

  test('a vNIC that falls back twice is attached by the third attempt', async () => {
    const rig = new Rig();
    rig.cloud.faults.set([{ kind: 'fail-async', times: 2 }]);
    expect(await rig.create()).toMatchObject({ ok: true });
    expect(rig.changes).toEqual(['Attach', 'Attach', 'Attach']);
  });

  test('the same conflict three times fails with the API’s message', async () => {
    const rig = new Rig({ instances: [instance('ins-1', { enableAgent: false })], nics: [nic('nic-1')] });
    const error = await rig.createFails();
    expect(rig.changes).toEqual(Array(3).fill('Attach INVALID_INSTANCE_PRECHECK_ABNORMAL'));
    expect(error.message).toContain('INVALID_INSTANCE_PRECHECK_ABNORMAL');
    expect(error.message).toMatch(/requestId T[0-9A-F-]{36}/);
    expect(error.message).toContain('QGA');
  });

  test('a permanent error fails immediately, with code, requestId and advice', async () => {
    const rig = new Rig({ nics: [nic('nic-1', { regionId: 'europe-west-2' })] });
    const error = await rig.createFails();
    expect(rig.changes).toEqual(['Attach INVALID_NIC_INSTANCE_REGION_MISMATCH']);
    expect(error.details).toMatchObject({ reason: 'api', leftBehind: 'nothing' });
    expect(error.message).toContain('instance of its own region');
  });
});

describe('a lost response', () => {
  test.each([
    ['drop-after-apply', ['Attach']],
    ['reset', ['Attach', 'Attach']],
    ['hang', ['Attach', 'Attach']],
  ] as const)('of fault %s is resolved by reading: %j', async (kind, changes) => {
    const rig = new Rig();
    rig.cloud.faults.set([{ kind, action: 'AttachNetworkInterface', times: 1 }]);
    expect(await rig.create()).toMatchObject({ ok: true, adopted: false });
    expect([rig.nic(), rig.changes]).toEqual(['USED ins-1', changes]);
  });

  test('a 5xx after the attach was carried out does not cause a second attach', async () => {
    const rig = new Rig();
    rig.cloud.faults.set([{ kind: 'malformed', variant: 'truncated', action: 'AttachNetworkInterface' }]);
    expect(await rig.create()).toMatchObject({ ok: true });
    expect(rig.changes).toEqual(['Attach']);
  });

  test('the request is not sent again while reads may be stale', async () => {
    const rig = new Rig({ settings: { attachMs: [100, 100], describeLagMs: 4_000 } });
    rig.cloud.faults.set([{ kind: 'drop-after-apply', action: 'AttachNetworkInterface' }]);
    expect(await rig.create()).toMatchObject({ ok: true });
    expect(rig.changes).toEqual(['Attach']);
  });

  test('of a detach is resolved by reading too', async () => {
    const rig = new Rig();
    rig.cloud.faults.set([{ kind: 'drop-after-apply', action: 'DetachNetworkInterface' }]);
    expect(await rig.delete(rig.target('nic-2', 'ins-2'))).toMatchObject({
      ok: true,
      alreadyDetached: false,
    });
    expect([rig.nic('nic-2'), rig.changes]).toEqual(['AVAILABLE', ['Detach']]);
  });
});

describe('delete', () => {
  test('detaches with one request and returns when the vNIC and the instance agree', async () => {
    const rig = new Rig();
    expect(await rig.delete(rig.target('nic-2', 'ins-2'))).toEqual({
      ok: true,
      alreadyDetached: false,
      nicFound: true,
      heldBy: undefined,
    });
    expect([rig.nic('nic-2'), rig.changes]).toEqual(['AVAILABLE', ['Detach']]);
  });

  test('sends no request if the vNIC is at another instance, AVAILABLE or missing', async () => {
    const rig = new Rig();
    expect(await rig.delete(rig.target('nic-2', 'ins-1'))).toMatchObject({ ok: true, heldBy: 'ins-2' });
    expect(await rig.delete()).toMatchObject({ ok: true, alreadyDetached: true });
    expect(await rig.delete(rig.target('nic-0', 'ins-1'))).toMatchObject({
      ok: true,
      alreadyDetached: true,
      nicFound: false,
    });
    expect([rig.nic('nic-2'), rig.changes]).toEqual(['USED ins-2', []]);
  });

  test('waits for an attach in progress, then detaches', async () => {
    const rig = new Rig({ nics: [nic('nic-1', { status: 'ATTACHING', instanceId: 'ins-1' })] });
    expect(await rig.delete()).toMatchObject({ ok: true, alreadyDetached: false });
    expect([rig.nic(), rig.changes]).toEqual(['AVAILABLE', ['Detach']]);
  });

  test.each([
    ['frees', 'FREE', 'AVAILABLE'],
    ['deletes', 'DELETE', 'gone'],
  ] as const)(
    'waits while the platform %s the vNIC of an instance that is released',
    async (_, releasedNics, left) => {
      const rig = new Rig({ settings: { ...slow, releasedNics } });
      rig.cloud.patch({ instances: { 'ins-2': { status: 'RELEASING' } } });
      expect(await rig.delete(rig.target('nic-2', 'ins-2'))).toMatchObject({ ok: true });
      expect([rig.nic('nic-2'), rig.changes]).toEqual([left, []]);
      expect(rig.clock.now()).toBeGreaterThanOrEqual(20_000);
    },
  );

  test('fails if the instance is stopped, and says to start it', async () => {
    const rig = new Rig({
      instances: [instance('ins-1', { status: 'STOPPED' })],
      nics: [nic('nic-1', { instanceId: 'ins-1' })],
    });
    const error = await rig.deleteFails();
    expect(error.message).toMatch(/instance ins-1 is STOPPED[\s\S]*only from a running instance/);
    expect(rig.changes).toEqual([]);
  });

  test('a vNIC that is deleted between the read and the request counts as detached', async () => {
    const rig = new Rig();
    rig.cloud.faults.set([
      {
        kind: 'status',
        status: 404,
        code: 'INVALID_NIC_NOT_FOUND',
        action: 'DetachNetworkInterface',
        times: 1,
      },
    ]);
    rig.later(35, { nics: { 'nic-2': null } });
    expect(await rig.delete(rig.target('nic-2', 'ins-2'))).toMatchObject({ ok: true });
  });
});

describe('time', () => {
  test('a timeout lists the observations with their counts, and the requests', async () => {
    const rig = new Rig({ settings: slow });
    const error = await rig.createFails(rig.target(), 10_000);
    expect(error.reason).toBe('timeout');
    expect(rig.clock.now()).toBeGreaterThanOrEqual(10_000);
    expect(rig.clock.now()).toBeLessThan(10_500);
    expect(error.message).toMatch(/not converged within 10 s; last read: vNIC ATTACHING \(instance ins-1\)/);
    expect(error.message).toMatch(/Observed: 1 × vNIC AVAILABLE, instance RUNNING; \d+ × vNIC ATTACHING/);
    expect(error.message).toMatch(/Mutating requests: T[0-9A-F-]{36}\./);
    expect(error.details.leftBehind).toBe('possibly-attached');
  });

  test('a last read at the deadline that shows the attachment makes it a success', async () => {
    const rig = new Rig({ settings: { ...slow, attachMs: [29_900, 29_900] } });
    expect(await rig.create(rig.target(), 30_000)).toMatchObject({ ok: true });
  });

  test('polls are frequent at first, then up to five seconds apart', async () => {
    const rig = new Rig({ settings: { ...slow, attachMs: [300_000, 300_000] } });
    await rig.create();
    const times = rig.timesOf('DescribeNetworkInterfaces');
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(gaps[0]).toBeLessThan(1_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(5_100);
    expect(times.length).toBeLessThan(160);
  });

  test('an interruption ends the operation immediately and says that an attachment may be left behind', async () => {
    const rig = new Rig({ settings: slow });
    const controller = new AbortController();
    void rig.clock.sleep(3_000).then(() => controller.abort(new Error('received SIGINT')));
    const error = await rig.createFails(rig.target(), 600_000, controller.signal);
    expect(error.details).toMatchObject({ reason: 'interrupted', leftBehind: 'possibly-attached' });
    expect(error.message).toMatch(/interrupted; last read: vNIC ATTACHING/);
    expect(rig.clock.now()).toBe(3_000);
  });

  test('an interruption before a request was sent leaves nothing behind', async () => {
    const rig = new Rig();
    const error = await rig.createFails(rig.target(), 600_000, AbortSignal.abort(new Error('stop')));
    expect(error.details).toMatchObject({ reason: 'interrupted', leftBehind: 'nothing' });
    expect(rig.cloud.requests()).toEqual([]);
  });
});

describe('reads', () => {
  test('ask for the vNIC only while it is ATTACHING, and for both before a request and at the end', async () => {
    const rig = new Rig({ settings: { ...slow, attachMs: [10_000, 10_000] } });
    await rig.create();
    const [first, second, third, ...rest] = rig.cloud.requests().map(({ action }) => action);
    expect([first, second].sort()).toEqual(['DescribeInstances', 'DescribeNetworkInterfaces']);
    expect(third).toBe('AttachNetworkInterface');
    expect(rest.pop()).toBe('DescribeInstances');
    expect(new Set(rest)).toEqual(new Set(['DescribeNetworkInterfaces']));
    expect(rig.describes).toBeLessThanOrEqual(2 + 26 + 1);
  });

  test('success is reported only after reads of both the vNIC and the instance', async () => {
    for (const goal of ['create', 'delete'] as const) {
      const rig = new Rig({ settings: { attachMs: [9_000, 9_000], detachMs: [9_000, 9_000] } });
      await rig[goal](goal === 'create' ? rig.target() : rig.target('nic-2', 'ins-2'));
      const trueAt = Date.parse(rig.cloud.events().at(-1)?.time ?? '');
      expect(rig.timesOf('DescribeNetworkInterfaces').at(-1)).toBeGreaterThanOrEqual(trueAt);
      expect(rig.timesOf('DescribeInstances').at(-1)).toBeGreaterThanOrEqual(trueAt);
    }
  });

  test('show in progress and error that the instance stops while its vNIC is ATTACHING', async () => {
    const rig = new Rig({ settings: { ...slow, attachMs: [300_000, 300_000] } });
    rig.later(5_000, { instances: { 'ins-1': { status: 'STOPPED' } } });
    const error = await rig.createFails(rig.target(), 60_000);
    const shown = rig.progress.find(({ instanceStatus }) => instanceStatus === 'STOPPED');
    expect(shown?.elapsedMs).toBeLessThan(40_000);
    rig.later(1_000, { instances: { 'ins-1': { status: 'REBOOT' } } });
    const again = await rig.createFails(rig.target(), 5_000);
    expect([error.message, again.message]).toEqual([
      expect.stringContaining('instance STOPPED'),
      expect.stringContaining('instance REBOOT'),
    ]);
  });
});

describe('a failing API', () => {
  test('is retried until the deadline, and the attach is sent once', async () => {
    const rig = new Rig();
    rig.cloud.faults.set([{ kind: 'status', status: 503, times: 12 }]);
    expect(await rig.create()).toMatchObject({ ok: true });
    expect(rig.changes.filter((change) => change === 'Attach')).toHaveLength(1);
  });

  test('a Retry-After is honoured', async () => {
    const rig = new Rig();
    rig.cloud.faults.set([{ kind: 'status', status: 429, retryAfter: 40, times: 1 }]);
    expect(await rig.create()).toMatchObject({ ok: true });
    expect(rig.clock.now()).toBeGreaterThan(40_000);
  });

  test('fails the operation after half a minute if it never responded', async () => {
    const rig = new Rig();
    rig.cloud.faults.set([{ kind: 'reset' }]);
    const error = await rig.createFails();
    expect(error.details).toMatchObject({ reason: 'api', leftBehind: 'nothing' });
    expect(rig.clock.now()).toBeGreaterThanOrEqual(30_000);
    expect(rig.clock.now()).toBeLessThan(60_000);
  });

  test('an unknown instance status is waited for, with a warning', async () => {
    const rig = new Rig({
      instances: [instance('ins-1', { status: 'FUTURE_MOOD' })],
      nics: [nic('nic-1')],
    });
    rig.later(10_000, { instances: { 'ins-1': { status: 'RUNNING' } } });
    expect(await rig.create()).toMatchObject({ ok: true });
    expect(rig.progress.find(({ warning }) => warning?.includes('FUTURE_MOOD'))).toBeDefined();
  });
});

test('progress has the elapsed time, both statuses and the reason of the wait', async () => {
  const rig = new Rig({ settings: slow });
  await rig.create();
  expect(
    rig.progress.map(({ nicStatus, instanceStatus, message }) => [nicStatus, instanceStatus, message]),
  ).toEqual(
    expect.arrayContaining([
      ['AVAILABLE', 'RUNNING', 'sending the attach request'],
      ['ATTACHING', 'RUNNING', 'waiting for vNIC nic-1 to become USED'],
    ]),
  );
  const elapsed = rig.progress.map(({ elapsedMs }) => elapsedMs);
  expect(elapsed).toEqual([...elapsed].sort((a, b) => a - b));
});

describe('read', () => {
  const stateOf = async (nicId: string, instanceId: string, rig = new Rig()) =>
    (await rig.clock.run(rig.handler.read(rig.target(nicId, instanceId)))).state;

  test('returns attached, changing or detached', async () => {
    expect(await stateOf('nic-2', 'ins-2')).toBe('attached');
    expect(await stateOf('nic-2', 'ins-1')).toBe('detached');
    expect(await stateOf('nic-1', 'ins-1')).toBe('detached');
    expect(await stateOf('nic-0', 'ins-1')).toBe('detached');
    const changing = new Rig({ nics: [nic('nic-1', { status: 'ATTACHING', instanceId: 'ins-1' })] });
    expect(await stateOf('nic-1', 'ins-1', changing)).toBe('changing');
  });
});

test('two hundred concurrent operations share their reads', async () => {
  const ids = Array.from({ length: 200 }, (_, index) => index);
  const rig = new Rig({
    instances: ids.slice(0, 25).map((index) => instance(`ins-${index}`)),
    nics: ids.map((index) => nic(`nic-${index}`)),
    settings: { attachMs: [3_000, 3_000] },
  });
  const targets = ids.map((index) => rig.target(`nic-${index}`, `ins-${index % 25}`));
  const results = await rig.clock.run(Promise.all(targets.map((target) => rig.handler.create(target))));
  expect(results.every(({ ok }) => ok)).toBe(true);
  expect(rig.changes).toHaveLength(200);
  expect(rig.describes).toBeLessThan(100);
});

test('an attachment by someone else after a throttled request is adopted', async () => {
  const rig = new Rig();
  rig.cloud.faults.set([{ action: 'AttachNetworkInterface', kind: 'status', status: 429, retryAfter: 1 }]);
  rig.later(500, { nics: { 'nic-1': { status: 'USED', instanceId: 'ins-1' } } });
  expect(await rig.create()).toMatchObject({ ok: true, adopted: true });
});
