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

/** What the wait resolves to, and when. */
const waited = async (holds: () => boolean, signal = never()) => {
  const result = await clock.run(tracker.waitUntilQuiet(holds, signal));
  return { result, ms: clock.now() };
};

describe('waiting for what else a plan does', () => {
  test('ends at once where it is planned already', async () => {
    tracker.willDetach(pair(1));
    expect(await waited(() => tracker.detaches(nicId(1), 'ins-1'))).toEqual({ result: true, ms: 0 });
  });

  test('ends when it is planned', async () => {
    void clock.sleep(300).then(() => tracker.willDetach(pair(1)));
    expect(await waited(() => tracker.detaches(nicId(1), 'ins-1'))).toEqual({ result: true, ms: 300 });
  });

  test('ends without it once nothing was planned for a while', async () => {
    expect(await waited(() => false)).toEqual({ result: false, ms: 400 });
  });

  test('goes on while other things are planned, but not for ever', async () => {
    const plan = async () => {
      for (let index = 0; index < 100; index += 1) {
        await clock.sleep(200);
        tracker.recordActivity();
      }
    };
    void plan();
    expect(await waited(() => false)).toEqual({ result: false, ms: 5_000 });
  });

  test('tells nothing to those beyond eight, who might hold all of Terraform’s workers', async () => {
    const waits = range(10).map(() => tracker.waitUntilQuiet(() => false, never()));
    expect(await Promise.all(waits.slice(8))).toEqual([undefined, undefined]);
    expect(clock.now()).toBe(0);
    await clock.run(Promise.all(waits));
    expect(clock.now()).toBe(400);
  });

  test('tells nothing while the plan is carried out', async () => {
    void clock.sleep(100).then(() => tracker.markApplying('creates'));
    expect((await waited(() => false)).result).toBeUndefined();
    expect([tracker.applying, tracker.removing]).toEqual([true, false]);
    tracker.markApplying('removals');
    tracker.markApplying('creates');
    expect(tracker.removing).toBe(true);
  });

  test('ends with Ctrl-C, and leaves room for others', async () => {
    const stop = new AbortController();
    void clock.sleep(100).then(() => stop.abort(new Error('stop')));
    const waits = range(8).map(() => tracker.waitUntilQuiet(() => false, stop.signal));
    const results = await clock.run(Promise.allSettled(waits));
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect((await waited(() => false)).result).toBe(false);
  });
});

describe('how many vNICs an instance holds after the plan', () => {
  const listed = [0, 1, 2].map(nicId);

  test('one that is listed and planned counts once, in whatever order it is planned', () => {
    for (const index of [1, 3, 1, 3]) tracker.willAttach(nicId(index), ins1);
    expect(tracker.countAfter(ins1, listed)).toBe(4);
  });

  test('one that is detached counts no more, and counts again where it is attached again', () => {
    tracker.willDetach(pair(1));
    expect(tracker.countAfter(ins1, listed)).toBe(2);
    tracker.willAttach(nicId(1), ins1);
    expect(tracker.countAfter(ins1, listed)).toBe(3);
  });

  test('one that is detached elsewhere is not taken from this instance', () => {
    tracker.willDetach(targetOfPair(['nic-1', 'ins-2']));
    expect(tracker.countAfter(ins1, listed)).toBe(3);
  });

  test('each vNIC whose ID is known only after apply counts', () => {
    tracker.willAttach(undefined, ins1);
    tracker.willAttach(undefined, ins1);
    expect(tracker.countAfter(ins1, listed)).toBe(5);
  });
});
