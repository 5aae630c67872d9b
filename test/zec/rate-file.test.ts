import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Secret } from '../../lib/zec';
import { INITIAL_RATE, onThrottled } from '../../lib/zec/rate';
import type { Rate } from '../../lib/zec/rate';
import { rateFile } from '../../lib/zec/rate-file';
import { FakeClock } from '../support/fake-clock';
import { fuzz } from '../support/fuzz';
import { hostileJson, hostileValue } from '../support/hostile';

const TOKEN = 'the-token-that-nobody-may-see';
const account = (domain = 'console.zenlayer.com') => ({
  domain,
  credentials: { kind: 'token', token: new Secret(TOKEN) } as const,
});

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'rate-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const EPOCH = Date.UTC(2026, 0, 1);
const limited = (now: number): Rate => onThrottled(INITIAL_RATE, now, now, 0, 1000);
const folder = () => join(parent, readdirSync(parent)[0] ?? '');
const file = () => join(folder(), readdirSync(folder())[0] ?? '');

test('another process with another clock origin reads the rate', async () => {
  const mine = new FakeClock(EPOCH);
  // The same wall clock, and a monotonic clock that started five seconds later.
  const theirs = new FakeClock(EPOCH + 5_000);
  await mine.run(mine.sleep(6_000));
  await theirs.run(theirs.sleep(1_000));
  rateFile(account(), mine, parent).save(limited(mine.now()));
  const found = rateFile(account(), theirs, parent).load();
  expect(found).toMatchObject({
    perSecond: 2,
    blockedUntil: 2_000,
    throttledAt: 1_000,
    successes: 0,
  });
});

test('cannot be read by other users, holds no secret, and is separate for each account and endpoint', () => {
  const clock = new FakeClock();
  rateFile(account(), clock, parent).save(limited(0));
  expect(statSync(folder()).mode & 0o777).toBe(0o700);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(file() + readFileSync(file(), 'utf8')).not.toContain(TOKEN);
  expect(rateFile(account('other.zenlayer.com'), clock, parent).load()).toBeUndefined();
  expect(rateFile(account(), clock, parent).load()).toBeDefined();
});

test('is ignored when it is half a minute old', async () => {
  const clock = new FakeClock();
  const store = rateFile(account(), clock, parent);
  store.save(limited(0));
  await clock.run(clock.sleep(29_000));
  expect(store.load()).toBeDefined();
  await clock.run(clock.sleep(2_000));
  expect(store.load()).toBeUndefined();
});

test.each([
  ['nothing', ''],
  ['no JSON', '{"perSecond":'],
  ['no object', '[]'],
  [
    'no rate',
    '{"perSecond":0,"blockedUntil":1,"nextReadAt":1,"nextWriteAt":1,"throttledAt":1,"successes":1,"threshold":1,"plateau":1,"savedAt":1}',
  ],
  [
    'text',
    '{"perSecond":"2","blockedUntil":1,"nextReadAt":1,"nextWriteAt":1,"throttledAt":1,"successes":1,"threshold":1,"plateau":1,"savedAt":1}',
  ],
  [
    'a hold until next year',
    JSON.stringify({
      perSecond: 2,
      blockedUntil: EPOCH + 365 * 86_400_000,
      nextReadAt: EPOCH,
      nextWriteAt: EPOCH,
      throttledAt: EPOCH,
      successes: 0,
      threshold: 2,
      plateau: 2,
      savedAt: EPOCH,
    }),
  ],
])('a file that contains %s is ignored', (_, text) => {
  const store = rateFile(account(), new FakeClock(EPOCH), parent);
  store.save(limited(0));
  writeFileSync(file(), text);
  expect(store.load()).toBeUndefined();
});

test('a directory that others can write to, or that is a symbolic link, is not used', () => {
  const clock = new FakeClock();
  rateFile(account(), clock, parent).save(limited(0));
  const name = folder();
  chmodSync(name, 0o777);
  expect(rateFile(account(), clock, parent).load()).toBeUndefined();
  rmSync(name, { recursive: true });
  mkdirSync(join(parent, 'elsewhere'));
  symlinkSync(join(parent, 'elsewhere'), name);
  rateFile(account(), clock, parent).save(limited(0));
  expect(readdirSync(join(parent, 'elsewhere'))).toEqual([]);
});

test('one process at a time changes the rate, and a killed one does not block others for long', () => {
  const clock = new FakeClock();
  const store = rateFile(account(), clock, parent);
  store.save(limited(0));
  const lock = `${file()}.lock`;
  expect(store.withLock(() => existsSync(lock))).toBe(true);
  expect(existsSync(lock)).toBe(false);
  writeFileSync(lock, '');
  expect(store.withLock(() => 'done')).toBeUndefined();
  const longAgo = Date.now() / 1000 - 1;
  utimesSync(lock, longAgo, longAgo);
  expect(store.withLock(() => 'done')).toBe('done');
  expect(store.withLock(() => existsSync(lock))).toBe(true);
  expect(existsSync(lock)).toBe(false);
});

test('without a writable directory everything still works', () => {
  writeFileSync(join(parent, 'file'), '');
  const store = rateFile(account(), new FakeClock(), join(parent, 'file'));
  store.save(limited(0));
  expect(store.load()).toBeUndefined();
});

test('a directory that others can write to is not used, even with a FIFO in place of the file', () => {
  const clock = new FakeClock();
  rateFile(account(), clock, parent).save(limited(0));
  const path = file();
  chmodSync(folder(), 0o777);
  rmSync(path);
  // Reading it would block until a writer opens it.
  expect(spawnSync('mkfifo', [path]).status).toBe(0);
  const store = rateFile(account(), clock, parent);
  expect(store.load()).toBeUndefined();
  store.save({ ...INITIAL_RATE, perSecond: Infinity });
  expect(existsSync(path)).toBe(true);
});

const time = fc.oneof(fc.constantFrom(EPOCH, 0, -1, 1e308), hostileValue);
const rate = fc.record(
  {
    perSecond: fc.oneof(fc.constantFrom(2, 0, -1, 1e9), hostileValue),
    blockedUntil: time,
    nextReadAt: time,
    nextWriteAt: time,
    throttledAt: time,
    successes: fc.oneof(fc.constant(1), hostileValue),
    threshold: fc.oneof(fc.constantFrom(null, 2), hostileValue),
    plateau: fc.oneof(fc.constantFrom(null, 2), hostileValue),
    savedAt: time,
  },
  { requiredKeys: ['perSecond', 'savedAt'] },
);

fuzz(
  'any content of the file is a rate that does not block requests for long, or is ignored',
  [hostileJson(rate)],
  (bytes) => {
    const clock = new FakeClock(EPOCH);
    const store = rateFile(account(), clock, parent);
    store.save(limited(0));
    writeFileSync(file(), bytes);
    const { perSecond = 1, blockedUntil = 0, nextReadAt = 0 } = store.load() ?? {};
    expect(perSecond >= 0.01 && perSecond <= 10_000).toBe(true);
    for (const at of [blockedUntil, nextReadAt]) expect(at - clock.now()).toBeLessThanOrEqual(120_000);
  },
);
