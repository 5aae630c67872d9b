import { InFlightMemory } from '../../lib/zec/in-flight';
import { nic } from '../simulator/worlds';
import { Rig } from './rig';

const LAG_MS = 2_000;
const settings = {
  attachMs: [100, 100] as [number, number],
  detachMs: [100, 100] as [number, number],
  describeLagMs: LAG_MS,
};
const MESSAGE = 're-checking shortly: a recent request may not be visible yet';

/** A world with stale reads, and processes that share their in-flight requests. */
function processes(more: ConstructorParameters<typeof Rig>[0] = {}) {
  const rig = new Rig({ settings, ...more });
  const inFlight = new InFlightMemory(rig.clock);
  const messages: string[] = [];
  const options = {
    timeoutMs: 60_000,
    onProgress: ({ message }: { message: string }) => void messages.push(message),
  };
  const next = () => rig.process({ inFlight });
  /** Interrupts a process just after it has sent its request. */
  const cutOff = async (goal: 'create' | 'delete', afterMs = 60) => {
    const controller = new AbortController();
    void rig.clock.sleep(afterMs).then(() => controller.abort(new Error('killed')));
    const result: Promise<unknown> = next()[goal](rig.target(), { ...options, signal: controller.signal });
    expect(await rig.clock.run(result)).toMatchObject({ ok: false });
  };
  const run = (goal: 'create' | 'delete', timeoutMs = options.timeoutMs, instanceId = 'ins-1') =>
    rig.clock.run<unknown>(next()[goal](rig.target('nic-1', instanceId), { ...options, timeoutMs }));
  return { rig, messages, cutOff, run };
}

test('a delete after an interrupted create waits until its request is visible, and detaches', async () => {
  const { rig, messages, cutOff, run } = processes();
  await cutOff('create');
  expect(rig.changes).toEqual(['Attach']);
  expect(await run('delete')).toMatchObject({ ok: true, alreadyDetached: false });
  expect([rig.nic(), messages.includes(MESSAGE)]).toEqual(['AVAILABLE', true]);
});

test('a create after an interrupted delete waits until its request is visible, and attaches', async () => {
  const { rig, messages, cutOff, run } = processes({ nics: [nic('nic-1', { instanceId: 'ins-1' })] });
  await cutOff('delete');
  expect(rig.changes).toEqual(['Detach']);
  expect(await run('create')).toMatchObject({ ok: true, adopted: false });
  expect([rig.nic(), messages.includes(MESSAGE)]).toEqual(['USED ins-1', true]);
});

test('the wait ends five seconds after the request, and takes two reads', async () => {
  const { rig, cutOff, run } = processes();
  rig.cloud.faults.set([{ kind: 'reset', action: 'AttachNetworkInterface', times: 1 }]);
  await cutOff('create');
  const before = rig.describes;
  expect(await run('delete')).toMatchObject({ ok: true, alreadyDetached: true });
  expect(rig.clock.now()).toBeGreaterThan(5_000);
  expect(rig.clock.now()).toBeLessThan(5_400);
  // Each read sends two requests.
  expect(rig.describes - before).toBe(4);
});

test('a delete five seconds after an interrupted create does not wait', async () => {
  const { rig, messages, cutOff, run } = processes();
  rig.cloud.faults.set([{ kind: 'reset', action: 'AttachNetworkInterface', times: 1 }]);
  await cutOff('create');
  await rig.clock.run(rig.clock.sleep(5_000));
  const from = rig.clock.now();
  expect(await run('delete')).toMatchObject({ ok: true });
  expect(rig.clock.now() - from).toBeLessThan(100);
  expect(messages).not.toContain(MESSAGE);
});

test.each(['create', 'delete'] as const)('a %s after the same one completed does not wait', async (goal) => {
  const { rig, messages, run } = processes(
    goal === 'delete' ? { nics: [nic('nic-1', { instanceId: 'ins-1' })] } : {},
  );
  expect(await run(goal)).toMatchObject({ ok: true });
  await rig.clock.run(rig.clock.sleep(LAG_MS));
  expect(await run(goal)).toMatchObject({ ok: true });
  expect(messages).not.toContain(MESSAGE);
});

