import { getEventListeners } from 'node:events';
import { orAborted, withTimeout } from '../../lib/zec/clock';
import { FakeClock } from '../support/fake-clock';

const never = new Promise<never>(() => undefined);

describe('orAborted', () => {
  test('settles like the work, and leaves no listener', async () => {
    const { signal } = new AbortController();
    expect(await orAborted(Promise.resolve('done'), signal)).toBe('done');
    expect(await orAborted(Promise.resolve('done'), undefined)).toBe('done');
    await expect(orAborted(Promise.reject(new Error('failed')), signal)).rejects.toThrow('failed');
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('rejects with the reason when the signal aborts, or has aborted before', async () => {
    const stop = new AbortController();
    const aborted = orAborted(never, stop.signal);
    stop.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
    await expect(orAborted(never, stop.signal)).rejects.toThrow('enough');
  });
});

describe('withTimeout', () => {
  const untilAborted = (signal: AbortSignal) => orAborted(never, signal);
  const late = () => new Error('too late');

  test('aborts the work after the time, and not earlier', async () => {
    const clock = new FakeClock();
    await expect(clock.run(withTimeout(clock, 500, late, undefined, untilAborted))).rejects.toThrow(
      'too late',
    );
    expect(clock.now()).toBe(500);
  });

  test('aborts the work when the caller does', async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    void clock.sleep(100).then(() => stop.abort(new Error('enough')));
    const work = withTimeout(clock, 500, late, stop.signal, untilAborted);
    await expect(clock.run(work)).rejects.toThrow('enough');
    expect(clock.now()).toBe(100);
  });

  test('leaves no timer when the work succeeds or fails', async () => {
    const clock = new FakeClock();
    expect(await withTimeout(clock, 500, late, undefined, () => Promise.resolve('done'))).toBe('done');
    const failing = withTimeout(clock, 500, late, undefined, () => Promise.reject(new Error('failed')));
    await expect(failing).rejects.toThrow('failed');
    await expect(clock.run(never)).rejects.toThrow('nothing sleeps');
    expect(clock.now()).toBe(0);
  });
});
