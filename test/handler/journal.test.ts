import type { Goal } from '../../lib/handler';
import { NOTHING_DONE } from '../../lib/handler/decide';
import { Journal } from '../../lib/handler/journal';
import { ZecApiError, ZecNetworkError, type ZecError } from '../../lib/zec/errors';
import { SETTLE_MS } from '../../lib/zec/in-flight';
import { attaching, detaching, used, view } from './views';

const free = view();
const lost = new ZecNetworkError('no answer', { action: 'AttachNetworkInterface', outcome: 'unknown' });
const never = new ZecNetworkError('no connection', {
  action: 'AttachNetworkInterface',
  outcome: 'not-applied',
});
const refusal = (code: string, requestId?: string) =>
  new ZecApiError({ action: 'AttachNetworkInterface', code, message: 'No.', httpStatus: 400, requestId });

function journal(goal: Goal = 'attach') {
  const it = new Journal(goal);
  return {
    it,
    send: (at = 0) => it.sending(at),
    accept: (at: number, id = 'T1') => {
      it.sending(at);
      it.accepted(id, at);
    },
    reject: (at: number, error: ZecError) => {
      it.sending(at);
      it.rejected(error, at);
    },
    pending: (now = 0) => it.progress(now).pending,
    refusals: () => it.progress(0).refusals,
  };
}

test('nothing done is nothing pending and nothing left', () => {
  const { it } = journal();
  expect(it.progress(0)).toEqual(NOTHING_DONE);
  expect(it.mayHaveLeftAttachment()).toBe(false);
  it.saw(free, 0);
  expect(it.mayHaveLeftAttachment()).toBe(false);
});

describe('an accepted request', () => {
  test('is waited for until looks no longer lag, then counts as refused by the platform', () => {
    const { it, accept, pending, refusals } = journal();
    accept(1_000, 'T7');
    expect(pending()).toBe('the attach that the API accepted (requestId T7) to show');
    it.saw(free, 1_000 + SETTLE_MS - 1);
    expect([pending(), refusals(), it.mayHaveLeftAttachment()]).toEqual([expect.any(String), 0, true]);
    it.saw(free, 1_000 + SETTLE_MS);
    expect([pending(), refusals(), it.mayHaveLeftAttachment()]).toEqual([undefined, 1, false]);
  });

  test('whose effect was seen is still waited for when an older look follows', () => {
    const { it, accept, pending, refusals } = journal();
    accept(0);
    it.saw(attaching, 500);
    it.saw(free, 1_000);
    expect([pending(), refusals(), it.mayHaveLeftAttachment()]).toEqual([expect.any(String), 0, true]);
  });

  test('is not refused however long it takes', () => {
    const { it, accept, refusals } = journal();
    accept(0);
    it.saw(attaching, 60_000);
    it.saw(used, 120_000);
    expect([refusals(), it.mayHaveLeftAttachment()]).toEqual([0, true]);
  });

  test('each that falls back counts', () => {
    const { it, accept, refusals } = journal();
    for (const at of [0, 10_000, 20_000]) {
      accept(at);
      it.saw(attaching, at + 500);
      it.saw(free, at + SETTLE_MS);
    }
    expect(refusals()).toBe(3);
  });
});

describe('a request whose answer is lost', () => {
  test('may have been carried out from the moment it leaves', () => {
    const { it, send, pending, refusals } = journal();
    send();
    expect(pending()).toBe('the outcome of the request that was under way');
    expect(it.mayHaveLeftAttachment()).toBe(true);
    it.saw(free, SETTLE_MS);
    expect([pending(), refusals()]).toEqual([undefined, 0]);
  });

  test('that never shows never arrived: nobody refused it', () => {
    const { it, reject, pending, refusals } = journal();
    reject(0, lost);
    expect(pending()).toBe(
      'a look that tells whether the attach was carried out, since its answer was lost (no answer)',
    );
    it.saw(free, SETTLE_MS - 1);
    expect(it.mayHaveLeftAttachment()).toBe(true);
    it.saw(free, SETTLE_MS);
    expect([pending(), refusals(), it.mayHaveLeftAttachment()]).toEqual([undefined, 0, false]);
  });

  test('that shows and then falls back was refused', () => {
    const { it, reject, refusals } = journal();
    reject(0, lost);
    it.saw(attaching, 500);
    it.saw(free, SETTLE_MS);
    expect(refusals()).toBe(1);
  });

  test('that never left is over at once', () => {
    const { it, reject, pending } = journal();
    reject(0, never);
    expect([pending(), it.progress(0).conflict, it.mayHaveLeftAttachment()]).toEqual([
      undefined,
      undefined,
      false,
    ]);
  });
});

