import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { SharedFiles } from '../../lib/zec/shared-files';

const NAME = 'rate.json';
const schema = v.object({ value: v.number() });

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'shared-files-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

/** The files as opened by a new process. */
const open = (scope = 'scope') => new SharedFiles(scope, parent);
const folder = () => join(parent, readdirSync(parent)[0] ?? '');
const path = () => join(folder(), readdirSync(folder())[0] ?? '');
const age = (file: string, minutes: number) => {
  const at = Date.now() / 1000 - 60 * minutes;
  utimesSync(file, at, at);
};

test('a process reads what others in its scope wrote', () => {
  expect(open().read(NAME, schema)).toEqual([]);
  open().replace(NAME, { value: 1 });
  open().append(NAME, { value: 2 });
  expect(open().read(NAME, schema)).toEqual([{ value: 1 }, { value: 2 }]);
  open().replace(NAME, { value: 3 });
  expect(open().read(NAME, schema)).toEqual([{ value: 3 }]);
  expect(open('other').read(NAME, schema)).toEqual([]);
});

test('replacing a file leaves no draft, and an existing draft does not prevent it', () => {
  open().replace(NAME, { value: 1 });
  writeFileSync(`${path()}.draft`, '{"val');
  open().replace(NAME, { value: 2 });
  expect(open().read(NAME, schema)).toEqual([{ value: 2 }]);
  expect(readdirSync(folder())).toHaveLength(2);
});

test('a failed replacement leaves no draft', () => {
  open().replace(NAME, { value: 1 });
  const file = path();
  rmSync(file);
  mkdirSync(file);
  open().replace(NAME, { value: 2 });
  expect(readdirSync(folder())).toHaveLength(1);
});

test('a missing temporary folder is created, and one that refuses new entries is done without', () => {
  const missing = new SharedFiles('scope', join(parent, 'missing'));
  missing.replace(NAME, { value: 1 });
  expect(missing.read(NAME, schema)).toEqual([{ value: 1 }]);
  // /proc refuses them with ENOENT. In a process of its own, which ends if the call does not return.
  const script = `
    require('tsx/cjs');
    const { SharedFiles } = require('./lib/zec/shared-files');
    new SharedFiles('scope', '/proc').append('${NAME}', { value: 1 });`;
  const { status } = spawnSync(process.execPath, ['-e', script], { timeout: 20_000 });
  expect(status).toBe(0);
});

test('an incomplete line does not affect other lines', () => {
  open().append(NAME, { value: 1 });
  appendFileSync(path(), '{"value":2');
  open().append(NAME, { value: 3 });
  expect(open().read(NAME, schema)).toEqual([{ value: 1 }, { value: 3 }]);
});

test('a FIFO in place of a file blocks neither reading nor writing', () => {
  open().append(NAME, { value: 1 });
  const planted = path();
  rmSync(planted);
  expect(spawnSync('mkfifo', [planted]).status).toBe(0);
  open().append(NAME, { value: 2 });
  expect(open().read(NAME, schema)).toEqual([]);
  open().replace(NAME, { value: 3 });
  expect(open().read(NAME, schema)).toEqual([{ value: 3 }]);
});

test('a symbolic link in place of a file is not followed', () => {
  open().append(NAME, { value: 1 });
  const linked = path();
  const target = join(parent, 'target');
  renameSync(linked, target);
  symlinkSync(target, linked);
  const before = readFileSync(target, 'utf8');
  expect(open().read(NAME, schema)).toEqual([]);
  open().append(NAME, { value: 2 });
  open().replace(NAME, { value: 3 });
  expect(readFileSync(target, 'utf8')).toBe(before);
  expect(open().read(NAME, schema)).toEqual([{ value: 3 }]);
});

test('in a directory that is a symbolic link, not even an old lock is removed', () => {
  open().replace(NAME, { value: 1 });
  const lock = `${path()}.lock`;
  writeFileSync(lock, '');
  age(lock, 60);
  const linked = folder();
  const target = mkdtempSync(join(tmpdir(), 'shared-files-target-'));
  rmSync(target, { recursive: true });
  renameSync(linked, target);
  symlinkSync(target, linked);
  expect(open().withLock(NAME, () => 'done')).toBe('done');
  expect(existsSync(join(target, lock.slice(linked.length + 1)))).toBe(true);
  rmSync(target, { recursive: true });
});

test('only the beginning of a huge file is read', () => {
  open().append(NAME, { value: 1 });
  appendFileSync(path(), `${'x'.repeat(200_000)}\n{"value":2}\n`);
  expect(open().read(NAME, schema)).toEqual([{ value: 1 }]);
});

test('a process deletes at most a hundred old files, so that it starts fast', () => {
  open().append(NAME, { value: 1 });
  for (let index = 0; index < 250; index += 1) {
    const file = join(folder(), `0123.nic-${index}.1.in-flight.json`);
    writeFileSync(file, '');
    age(file, 11);
  }
  const left = () => readdirSync(folder()).length - 1;
  open().append(NAME, { value: 2 });
  expect(left()).toBeGreaterThanOrEqual(150);
  for (let process = 0; process < 200 && left() > 0; process += 1) open().append(NAME, { value: 3 });
  expect(left()).toBe(0);
});

test('the first write of a process deletes files older than ten minutes', () => {
  open().append(NAME, { value: 1 });
  const file = path();
  const old = ['nic-1.1.in-flight.json', 'rate.json.lock', 'rate.json.draft'].map((name) =>
    join(folder(), `0123.${name}`),
  );
  const recent = join(folder(), '0123.nic-1.2.in-flight.json');
  const foreign = join(folder(), 'something else');
  for (const each of [...old, recent, foreign]) writeFileSync(each, '');
  for (const each of [...old, foreign]) age(each, 11);
  age(recent, 9);
  // A file that cannot be deleted does not prevent the deletion of others.
  const obstacle = join(folder(), '0000.rate.json');
  mkdirSync(obstacle);
  age(obstacle, 11);
  const kept = [file, recent, foreign, obstacle].map((each) => each.slice(folder().length + 1));
  const process = open();
  process.append(NAME, { value: 2 });
  expect(readdirSync(folder()).sort()).toEqual(kept.sort());
  for (const each of old) writeFileSync(each, '');
  for (const each of old) age(each, 11);
  process.append(NAME, { value: 3 });
  expect(readdirSync(folder())).toHaveLength(kept.length + old.length);
});
