import { stripVTControlCharacters } from 'node:util';
import type { Screen } from '../../lib/cli/screen';
import type { Inventory } from '../../lib/cli/status/inventory';
import { takeInventory } from '../../lib/cli/status/inventory';
import { watch } from '../../lib/cli/status/watch';
import { Cloud } from '../../lib/simulator';
import { ZecNetworkError, ZecApiError } from '../../lib/zec';
import { instance, nic, T0, world } from '../simulator/worlds';
import { cloudApi } from '../support/cloud-api';
import { FakeClock } from '../support/fake-clock';

const TERMINAL: Screen = { isTerminal: true, columns: 80, rows: 24, color: false };
const FILE: Screen = { isTerminal: false, columns: undefined, rows: 24, color: false };
const lost = () =>
  new ZecNetworkError('the line is dead', { action: 'DescribeInstances', outcome: 'not-applied' });

/** A watch over a simulated cloud. `at` is called at the beginning of look number n, from 1, and may throw. */
function watching(
  screen: Screen,
  looks: number,
  at: (look: number, cloud: Cloud) => void = () => undefined,
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
  const look = async (): Promise<Inventory> => {
    times.push(clock.now());
    at(times.length, cloud);
    const inventory = await takeInventory(api, {}, end.signal);
    if (times.length === looks) queueMicrotask(() => end.abort(new Error('interrupted')));
    return inventory;
  };
  const options = {
    read: look,
    intervalMs,
    clock,
    signal: end.signal,
    write: (text: string) => writes.push(text),
  };
  const done = clock.run(watch({ ...options, screen: () => screen }));
  return { done, times, writes, text: () => writes.join('') };
}

test('looks at the interval, one look at a time, and ends without an error', async () => {
  const { done, times } = watching(FILE, 4);
  await done;
  const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  expect(times).toHaveLength(4);
  // Two requests of 20 ms each, then the interval.
  expect(pauses).toEqual([5_040, 5_040, 5_040]);
});

test('on a terminal it draws in place on the other screen, and leaves the last frame on the first', async () => {
  const { done, writes, text } = watching(TERMINAL, 2, (look, cloud) => {
    if (look === 2) cloud.patch({ nics: { 'nic-1': { status: 'USED', instanceId: 'ins-1' } } });
  });
  await done;
  expect(writes[0]).toBe('\u001b[?1049h\u001b[?25l');
  const frames = writes.slice(1, -1);
  expect(frames).toHaveLength(2);
  for (const frame of frames) {
    expect(frame.startsWith('\u001b[H')).toBe(true);
    expect(frame.endsWith('\u001b[J')).toBe(true);
  }
  const [, left = ''] = text().split('\u001b[?25h\u001b[?1049l');
  expect(left).toMatch(/^INSTANCE[^]*ins-1[^]*USED[^]*1 instance, 1 vNIC \(1 USED\)\n$/);
  expect(left).not.toContain('Ctrl-C');
  expect(frames[0]).not.toContain('was AVAILABLE');
  expect(left).toMatch(/USED .* was AVAILABLE\n/);
});

test('what changed has a note, for one look', () => {
  const { done, writes } = watching(FILE, 4, (look, cloud) => {
    if (look === 2) cloud.patch({ nics: { 'nic-1': { status: 'USED', instanceId: 'ins-1' } } });
    if (look === 3) cloud.patch({ nics: { 'nic-1': { status: 'AVAILABLE', instanceId: null } } });
    if (look === 4) cloud.patch({ nics: { 'nic-2': nic('nic-2') } });
  });
  return done.then(() => {
    const note = (text = '', id: string) =>
      new RegExp(`${id}.*?(?:10\\.[\\d.]+) *(.*)$`, 'm').exec(text)?.[1];
    expect(writes.map((text) => note(text, 'nic-1'))).toEqual([
      '',
      'was AVAILABLE',
      'was USED, was at ins-1',
      '',
    ]);
    expect(note(writes[3], 'nic-2')).toBe('new');
  });
});

test('a frame is never higher or wider than the terminal', async () => {
  const { done, writes } = watching({ ...TERMINAL, columns: 40, rows: 4 }, 1);
  await done;
  const lines = (writes[1] ?? '').split('\r\n');
  expect(lines).toHaveLength(4);
  expect(Math.max(...lines.map((line) => stripVTControlCharacters(line).length))).toBeLessThanOrEqual(40);
  expect(lines[3]).toMatch(/more lines/);
});

test('a look that fails for a passing reason is said, tried later and later, and forgotten when one works', async () => {
  const { done, times, text } = watching(FILE, 5, (look) => {
    if (look === 2 || look === 3) throw lost();
  });
  await done;
  expect(times.slice(1).map((time, index) => time - (times[index] ?? 0))).toEqual([
    5_040, 10_000, 20_000, 5_040,
  ]);
  expect(text().match(/the line is dead; trying again/g)).toHaveLength(2);
});

test('ten failures in a row end it; so does one that will not pass, and a first look that fails', async () => {
  const tenth = watching(FILE, 99, (look) => {
    if (look > 1) throw lost();
  });
  await expect(tenth.done).rejects.toThrow('the line is dead');
  expect(tenth.times).toHaveLength(11);
  const pauses = tenth.times.slice(1).map((time, index) => time - (tenth.times[index] ?? 0));
  expect(Math.max(...pauses)).toBe(60_000);
  const refused = watching(TERMINAL, 99, (look) => {
    if (look === 3)
      throw new ZecApiError({
        action: 'DescribeInstances',
        code: 'AUTHFAILURE_X',
        message: 'no',
        httpStatus: 401,
      });
  });
  await expect(refused.done).rejects.toThrow('AUTHFAILURE_X');
  expect(refused.times).toHaveLength(3);
  expect(refused.text()).toContain('\u001b[?1049l');
  const first = watching(FILE, 99, () => {
    throw lost();
  });
  await expect(first.done).rejects.toThrow('the line is dead');
});

test('on a terminal a failing look leaves the last table, and says since when', async () => {
  const { done, writes } = watching(TERMINAL, 3, (look) => {
    if (look === 2) throw lost();
  });
  await done;
  expect(writes[2]).toMatch(/ins-1[^]*as of 2026-01-01T00:00:00\.040Z; since then: the line is dead/);
});
