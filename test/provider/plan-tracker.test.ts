import { PlanTracker } from '../../lib/provider/plan-tracker';
import { parseInstanceId, parseNicId } from '../../lib/zec/ids';
import { FakeClock } from '../support/fake-clock';
import { range, targetOfPair } from './rig';

const ins1 = parseInstanceId('ins-1');
const nicId = (index: number) => parseNicId(`nic-${index}`);
const pair = (index: number) => targetOfPair([`nic-${index}`, 'ins-1']);
const never = () => new AbortController().signal;

let clock: FakeClock;
let tracker: PlanTracker;
beforeEach(() => {
  clock = new FakeClock();
  tracker = new PlanTracker(clock);
});

/** The result of the wait, and its duration. */
const waitFor = async (holds: () => boolean, signal = never()) => {
  const result = await clock.run(tracker.waitUntilQuiet(holds, signal));
  return { result, ms: clock.now() };
};

describe('waiting until a plan is complete', () => {
  test('returns immediately if the detach is already planned', async () => {
    tracker.willDetach(pair(1));
    expect(await waitFor(() => tracker.detaches(nicId(1), 'ins-1'))).toEqual({ result: true, ms: 0 });
  });

  test('returns when the detach is planned', async () => {
    void clock.sleep(300).then(() => tracker.willDetach(pair(1)));
    expect(await waitFor(() => tracker.detaches(nicId(1), 'ins-1'))).toEqual({ result: true, ms: 300 });
  });

  test('returns false once the plan is quiet', async () => {
    expect(await waitFor(() => false)).toEqual({ result: false, ms: 400 });
  });

  test('continues while other resources are planned, up to a limit', async () => {
    const plan = async () => {
      for (let index = 0; index < 100; index += 1) {
        await clock.sleep(200);
        tracker.recordActivity();
      }
    };
    void plan();
    expect(await waitFor(() => false)).toEqual({ result: false, ms: 5_000 });
  });

  test('does not count the time in which the process had no CPU', async () => {
    const stalled = {
      now: () => clock.now(),
      wall: () => clock.wall(),
      sleep: (ms: number) => clock.sleep(clock.now() === 100 ? 2_000 : ms),
    };
    tracker = new PlanTracker(stalled);
    expect(await waitFor(() => clock.now() > 2_200)).toEqual({ result: true, ms: 2_250 });
  });

  test('waits longer for the plan of a resource that was read, but not for ever: a tainted one is planned as a new one', async () => {
    tracker.willRead(pair(1));
    expect(await waitFor(() => false)).toEqual({ result: false, ms: 1_500 });
    tracker.wasPlanned(pair(1));
    expect(await waitFor(() => false)).toEqual({ result: false, ms: 1_900 });
  });

  test('returns undefined for more than eight waits, which could occupy all of Terraform’s workers', async () => {
    const waits = range(10).map(() => tracker.waitUntilQuiet(() => false, never()));
    expect(await Promise.all(waits.slice(8))).toEqual([undefined, undefined]);
    expect(clock.now()).toBe(0);
    await clock.run(Promise.all(waits));
    expect(clock.now()).toBe(400);
  });

  test.each([
    [1, undefined],
    [2, undefined],
    [3, undefined],
    [4, false],
    [100, false],
  ])('with %i workers returns %s if one check waits', async (workers, result) => {
    tracker = new PlanTracker(clock, () => workers);
    expect((await waitFor(() => false)).result).toBe(result);
    expect((await waitFor(() => true)).result).toBe(true);
  });

  test('returns undefined while the plan is being applied', async () => {
    void clock.sleep(100).then(() => tracker.markApplying());
    expect((await waitFor(() => false)).result).toBeUndefined();
    expect(tracker.applying).toBe(true);
  });

  test('rejects when aborted, and no longer counts as waiting', async () => {
    const stop = new AbortController();
    void clock.sleep(100).then(() => stop.abort(new Error('stop')));
    const waits = range(8).map(() => tracker.waitUntilQuiet(() => false, stop.signal));
    const results = await clock.run(Promise.allSettled(waits));
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect((await waitFor(() => false)).result).toBe(false);
  });
});

describe('the number of vNICs of an instance after the plan', () => {
  const listed = [0, 1, 2].map(nicId);

  test('counts a vNIC once if it is both attached and planned', () => {
    for (const index of [1, 3, 1, 3]) tracker.willAttach(nicId(index), ins1);
    expect(tracker.countAfter(ins1, listed)).toBe(4);
  });

  test('excludes a detached vNIC unless it is attached again', () => {
    tracker.willDetach(pair(1));
    expect(tracker.countAfter(ins1, listed)).toBe(2);
    tracker.willAttach(nicId(1), ins1);
    expect(tracker.countAfter(ins1, listed)).toBe(3);
  });

  test('ignores a detach from another instance', () => {
    tracker.willDetach(targetOfPair(['nic-1', 'ins-2']));
    expect(tracker.countAfter(ins1, listed)).toBe(3);
  });

  test('counts each vNIC whose ID is known only after apply', () => {
    tracker.willAttach(undefined, ins1);
    tracker.willAttach(undefined, ins1);
    expect(tracker.countAfter(ins1, listed)).toBe(5);
  });
});
