import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Secret } from '../../lib/zec';
import type { Credentials } from '../../lib/zec';
import { INITIAL_RATE, onThrottled } from '../../lib/zec/rate';
import type { Rate } from '../../lib/zec/rate';
import { rateFile } from '../../lib/zec/rate-file';
import { FakeClock } from '../support/fake-clock';

const WALL = Date.UTC(2026, 0, 1);
const key = (accessKeyId: string, password = 'p'): Credentials => ({
  kind: 'access-key',
  accessKeyId,
  accessKeyPassword: new Secret(password),
});
const rate: Rate = { ...onThrottled(INITIAL_RATE, 500, 400, 0, 1_000), nextReadAt: 700, successes: 3 };

let parent: string;
let clock: FakeClock;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'rate-'));
  clock = new FakeClock(WALL);
});
const getuid = Object.getOwnPropertyDescriptor(process, 'getuid') ?? {};
afterEach(() => {
  jest.restoreAllMocks();
  Object.defineProperty(process, 'getuid', getuid);
  rmSync(parent, { recursive: true, force: true });
});

const open = (credentials = key('id'), domain = 'api.example') =>
  rateFile({ domain, credentials }, clock, parent);
const folder = () => join(parent, readdirSync(parent)[0] ?? '');
const file = () => join(folder(), readdirSync(folder())[0] ?? '');

describe('the file', () => {
  test('contains the rate and its times by the wall clock, or null for never', async () => {
    await clock.run(clock.sleep(600));
    open().save(rate);
    expect(basename(folder())).toBe(`zec-nic-${process.getuid?.()}`);
    expect(readdirSync(folder())).toEqual([expect.stringMatching(/^[0-9a-f]{16}\.rate\.json$/)]);
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual({
      perSecond: 2,
      successes: 3,
      threshold: null,
      plateau: 2,
      blockedUntil: WALL + 1_500,
      nextReadAt: WALL + 700,
      nextWriteAt: null,
      throttledAt: WALL + 500,
      savedAt: WALL + 600,
    });
  });

  test('restores the rate that was saved', () => {
    open().save(rate);
    expect(open().load()).toEqual(rate);
    expect(open().load()).toMatchObject({ threshold: Infinity, plateau: 2 });
    open().save({ ...rate, threshold: 1.5 });
    expect(open().load()?.threshold).toBe(1.5);
  });

  test.each([20, Infinity])('restores a rate of %d without a known limit', (perSecond) => {
    const open_ = { ...INITIAL_RATE, perSecond, successes: 7 };
    open().save(open_);
    expect(open().load()).toEqual(open_);
  });

  test('is separate for each access key ID and token, but not for passwords', () => {
    open(key('one', 'a')).save(rate);
    expect(open(key('one', 'b')).load()).toBeDefined();
    expect(open(key('two')).load()).toBeUndefined();
    open({ kind: 'token', token: new Secret('one-token') }).save(rate);
    expect(open({ kind: 'token', token: new Secret('one-token') }).load()).toBeDefined();
    expect(open({ kind: 'token', token: new Secret('two-token') }).load()).toBeUndefined();
  });
});

describe('a file is used', () => {
  const whole = {
    perSecond: 2,
    blockedUntil: WALL,
    nextReadAt: WALL,
    nextWriteAt: WALL,
    throttledAt: WALL,
    successes: 1,
    threshold: 1.5,
    plateau: 2,
    savedAt: WALL,
  };
  const loaded = (content: object) => {
    open().save(rate);
    // JSON has no infinity, but a number that is too large is read as infinity.
    writeFileSync(file(), JSON.stringify(content).replaceAll('"infinite"', '1e999'));
    return open().load();
  };

  test.each([
    ['as it is', {}],
    ['with the slowest rate', { perSecond: 0.01 }],
    ['with the fastest rate', { perSecond: 10_000 }],
    ['with no successes', { successes: 0 }],
    ['with times at most two minutes ahead', { blockedUntil: WALL + 120_000, nextReadAt: WALL + 120_000 }],
    ['with a time long ago', { nextReadAt: 0, nextWriteAt: 0, throttledAt: 0 }],
    ['half a minute old', { savedAt: WALL - 30_000 }],
    ['with an unknown property', { more: 'of it' }],
  ])('%s', (_, change) => expect(loaded({ ...whole, ...change })).toBeDefined());

  test.each([
    ['a rate too slow', { perSecond: 0.0099 }],
    ['a rate too fast', { perSecond: 10_001 }],
    ['negative successes', { successes: -1 }],
    ['infinite successes', { successes: 'infinite' }],
    ['a threshold as text', { threshold: 'high' }],
    ['a plateau too low', { plateau: 0.0099 }],
    ['a plateau too high', { plateau: 10_001 }],
    ...['blockedUntil', 'nextReadAt', 'nextWriteAt', 'throttledAt', 'savedAt'].flatMap(
      (time): [string, object][] => [
        [`${time} too far ahead`, { [time]: WALL + 120_001 }],
        [`${time} in text`, { [time]: '1' }],
      ],
    ),
    ['an infinite throttledAt', { throttledAt: 'infinite' }],
    ['an age of more than half a minute', { savedAt: WALL - 30_001 }],
    ...Object.keys(whole).map((name): [string, object] => [`no ${name}`, { [name]: undefined }]),
  ])('but not with %s', (_, change) => expect(loaded({ ...whole, ...change })).toBeUndefined());

  test('but not with throttledAt at minus infinity', () => {
    open().save(rate);
    writeFileSync(file(), JSON.stringify(whole).replace(`"throttledAt":${WALL}`, '"throttledAt":-1e999'));
    expect(open().load()).toBeUndefined();
  });
});

describe('the directory', () => {
  test.each([0o710, 0o720, 0o740, 0o701, 0o702, 0o704])('with mode %o is not used', (mode) => {
    open().save(rate);
    chmodSync(folder(), mode);
    const store = open();
    expect(store.load()).toBeUndefined();
    const before = statSync(file()).mtimeMs;
    store.save({ ...rate, perSecond: 5 });
    expect([statSync(file()).mtimeMs, readdirSync(folder()).length]).toEqual([before, 1]);
  });

  test('of another user is not used', () => {
    const other = join(parent, 'zec-nic-4711');
    mkdirSync(other, { mode: 0o700 });
    jest.spyOn(process as { getuid: () => number }, 'getuid').mockReturnValue(4711);
    open().save(rate);
    expect(readdirSync(other)).toEqual([]);
  });

  test('is used without checks on a system without user IDs', () => {
    Object.defineProperty(process, 'getuid', { ...getuid, value: undefined });
    open().save(rate);
    chmodSync(folder(), 0o755);
    expect(basename(folder())).toBe('zec-nic-user');
    expect(open().load()).toBeDefined();
    rmSync(folder(), { recursive: true });
    writeFileSync(join(parent, 'zec-nic-user'), '');
    open().save(rate);
    expect(open().load()).toBeUndefined();
  });

  test('is created by the first save, and used from then on', () => {
    const store = open();
    expect(store.load()).toBeUndefined();
    expect(readdirSync(parent)).toEqual([]);
    store.save(rate);
    expect(store.load()).toBeDefined();
    store.save({ ...rate, successes: 4 });
    expect(store.load()).toEqual({ ...rate, successes: 4 });
  });

  test('is created again if it was deleted', () => {
    const store = open();
    store.save(rate);
    rmSync(folder(), { recursive: true });
    expect(store.load()).toBeUndefined();
    store.save(rate);
    expect(store.load()).toEqual(rate);
  });
});
