import { RateLimit } from '../../lib/simulator/rules';
import { ZecApiError } from '../../lib/zec';
import { FIRST_PACE, refused, sent } from '../../lib/zec/pace';
import { Pacer } from '../../lib/zec/pacer';
import type { PaceStore } from '../../lib/zec/pacer';
import { MAX_CONNECTIONS } from '../../lib/zec/transport';
import { FakeClock } from '../support/fake-clock';
import { SharedPace } from './shared-pace';

let clock: FakeClock;
beforeEach(() => {
  clock = new FakeClock();
});

const pacerOf = (store: PaceStore) => new Pacer({ clock, random: () => 0.5, store });
const send = (pacer: Pacer, error?: Error) =>
  pacer
    .take('DescribeInstances', {}, async () => {
      await clock.sleep(20);
      if (error !== undefined) throw error;
    })
    .catch(() => undefined);
const refusal = () =>
  new ZecApiError({
    action: 'DescribeInstances',
    code: 'REQUEST_LIMIT_EXCEEDED',
    message: '',
    httpStatus: 429,
  });

describe('a pace that others share', () => {
  test('is written with every request, when it leaves and when it passed, until none is spaced any more', async () => {
    const store = new SharedPace(undefined);
    const pacer = pacerOf(store);
    await clock.run(send(pacer));
    expect(store.saved).toHaveLength(2);
    for (let round = 0; round < 60; round += 1) await clock.run(send(pacer));
    expect(store.pace).toEqual({ ...FIRST_PACE, perSecond: Infinity });
    const { length } = store.saved;
    expect(length).toBeLessThan(80);
    const locked = store.locked;
    await clock.run(send(pacer));
    await clock.run(send(pacerOf(store)));
    expect([store.saved.length, store.locked]).toEqual([length, locked]);
  });

  test('is written again when somebody is refused', async () => {
    const store = new SharedPace({ ...FIRST_PACE, perSecond: Infinity });
    const pacer = pacerOf(store);
    await clock.run(send(pacer, refusal()));
    expect(store.pace).toMatchObject({ passed: 0, refusedAt: 20 });
    await clock.run(send(pacer));
    expect(store.saved).toHaveLength(3);
  });

  test.each([
    ['meet a limit with a handful of requests where they share it', true, [1, 5]],
    ['and with a crowd where they do not', false, [40, 80]],
  ] as const)('forty processes that begin within a second %s', async (_, sharing, [least, most]) => {
    const limit = new RateLimit();
    const store = new SharedPace(undefined);
    let refusals = 0;
    const look = (pacer: Pacer) =>
      pacer
        .take('DescribeInstances', {}, async () => {
          const seconds = limit.take(5, clock.now());
          await clock.sleep(20);
          if (seconds > 0) refusals += 1;
          if (seconds > 0) throw refusal();
        })
        .catch(() => undefined);
    const processes = Array.from({ length: 40 }, async (__, index) => {
      await clock.sleep(index * 25);
      const pacer = sharing ? pacerOf(store) : new Pacer({ clock, random: () => 0.5 });
      await Promise.all([look(pacer), look(pacer)]);
    });
    await clock.run(Promise.all(processes));
    expect(refusals).toBeGreaterThanOrEqual(least);
    expect(refusals).toBeLessThanOrEqual(most);
  });

  test('is what another process made of it: it holds this one too', async () => {
    const store = new SharedPace(refused(FIRST_PACE, 0, 0, 0, 5_000));
    await clock.run(send(pacerOf(store)));
    expect(clock.now()).toBe(5_020);
  });

  test('goes when it is near no limit any more, for others as well', async () => {
    const store = new SharedPace({ ...refused(FIRST_PACE, 0, 0, 0, 0), perSecond: 499 });
    await clock.run(send(pacerOf(store)));
    expect(store.saved.at(-1)).toEqual({ ...FIRST_PACE, perSecond: Infinity });
  });

  test('lets two processes take two turns, not one', async () => {
    const store = new SharedPace(refused(FIRST_PACE, 0, 0, 0, 0));
    const left: number[] = [];
    const take = (pacer: Pacer) =>
      pacer.take('DescribeInstances', {}, () => {
        left.push(clock.now());
        return Promise.resolve();
      });
    await clock.run(Promise.all([take(pacerOf(store)), take(pacerOf(store)), take(pacerOf(store))]));
    const gaps = left.slice(1).map((at, index) => at - (left[index] ?? 0));
    for (const gap of gaps) expect(gap).toBeGreaterThan(400);
    expect(store.locked).toBeGreaterThanOrEqual(6);
  });

  test('may give a turn to another process at the last moment: then this one waits for the next', async () => {
    const store = new SharedPace(refused(FIRST_PACE, -1, -1, 0, 0));
    store.meanwhile = () => {
      store.meanwhile = () => undefined;
      store.pace = sent(store.pace ?? FIRST_PACE, 'read', 0);
    };
    await clock.run(send(pacerOf(store)));
    expect(clock.now()).toBe(520);
  });

  test('that others were quicker to take, however often, leaves no connection in use', async () => {
    const store = new SharedPace(refused(FIRST_PACE, -1, -1, 0, 0));
    let losses = 0;
    store.meanwhile = () => {
      if (losses++ < MAX_CONNECTIONS) store.pace = sent(store.pace ?? FIRST_PACE, 'read', clock.now());
    };
    await clock.run(send(pacerOf(store)));
    // Each turn that was lost is half a second, and no more.
    expect([losses > MAX_CONNECTIONS, clock.now()]).toEqual([true, MAX_CONNECTIONS * 500 + 20]);
  });

  test('is locked for a turn that is free, and not for each look whether one is', async () => {
    const store = new SharedPace(refused(FIRST_PACE, 0, 0, 0, 10_000));
    const pacer = pacerOf(store);
    const first = send(pacer);
    const second = send(pacer);
    expect(store.locked).toBe(0);
    await clock.run(Promise.all([first, second]));
    // Two turns, and two answers.
    expect(store.locked).toBe(4);
  });
});
