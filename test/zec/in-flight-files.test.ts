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
  // The middle of a period, so that the file stays the same for a few seconds.
  wall = 130_000 * 13_000_000 + 65_000;
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const clock = { now: () => wall, wall: () => wall };
/** The files as opened by a new process. */
const files = (domain = 'console.zenlayer.com') => new InFlightFiles({ domain }, clock, parent);
const folder = () => join(parent, readdirSync(parent)[0] ?? '');
const names = () => readdirSync(folder());
const path = () => join(folder(), names()[0] ?? '');

test('another process sees the requests and their age', () => {
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

test('requests are separate for each vNIC and each endpoint', () => {
  files().add(NIC, ATTACH);
  expect(files().requests(parseNicId('nic-2'))).toEqual([]);
  expect(files('other.zenlayer.com').requests(NIC)).toEqual([]);
});

test('the outcome of a request is visible to every process', () => {
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

test('a process remembers its own requests without files, and if the wall clock changes', () => {
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

test('a request expires, even while its file is still read', () => {
  files().add(NIC, ATTACH);
  wall += 64_999;
  expect(files().requests(NIC)).toHaveLength(1);
  wall += 1;
  expect(files().requests(NIC)).toEqual([]);
});

test('a request at the end of a period is visible in the next', () => {
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
])('after a change of the clock by %i ms the ages are %j', (byMs, ages) => {
  files().add(NIC, ATTACH);
  wall += byMs;
  expect(
    files()
      .requests(NIC)
      .map(({ ageMs }) => ageMs),
  ).toEqual(ages);
});

test('invalid lines of a file are skipped', () => {
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
  // A request added after an incomplete line is found.
  files().add(NIC, DETACH);
  expect(files().requests(NIC)).toHaveLength(2);
  appendFileSync(path(), JSON.stringify(whole));
  expect(files().requests(NIC)).toHaveLength(3);
});

test('the size of a file and the part that is read are limited', () => {
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

test('a directory that others can write to is not used', () => {
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

test('a symbolic link is not followed', () => {
  files().add(NIC, ATTACH);
  const linked = path();
  const elsewhere = join(folder(), 'elsewhere');
  renameSync(linked, elsewhere);
  symlinkSync(elsewhere, linked);
  const { size } = statSync(elsewhere);
  files().add(NIC, DETACH);
  expect([files().requests(NIC), statSync(elsewhere).size]).toEqual([[], size]);
});

test('a failed write is ignored', () => {
  files().add(NIC, ATTACH);
  const [name = ''] = names();
  rmSync(path());
  mkdirSync(join(folder(), name));
  const stubborn = files();
  expect(() => stubborn.add(NIC, ATTACH)).not.toThrow();
  expect(stubborn.requests(NIC)).toHaveLength(1);
  expect(names()).toEqual([name]);
});