describe('what shows the effect of a detach', () => {
  test.each([
    ['the vNIC on its way out', detaching],
    ['the vNIC free', free],
    ['the vNIC at another instance', view({ nicStatus: 'USED', owner: 'other' })],
    ['no vNIC', view({ nicStatus: undefined })],
  ])('%s', (_, seen) => {
    const { it, accept, refusals } = journal('detach');
    accept(0);
    it.saw(seen, 500);
    it.saw(seen, 60_000);
    expect([refusals(), it.progress(60_000).pending]).toEqual([
      0,
      expect.stringContaining('the detach that'),
    ]);
  });

  test('but not the vNIC still used', () => {
    const { it, accept, refusals } = journal('detach');
    accept(0);
    it.saw(used, SETTLE_MS);
    expect(refusals()).toBe(1);
  });
});

test('a vNIC that another instance took shows no attach of ours', () => {
  const { it, accept, refusals } = journal();
  accept(0);
  it.saw(view({ nicStatus: 'USED', owner: 'other' }), SETTLE_MS);
  expect([refusals(), it.mayHaveLeftAttachment()]).toEqual([1, false]);
});

test('an available vNIC that still names the target shows no attach', () => {
  const { it, accept, refusals } = journal();
  accept(0);
  it.saw(view({ owner: 'target' }), SETTLE_MS);
  expect(refusals()).toBe(1);
});

describe('conflicts', () => {
  const conflict = refusal('INVALID_NIC_STATUS', 'T2');

  test('the same one counts up, keeps the API’s words, and is waited out', () => {
    const { it, reject, pending } = journal();
    reject(0, conflict);
    reject(9_000, conflict);
    expect(it.progress(9_000).conflict).toMatchObject({ count: 2, text: conflict.message });
    const settling = 'both views to settle, since the API answered INVALID_NIC_STATUS';
    expect(pending(9_000 + SETTLE_MS - 1)).toBe(settling);
    expect(pending(9_000 + SETTLE_MS)).toBeUndefined();
    expect(it.mayHaveLeftAttachment()).toBe(false);
  });

  test('another one starts anew, with its own advice', () => {
    const { it, reject } = journal();
    reject(0, conflict);
    reject(1, refusal('INVALID_INSTANCE_PRECHECK_ABNORMAL'));
    expect(it.progress(1).conflict).toMatchObject({
      count: 1,
      advice: expect.stringContaining('QGA') as string,
    });
  });

  test('a request that took effect ends them', () => {
    const { it, reject, accept } = journal();
    reject(0, conflict);
    accept(6_000);
    it.saw(attaching, 7_000);
    expect(it.progress(7_000).conflict).toBeUndefined();
  });

  test('a refusal that is none says nothing of the world', () => {
    const { it, reject } = journal();
    reject(0, refusal('REQUEST_LIMIT_EXCEEDED'));
    expect(it.progress(0).conflict).toBeUndefined();
  });
});

describe('what is told of it', () => {
  test('the last look counts for what may be left, whoever attached', () => {
    const { it } = journal();
    it.saw(used, 0);
    expect(it.mayHaveLeftAttachment()).toBe(true);
    it.saw(view({ nicStatus: 'USED', owner: 'other' }), 1);
    expect(it.mayHaveLeftAttachment()).toBe(false);
    expect(it.last?.owner).toBe('other');
  });

  test('what was seen and how often, the most recent last', () => {
    const { it } = journal();
    it.saw(free, 0);
    it.saw(attaching, 1);
    it.lookFailed(new Error('reset'));
    it.saw(free, 2);
    expect(it.observed()).toEqual([
      '1 × vNIC ATTACHING (instance ins-1), instance RUNNING, which does not list the vNIC',
      '1 × no answer (reset)',
      '2 × vNIC AVAILABLE, instance RUNNING',
    ]);
  });

  test('only the newest twenty kinds and ten request ids', () => {
    const { it, accept } = journal();
    for (let index = 0; index < 30; index += 1) {
      it.lookFailed(new Error(`${index}`));
      accept(index, `T${index}`);
    }
    expect(it.observed()).toHaveLength(20);
    expect(it.observed()[0]).toBe('1 × no answer (10)');
    expect(it.mutatingRequestIds).toEqual(Array.from({ length: 10 }, (_, index) => `T${index + 20}`));
  });

  test('request ids of refusals, where the API gave one', () => {
    const { it, reject } = journal();
    reject(0, refusal('INVALID_NIC_STATUS', 'T5'));
    reject(0, lost);
    expect(it.mutatingRequestIds).toStrictEqual(['T5']);
  });
});
