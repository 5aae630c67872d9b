import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InFlightFiles, parseInstanceId, parseNicId } from '../../lib/zec';

const NIC = parseNicId('nic-1');
const ATTACH = { goal: 'attach', instanceId: parseInstanceId('ins-1') } as const;
const DETACH = { ...ATTACH, goal: 'detach' } as const;

let parent: string;
let wall: number;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'in-flight-'));
  // The middle of a period, so that a few seconds lead to no other file.
  wall = 130_000 * 13_000_000 + 65_000;
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const clock = { now: () => wall, wall: () => wall };
/** What a process of its own has. */
const files = (domain = 'console.zenlayer.com') => new InFlightFiles({ domain }, clock, parent);
const folder = () => join(parent, readdirSync(parent)[0] ?? '');
const names = () => readdirSync(folder());
const path = () => join(folder(), names()[0] ?? '');

test('another process finds what was sent, and how long ago', () => {
  expect(files().requests(NIC)).toEqual([]);
  files().add(NIC, ATTACH);
  wall += 1_200;
  files().add(NIC, DETACH);
  expect(files().requests(NIC)).toEqual([
    { ...ATTACH, ageMs: 1_200, settled: false },
    { ...DETACH, ageMs: 0, settled: false },
  ]);
  expect(names()).toHaveLength(1);
});

test('each vNIC and each endpoint has its own', () => {
  files().add(NIC, ATTACH);
  expect(files().requests(parseNicId('nic-2'))).toEqual([]);
  expect(files('other.zenlayer.com').requests(NIC)).toEqual([]);
});

test('what became of a request is found too, whichever process sent it', () => {
  const [first, second] = [files(), files()];
  const [settled, refused] = [first.add(NIC, ATTACH), second.add(NIC, DETACH)];
  first.add(NIC, DETACH);
  settled('settled');
  refused('refused');
  for (const each of [first, second, files()]) {
    expect(each.requests(NIC)).toEqual([
      { ...ATTACH, ageMs: 0, settled: true },
      { ...DETACH, ageMs: 0, settled: false },
    ]);
  }
});

test('a process knows its own without the files, and whatever the wall clock does', () => {
  writeFileSync(join(parent, 'a-file'), '');
  let now = 0;
  const nowhere = new InFlightFiles(
    { domain: 'x' },
    { now: () => now, wall: () => wall },
    join(parent, 'a-file'),
  );
  nowhere.add(NIC, ATTACH);
  [now, wall] = [700, wall + 86_400_000];
  expect(nowhere.requests(NIC)).toEqual([{ ...ATTACH, ageMs: 700, settled: false }]);
});

test('one is forgotten after a while, also when its file is still read', () => {
  files().add(NIC, ATTACH);
  wall += 64_999;
  expect(files().requests(NIC)).toHaveLength(1);
  wall += 1;
  expect(files().requests(NIC)).toEqual([]);
});

test('one at the end of a period is found in the next', () => {
  wall += 64_000;
  files().add(NIC, ATTACH);
  wall += 2_000;
  files().add(NIC, DETACH);
  expect(names()).toHaveLength(2);
  expect(
    files()
      .requests(NIC)
      .map(({ ageMs }) => ageMs),
  ).toEqual([2_000, 0]);
});

test.each([
  [-4_000, [0]],
  [-6_000, []],
  [86_400_000, []],
])('a clock that is put %i ms makes it as old as %j', (byMs, ages) => {
  files().add(NIC, ATTACH);
  wall += byMs;
  expect(
    files()
      .requests(NIC)
      .map(({ ageMs }) => ageMs),
  ).toEqual(ages);
});

test('whatever else stands in a file is skipped', () => {
  files().add(NIC, ATTACH);
  const line = readFileSync(path(), 'utf8').trim();
  const whole = { id: 'x', status: 'sent', sentAt: wall, goal: 'attach', instanceId: 'ins-1' };
  const odd = [
    '',
    'x',
    'null',
    '[]',
    ...[
      { goal: 'steal' },
      { instanceId: '../etc' },
      { instanceId: undefined },
      { sentAt: 'now' },
      { sentAt: null },
      { sentAt: wall + 60_000 },
      { status: 'lost' },
      { id: 1 },
    ].map((change) => JSON.stringify({ ...whole, ...change })),
    '\u0000\uffff'.repeat(100),
    line.slice(0, 50),
  ];
  appendFileSync(path(), odd.join('\n'));
  expect(files().requests(NIC)).toEqual([{ ...ATTACH, ageMs: 0, settled: false }]);
  // What is added after a torn line is found.
  files().add(NIC, DETACH);
  expect(files().requests(NIC)).toHaveLength(2);
  appendFileSync(path(), JSON.stringify(whole));
  expect(files().requests(NIC)).toHaveLength(3);
});

test('a file does not grow without end, nor is it read without end', () => {
  files().add(NIC, ATTACH);
  appendFileSync(path(), `${'x'.repeat(70_000)}\n`);
  const { size } = statSync(path());
  files().add(NIC, DETACH);
  expect(statSync(path()).size).toBe(size);
  appendFileSync(path(), 'x'.repeat(1_000_000));
  expect(files().requests(NIC)).toHaveLength(1);
});

test('cannot be read or written by other users', () => {
  files().add(NIC, ATTACH);
  expect(statSync(folder()).mode & 0o777).toBe(0o700);
  expect(statSync(path()).mode & 0o777).toBe(0o600);
});

test('a folder that others could write to is left alone', () => {
  files().add(NIC, ATTACH);
  chmodSync(folder(), 0o777);
  expect(files().requests(NIC)).toEqual([]);
  files().add(parseNicId('nic-2'), ATTACH);
  expect(names()).toHaveLength(1);
});

test('a FIFO planted there does not block', () => {
  files().add(NIC, ATTACH);
  const planted = path();
  rmSync(planted);
  expect(spawnSync('mkfifo', [planted]).status).toBe(0);
  expect(files().requests(NIC)).toEqual([]);
  const process = files();
  process.add(NIC, ATTACH);
  expect(process.requests(NIC)).toHaveLength(1);
});

test('nor is a link followed', () => {
  files().add(NIC, ATTACH);
  const linked = path();
  const elsewhere = join(folder(), 'elsewhere');
  renameSync(linked, elsewhere);
  symlinkSync(elsewhere, linked);
  const { size } = statSync(elsewhere);
  files().add(NIC, DETACH);
  expect([files().requests(NIC), statSync(elsewhere).size]).toEqual([[], size]);
});

test('what cannot be written stops nothing', () => {
  files().add(NIC, ATTACH);
  const [name = ''] = names();
  rmSync(path());
  mkdirSync(join(folder(), name));
  const stubborn = files();
  expect(() => stubborn.add(NIC, ATTACH)).not.toThrow();
  expect(stubborn.requests(NIC)).toHaveLength(1);
  expect(names()).toEqual([name]);
});
