import fs, {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../lib/zec';
import { INITIAL_RATE, onThrottled } from '../../lib/zec/rate';
import { rateFile } from '../../lib/zec/rate-file';
import { FakeClock } from '../support/fake-clock';

const rate = onThrottled(INITIAL_RATE, 500, 400, 0, 1_000);

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'rate-'));
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(parent, { recursive: true, force: true });
});

const open = () => {
  const credentials = { kind: 'token', token: new Secret('t') } as const;
  return rateFile({ domain: 'api.example', credentials }, new FakeClock(), parent);
};
const lock = () => {
  const folder = join(parent, readdirSync(parent)[0] ?? '');
  return `${join(folder, readdirSync(folder)[0] ?? '')}.lock`;
};

describe('the lock of the rate file', () => {
  test('is held by one process at a time, and released even after an error', () => {
    const store = open();
    const files = () => readdirSync(join(parent, readdirSync(parent)[0] ?? ''));
    const within = store.withLock(() => {
      const found = files();
      store.save(rate);
      return found;
    });
    expect(within).toEqual([expect.stringMatching(/\.rate\.json\.lock$/)]);
    const path = lock();
    expect(store.withLock(() => statSync(path).mode & 0o777)).toBe(0o600);
    expect(() =>
      store.withLock(() => {
        throw new Error('broke');
      }),
    ).toThrow('broke');
    expect(existsSync(path)).toBe(false);
  });

  test('is not waited for while another process holds it', () => {
    const store = open();
    store.save(rate);
    const path = lock();
    writeFileSync(path, '');
    expect(store.withLock(() => 'done')).toBeUndefined();
    expect(existsSync(path)).toBe(true);
    rmSync(path);
    expect(store.withLock(() => existsSync(path))).toBe(true);
  });

  test.each([-1_000, 1_000])('is removed if it is %i ms old, as its owner was killed', (ageMs) => {
    const store = open();
    store.save(rate);
    const path = lock();
    writeFileSync(path, '');
    const madeAt = (Date.now() - ageMs) / 1000;
    utimesSync(path, madeAt, madeAt);
    expect(store.withLock(() => existsSync(path))).toBe(false);
    expect(store.withLock(() => existsSync(path))).toBe(true);
  });

  test('is skipped if it cannot be created', () => {
    const store = open();
    store.save(rate);
    const path = lock();
    writeFileSync(path, '');
    jest.spyOn(fs, 'openSync').mockImplementation(() => {
      throw Object.assign(new Error('no'), { code: 'EACCES' });
    });
    expect(store.withLock(() => 'done')).toBe('done');
    expect(existsSync(path)).toBe(true);
  });

  test('is skipped if it can be neither acquired nor removed', () => {
    const store = open();
    store.save(rate);
    mkdirSync(join(lock(), 'inside'), { recursive: true });
    const longAgo = Date.now() / 1000 - 1;
    utimesSync(lock(), longAgo, longAgo);
    expect(store.withLock(() => 'done')).toBe('done');
  });
});
