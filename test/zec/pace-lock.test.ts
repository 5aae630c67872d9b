import fs, {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Secret } from '../../lib/zec';
import { FIRST_PACE, refused } from '../../lib/zec/pace';
import { PaceFile } from '../../lib/zec/pace-file';
import { FakeClock } from '../support/fake-clock';

const pace = refused(FIRST_PACE, 500, 400, 0, 1_000);

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'pace-'));
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(parent, { recursive: true, force: true });
});

const open = () => {
  const credentials = { kind: 'token', token: new Secret('t') } as const;
  return new PaceFile({ domain: 'api.example', credentials }, new FakeClock(), parent);
};
const lock = () => {
  const folder = join(parent, readdirSync(parent)[0] ?? '');
  return `${join(folder, readdirSync(folder)[0] ?? '')}.lock`;
};

describe('one process at a time', () => {
  test('has the pace, the first one too', () => {
    const store = open();
    const files = () => readdirSync(join(parent, readdirSync(parent)[0] ?? ''));
    const within = store.alone(() => {
      const found = files();
      store.save(pace);
      return found;
    });
    expect(within).toEqual([expect.stringMatching(/\.pace\.lock$/)]);
    const path = lock();
    expect(store.alone(() => statSync(path).mode & 0o777)).toBe(0o600);
    expect(() =>
      store.alone(() => {
        throw new Error('broke');
      }),
    ).toThrow('broke');
    expect(existsSync(path)).toBe(false);
  });

  test('has it as soon as the one before lets go', async () => {
    const store = open();
    store.save(pace);
    const path = lock();
    writeFileSync(path, '');
    jest.spyOn(performance, 'now').mockReturnValue(0);
    const code = `setTimeout(() => require('node:fs').rmSync(${JSON.stringify(path)}, { force: true }), 20)`;
    const other = new Worker(code, { eval: true });
    expect(store.alone(() => existsSync(path))).toBe(true);
    await other.terminate();
  });

  test('goes on without the lock after 50 ms, and takes it from who does not let go', () => {
    const store = open();
    store.save(pace);
    const path = lock();
    writeFileSync(path, '');
    const waits = jest.spyOn(Atomics, 'wait').mockReturnValue('timed-out');
    let now = 1_000;
    jest.spyOn(performance, 'now').mockImplementation(() => (now += 10) - 10);
    expect(store.alone(() => existsSync(path))).toBe(false);
    expect(waits).toHaveBeenCalledTimes(4);
    // By then the lock is another's.
    writeFileSync(path, '');
    store.alone(() => {
      writeFileSync(path, 'another’s');
    });
    expect(readFileSync(path, 'utf8')).toBe('another’s');
    rmSync(path);
    expect(store.alone(() => existsSync(path))).toBe(true);
  });

  test('goes on at once where no lock can be made', () => {
    const store = open();
    store.save(pace);
    const path = lock();
    writeFileSync(path, '');
    const waits = jest.spyOn(Atomics, 'wait');
    jest.spyOn(fs, 'openSync').mockImplementation(() => {
      throw Object.assign(new Error('no'), { code: 'EACCES' });
    });
    expect(store.alone(() => 'done')).toBe('done');
    expect(waits).not.toHaveBeenCalled();
    expect(existsSync(path)).toBe(true);
  });

  test('goes on even where a lock can be neither taken nor removed', () => {
    const store = open();
    store.save(pace);
    mkdirSync(join(lock(), 'inside'), { recursive: true });
    jest.spyOn(Atomics, 'wait').mockReturnValue('timed-out');
    let now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => (now += 30));
    expect(store.alone(() => 'done')).toBe('done');
  });
});
