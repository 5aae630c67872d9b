import { stripVTControlCharacters } from 'node:util';
import type { Screen } from '../../lib/cli/screen';
import type { StatusInventory } from '../../lib/cli/status/inventory';
import { listInventory } from '../../lib/cli/status/inventory';
import { watch } from '../../lib/cli/status/watch';
import { Cloud } from '../../lib/simulator';
import { ZecNetworkError, ZecApiError } from '../../lib/zec';
import { instance, nic, T0, world } from '../simulator/worlds';
import { cloudApi } from '../support/cloud-api';
import { FakeClock } from '../support/fake-clock';

const plain = (_: string, text: string) => text;
const TERMINAL: Screen = { isTerminal: true, columns: 80, rows: 24, paint: plain };
const FILE: Screen = { isTerminal: false, columns: undefined, rows: 24, paint: plain };
const networkError = () =>
  new ZecNetworkError('connection lost', { action: 'DescribeInstances', outcome: 'not-applied' });

/** Watches a simulated cloud for a number of reads. `beforeRead` gets the number of the read, from 1, and may throw. */
function startWatch(
  screen: Screen,
  reads: number,
  beforeRead: (read: number, cloud: Cloud) => void = () => undefined,
  intervalMs = 5_000,
) {
  const clock = new FakeClock(T0);
  const cloud = new Cloud({
    world: world({ instances: [instance('ins-1')], nics: [nic('nic-1')] }),
    now: () => clock.wall(),
  });
  const api = cloudApi(cloud, clock);
  const end = new AbortController();
  const times: number[] = [];
  const writes: string[] = [];
  const read = async (): Promise<StatusInventory> => {
    times.push(clock.now());
    beforeRead(times.length, cloud);
    const inventory = await listInventory(api, {}, end.signal);
    if (times.length === reads) queueMicrotask(() => end.abort(new Error('interrupted')));
    return inventory;
  };
  const session = { signal: end.signal, out: (text: string) => void writes.push(text), screen };
  const done = clock.run(watch({ read, intervalMs, clock, session }));
  return { done, times, writes, text: () => writes.join('') };
}

test('reads at the interval, one read at a time, and stops without an error', async () => {
  const { done, times } = startWatch(FILE, 4);
  await done;
  const delays = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  expect(times).toHaveLength(4);
  // Two requests of 20 ms each, then the interval.
  expect(delays).toEqual([5_040, 5_040, 5_040]);
});

test('a terminal is updated in place on the alternate screen, and the last frame is printed on the main screen', async () => {
  const { done, writes, text } = startWatch(TERMINAL, 2, (read, cloud) => {
    if (read === 2) cloud.patch({ nics: { 'nic-1': { status: 'USED', instanceId: 'ins-1' } } });
  });
  await done;
  expect(writes[0]).toBe('\u001b[?1049h\u001b[?25l');
  const frames = writes.slice(1, -1);
  expect(frames).toHaveLength(2);
  for (const frame of frames) {
    expect(frame.startsWith('\u001b[H')).toBe(true);
    expect(frame.endsWith('\u001b[J')).toBe(true);
  }
  const [, mainScreen = ''] = text().split('\u001b[?25h\u001b[?1049l');
  expect(mainScreen).toMatch(/^INSTANCE[^]*ins-1[^]*USED[^]*1 instance, 1 vNIC \(1 USED\)\n$/);
  expect(mainScreen).not.toContain('Ctrl-C');
  expect(frames[0]).not.toContain('was AVAILABLE');
  expect(mainScreen).toMatch(/USED .* was AVAILABLE\n/);
});

test('a change has a note in the next read only', () => {
  const { done, writes } = startWatch(FILE, 4, (read, cloud) => {
    if (read === 2) cloud.patch({ nics: { 'nic-1': { status: 'USED', instanceId: 'ins-1' } } });
    if (read === 3) cloud.patch({ nics: { 'nic-1': { status: 'AVAILABLE', instanceId: null } } });
    if (read === 4) cloud.patch({ nics: { 'nic-2': nic('nic-2') } });
  });
  return done.then(() => {
    const note = (text = '', id: string) =>
      new RegExp(`${id}.*?(?:10\\.[\\d.]+) *(.*)$`, 'm').exec(text)?.[1];
    expect(writes.map((text) => note(text, 'nic-1'))).toEqual([
      '',
      'was AVAILABLE',
      'was USED, was attached to ins-1',
      '',
    ]);
    expect(note(writes[3], 'nic-2')).toBe('new');
  });
});

test('a frame never exceeds the terminal', async () => {
  const { done, writes } = startWatch({ ...TERMINAL, columns: 40, rows: 4 }, 1);
  await done;
  const lines = (writes[1] ?? '').split('\r\n');
  expect(lines).toHaveLength(4);
  expect(Math.max(...lines.map((line) => stripVTControlCharacters(line).length))).toBeLessThanOrEqual(40);
  expect(lines[3]).toMatch(/more lines/);
});

test('a transient error is reported and retried with backoff, which a success resets', async () => {
  const { done, times, text } = startWatch(FILE, 5, (read) => {
    if (read === 2 || read === 3) throw networkError();
  });
  await done;
  expect(times.slice(1).map((time, index) => time - (times[index] ?? 0))).toEqual([
    5_040, 10_000, 20_000, 5_040,
  ]);
  expect(text().match(/connection lost; retrying/g)).toHaveLength(2);
});

test('the watch stops after ten consecutive failures, a permanent error, or a failed first read', async () => {
  const tenth = startWatch(FILE, 99, (read) => {
    if (read > 1) throw networkError();
  });
  await expect(tenth.done).rejects.toThrow('connection lost');
  expect(tenth.times).toHaveLength(11);
  const delays = tenth.times.slice(1).map((time, index) => time - (tenth.times[index] ?? 0));
  expect(Math.max(...delays)).toBe(60_000);
  const permanent = startWatch(TERMINAL, 99, (read) => {
    if (read === 3)
      throw new ZecApiError({
        action: 'DescribeInstances',
        code: 'AUTHFAILURE_X',
        message: 'no',
        httpStatus: 401,
      });
  });
  await expect(permanent.done).rejects.toThrow('AUTHFAILURE_X');
  expect(permanent.times).toHaveLength(3);
  expect(permanent.text()).toContain('\u001b[?1049l');
  const first = startWatch(FILE, 99, () => {
    throw networkError();
  });
  await expect(first.done).rejects.toThrow('connection lost');
});

test('a failed read on a terminal keeps the last table, and shows its time', async () => {
  const { done, writes } = startWatch(TERMINAL, 3, (read) => {
    if (read === 2) throw networkError();
  });
  await done;
  expect(writes[2]).toMatch(
    /ins-1[^]*last read at 2026-01-01T00:00:00\.040Z; failing since: connection lost/,
  );
});