test('a delete after a create that the API refused does not wait', async () => {
  const { rig, messages, run } = processes({ settings: { ...settings, describeLagMs: 0 } });
  rig.cloud.faults.set([
    { kind: 'status', status: 400, code: 'INVALID_NIC_LB_ASSOCIATED', action: 'AttachNetworkInterface' },
  ]);
  expect(await run('create')).toMatchObject({ ok: false });
  expect(await run('delete')).toMatchObject({ ok: true, alreadyDetached: true });
  expect(messages).not.toContain(MESSAGE);
});

test('a timeout before the end of the wait is a failure, as reads may be stale', async () => {
  const { cutOff, run } = processes();
  await cutOff('create');
  expect(await run('delete', 1_000)).toMatchObject({ ok: false, error: { details: { reason: 'timeout' } } });
});

describe('after a request whose outcome was observed', () => {
  const held = { nics: [nic('nic-1', { instanceId: 'ins-1' })] };
  const attached = async (more = {}) => {
    const all = processes(more);
    expect(await all.run('create')).toMatchObject({ ok: true });
    return { ...all, endedAt: all.rig.clock.now() };
  };

  test('a repeated create does not wait', async () => {
    const { rig, messages, run, endedAt } = await attached();
    expect(await run('create')).toMatchObject({ ok: true, adopted: true });
    expect(rig.clock.now() - endedAt).toBeLessThan(100);
    expect(messages).not.toContain(MESSAGE);
  });

  test('a create after an interrupted create does not wait', async () => {
    const { messages, cutOff, run } = processes();
    await cutOff('create');
    expect(await run('create')).toMatchObject({ ok: true });
    expect(messages).not.toContain(MESSAGE);
  });

  test('a detach completes five seconds after the attach', async () => {
    const { rig, run } = await attached({ settings: { ...settings, describeLagMs: 0 } });
    expect(await run('delete')).toMatchObject({ ok: true, alreadyDetached: false });
    expect(rig.clock.now()).toBeGreaterThanOrEqual(5_000);
    expect(rig.clock.now()).toBeLessThan(5_400);
  });

  test('an attach after a detach from another instance does not wait', async () => {
    const { rig, messages, run } = processes({ ...held, settings: { ...settings, describeLagMs: 0 } });
    expect(await run('delete')).toMatchObject({ ok: true });
    expect(await run('create', 60_000, 'ins-2')).toMatchObject({ ok: true });
    expect(rig.clock.now()).toBeLessThan(3_000);
    expect(messages).not.toContain(MESSAGE);
  });
});

test('a vNIC shown at the instance from which it was just detached is read again', async () => {
  const rig = new Rig({ settings, nics: [nic('nic-1', { instanceId: 'ins-1' })] });
  const inFlight = new InFlightMemory(rig.clock);
  inFlight.add(rig.target().nicId, { goal: 'detach', instanceId: rig.target().instanceId });
  rig.later(0, { nics: { 'nic-1': { status: 'AVAILABLE', instanceId: null } } });
  const create = rig.process({ inFlight }).create(rig.target('nic-1', 'ins-2'), { timeoutMs: 60_000 });
  expect(await rig.clock.run(create)).toMatchObject({ ok: true });
  expect(rig.nic()).toBe('USED ins-2');
});

test('a detach is not sent based on a read that may be older than an attach elsewhere', async () => {
  const rig = new Rig({ settings, nics: [nic('nic-1', { instanceId: 'ins-1' })] });
  const inFlight = new InFlightMemory(rig.clock);
  inFlight.add(rig.target().nicId, { goal: 'attach', instanceId: rig.target('nic-1', 'ins-2').instanceId });
  rig.later(0, { nics: { 'nic-1': { status: 'USED', instanceId: 'ins-2' } } });
  const deletion = rig.process({ inFlight }).delete(rig.target(), { timeoutMs: 60_000 });
  expect(await rig.clock.run(deletion)).toMatchObject({ ok: true, heldBy: 'ins-2' });
  expect(rig.changes).toEqual([]);
});
