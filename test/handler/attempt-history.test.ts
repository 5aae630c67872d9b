import type { Goal } from '../../lib/handler';
import { AttemptHistory } from '../../lib/handler/attempt-history';
import { NO_ATTEMPTS } from '../../lib/handler/decide';
import { timedOut } from '../../lib/handler/errors';
import { ZecApiError, ZecNetworkError, type ZecError } from '../../lib/zec/errors';
import { InFlightMemory, SETTLE_MS } from '../../lib/zec/in-flight';
import { FakeClock } from '../support/fake-clock';
import { attaching, detaching, TARGET, used, view } from './views';

const free = view();
const lost = new ZecNetworkError('no response', { action: 'AttachNetworkInterface', outcome: 'unknown' });
const never = new ZecNetworkError('no connection', {
  action: 'AttachNetworkInterface',
  outcome: 'not-applied',
});
const refusal = (code: string, requestId?: string) =>
  new ZecApiError({ action: 'AttachNetworkInterface', code, message: 'No.', httpStatus: 400, requestId });

function history(goal: Goal = 'attach') {
  const inFlight = new InFlightMemory(new FakeClock());
  const it = new AttemptHistory(goal, TARGET, inFlight);
  const details = () => it.errorOf(timedOut(1_000, '')).details;
  return {
    it,
    send: (at = 0) => it.sending(at),
    accept: (at: number, id = 'T1') => {
      it.sending(at);
      it.requestAccepted(id, at);
    },
    reject: (at: number, error: ZecError) => {
      it.sending(at);
      it.requestFailed(error, at);
    },
    pending: (now = 0) => it.progress(now).pending,
    refusals: () => it.progress(0).refusals,
    mayBeAttached: () => details().leftBehind === 'possibly-attached',
    counts: () => details().observed,
    requestIds: () => details().requestIds,
    sentRequests: () => inFlight.requests(TARGET.nicId),
  };
}

test('a new history has no pending request and no possible attachment', () => {
  const { it, mayBeAttached } = history();
  expect(it.progress(0)).toEqual(NO_ATTEMPTS);
  expect(mayBeAttached()).toBe(false);
  it.observed(free, 0);
  expect(mayBeAttached()).toBe(false);
});

describe('an accepted request', () => {
  test('is waited for during the settle time, then counted as a refused attempt', () => {
    const { it, accept, pending, refusals, mayBeAttached } = history();
    accept(1_000, 'T7');
    expect(pending()).toBe('the attach that the API accepted (requestId T7) to show');
    it.observed(free, 1_000 + SETTLE_MS - 1);
    expect([pending(), refusals(), mayBeAttached()]).toEqual([expect.any(String), 0, true]);
    it.observed(free, 1_000 + SETTLE_MS);
    expect([pending(), refusals(), mayBeAttached()]).toEqual([undefined, 1, false]);
  });

  test('is still waited for when a stale read follows one that showed its effect', () => {
    const { it, accept, pending, refusals, mayBeAttached } = history();
    accept(0);
    it.observed(attaching, 500);
    it.observed(free, 1_000);
    expect([pending(), refusals(), mayBeAttached()]).toEqual([expect.any(String), 0, true]);
  });

  test('is not counted as a refused attempt while it is in progress, however long', () => {
    const { it, accept, refusals, mayBeAttached } = history();
    accept(0);
    it.observed(attaching, 60_000);
    it.observed(used, 120_000);
    expect([refusals(), mayBeAttached()]).toEqual([0, true]);
  });

  test('each fall-back is counted as a refused attempt', () => {
    const { it, accept, refusals } = history();
    for (const at of [0, 10_000, 20_000]) {
      accept(at);
      it.observed(attaching, at + 500);
      it.observed(free, at + SETTLE_MS);
    }
    expect(refusals()).toBe(3);
  });
});

describe('a request whose response is lost', () => {
  test('may have been carried out as soon as it is sent', () => {
    const { it, send, pending, refusals, mayBeAttached } = history();
    send();
    expect(pending()).toBe('the outcome of the request in flight');
    expect(mayBeAttached()).toBe(true);
    it.observed(free, SETTLE_MS);
    expect([pending(), refusals()]).toEqual([undefined, 0]);
  });

  test('that never becomes visible is not counted as a refused attempt', () => {
    const { it, reject, pending, refusals, mayBeAttached } = history();
    reject(0, lost);
    expect(pending()).toBe(
      'a read that shows whether the attach was carried out: its response was lost (no response)',
    );
    it.observed(free, SETTLE_MS - 1);
    expect(mayBeAttached()).toBe(true);
    it.observed(free, SETTLE_MS);
    expect([pending(), refusals(), mayBeAttached()]).toEqual([undefined, 0, false]);
  });

  test('that takes effect and then falls back is counted as a refused attempt', () => {
    const { it, reject, refusals } = history();
    reject(0, lost);
    it.observed(attaching, 500);
    it.observed(free, SETTLE_MS);
    expect(refusals()).toBe(1);
  });

  test('that was never sent is not waited for', () => {
    const { it, reject, pending, mayBeAttached } = history();
    reject(0, never);
    expect([pending(), it.progress(0).conflict, mayBeAttached()]).toEqual([undefined, undefined, false]);
  });
});

describe('the effect of a detach is shown by', () => {
  test.each([
    ['the vNIC DETACHING', detaching],
    ['the vNIC AVAILABLE', free],
    ['the vNIC at another instance', view({ nicStatus: 'USED', owner: 'other' })],
    ['a missing vNIC', view({ nicStatus: undefined })],
  ])('%s', (_, seen) => {
    const { it, accept, refusals } = history('detach');
    accept(0);
    it.observed(seen, 500);
    it.observed(seen, 60_000);
    expect([refusals(), it.progress(60_000).pending]).toEqual([
      0,
      expect.stringContaining('the detach that'),
    ]);
  });

  test('not by the vNIC still USED', () => {
    const { it, accept, refusals } = history('detach');
    accept(0);
    it.observed(used, SETTLE_MS);
    expect(refusals()).toBe(1);
  });
});

test('a vNIC attached to another instance means that the attach had no effect', () => {
  const { it, accept, refusals, mayBeAttached } = history();
  accept(0);
  it.observed(view({ nicStatus: 'USED', owner: 'other' }), SETTLE_MS);
  expect([refusals(), mayBeAttached()]).toEqual([1, false]);
});

test('an AVAILABLE vNIC that still names the target means that the attach had no effect', () => {
  const { it, accept, refusals } = history();
  accept(0);
  it.observed(view({ owner: 'target' }), SETTLE_MS);
  expect(refusals()).toBe(1);
});

describe('conflicts', () => {
  const conflict = refusal('INVALID_NIC_STATUS', 'T2');

  test('of the same code are counted, keep the API’s message, and are waited for', () => {
    const { it, reject, pending, mayBeAttached } = history();
    reject(0, conflict);
    reject(9_000, conflict);
    expect(it.progress(9_000).conflict).toMatchObject({ count: 2, text: conflict.message });
    const settling = 'the vNIC and the instance to agree after the API returned INVALID_NIC_STATUS';
    expect(pending(9_000 + SETTLE_MS - 1)).toBe(settling);
    expect(pending(9_000 + SETTLE_MS)).toBeUndefined();
    expect(mayBeAttached()).toBe(false);
  });

  test('of another code restart the count, with their own advice', () => {
    const { it, reject } = history();
    reject(0, conflict);
    reject(1, refusal('INVALID_INSTANCE_PRECHECK_ABNORMAL'));
    expect(it.progress(1).conflict).toMatchObject({
      count: 1,
      advice: expect.stringContaining('QGA') as string,
    });
  });

  test('are reset by a request that takes effect', () => {
    const { it, reject, accept } = history();
    reject(0, conflict);
    accept(6_000);
    it.observed(attaching, 7_000);
    expect(it.progress(7_000).conflict).toBeUndefined();
  });

  test('do not include a throttled request', () => {
    const { it, reject } = history();
    reject(0, refusal('REQUEST_LIMIT_EXCEEDED'));
    expect(it.progress(0).conflict).toBeUndefined();
  });
});

describe('the error of a failed operation', () => {
  test('reports a possible attachment according to the last read', () => {
    const { it, mayBeAttached } = history();
    it.observed(used, 0);
    expect(mayBeAttached()).toBe(true);
    it.observed(view({ nicStatus: 'USED', owner: 'other' }), 1);
    expect(mayBeAttached()).toBe(false);
    expect(it.lastView?.owner).toBe('other');
  });

  test('lists each observation with its count, the most recent last', () => {
    const { it, counts } = history();
    it.observed(free, 0);
    it.observed(attaching, 1);
    it.readFailed(new Error('reset'));
    it.observed(free, 2);
    expect(counts()).toEqual([
      '1 × vNIC ATTACHING (instance ins-1), instance RUNNING, which does not list the vNIC',
      '1 × failed read (reset)',
      '2 × vNIC AVAILABLE, instance RUNNING',
    ]);
  });

  test('lists only the last twenty observations and ten request IDs', () => {
    const { it, accept, counts, requestIds } = history();
    for (let index = 0; index < 30; index += 1) {
      it.readFailed(new Error(`${index}`));
      accept(index, `T${index}`);
    }
    expect(counts()).toHaveLength(20);
    expect(counts()[0]).toBe('1 × failed read (10)');
    expect(requestIds()).toEqual(Array.from({ length: 10 }, (_, index) => `T${index + 20}`));
  });

  test('lists the request IDs of refused requests, if the API returned one', () => {
    const { reject, requestIds } = history();
    reject(0, refusal('INVALID_NIC_STATUS', 'T5'));
    reject(0, lost);
    expect(requestIds()).toStrictEqual(['T5']);
  });
});

describe('requests in flight that other operations see', () => {
  test('a refused request is removed, and an accepted one is settled by success', () => {
    const { it, accept, reject, sentRequests } = history();
    reject(0, refusal('INVALID_NIC_STATUS'));
    expect(sentRequests()).toEqual([]);
    accept(1);
    expect(sentRequests()).toMatchObject([{ goal: 'attach', settled: false }]);
    it.settle();
    expect(sentRequests()).toMatchObject([{ goal: 'attach', settled: true }]);
  });

  test('a request whose response is lost stays in flight, even if the next one fails before it is sent', () => {
    const { it, reject, sentRequests } = history();
    reject(0, lost);
    it.requestFailed(never, 10);
    it.settle();
    expect(sentRequests()).toMatchObject([{ goal: 'attach', settled: false }]);
  });
});
