import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  mkdirSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateMark } from '../../lib/cli/create-mark';

const TARGET = { nicId: 'nic-1', instanceId: 'ins-1' };
const LONG_AGO = new Date(Date.now() - 2 * 3_600_000);

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'mark-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const mark = (target = TARGET) => new CreateMark(target, parent);
const folder = () => join(parent, readdirSync(parent)[0] ?? '');
const files = () => readdirSync(folder());
const age = (name: string) => utimesSync(join(folder(), name), LONG_AGO, LONG_AGO);

test('is taken once, and then there is none', () => {
  expect(mark().take()).toBe(false);
  mark().leave();
  expect(mark().take()).toBe(true);
  expect(mark().take()).toBe(false);
  expect(files()).toEqual([]);
});

test('is of one vNIC and one instance', () => {
  mark().leave();
  expect(mark({ ...TARGET, nicId: 'nic-2' }).take()).toBe(false);
  expect(mark({ ...TARGET, instanceId: 'ins-2' }).take()).toBe(false);
  expect(mark().take()).toBe(true);
});

test.each([
  ['a path', { ...TARGET, nicId: '../nic-1' }],
  ['nothing', { ...TARGET, instanceId: '' }],
  ['longer than a file’s name can be', { nicId: 'n'.repeat(120), instanceId: 'i'.repeat(120) }],
])('of what is %s there is none', (_, target) => {
  mark(target).leave();
  expect(mark(target).take()).toBe(false);
  expect(readdirSync(parent)).toEqual([]);
});

test('is nobody else’s to read or to write', () => {
  mark().leave();
  expect(statSync(folder()).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder(), files()[0] ?? '')).mode & 0o777).toBe(0o600);
});

test('an old one counts for nothing, and goes', () => {
  mark().leave();
  files().forEach(age);
  expect(mark().take()).toBe(false);
  expect(files()).toEqual([]);
});

test('one from the future counts for nothing', () => {
  mark().leave();
  const tomorrow = new Date(Date.now() + 86_400_000);
  files().forEach((name) => utimesSync(join(folder(), name), tomorrow, tomorrow));
  expect(mark().take()).toBe(false);
});

test('what was never taken goes with a later one; what else is in the folder stays', () => {
  mark().leave();
  writeFileSync(join(folder(), 'account.pace'), '{}');
  files().forEach(age);
  mark({ ...TARGET, nicId: 'nic-2' }).leave();
  expect(files()).toHaveLength(2);
  expect(files()).toContain('account.pace');
});

test('a folder in its place is no mark', () => {
  mark().leave();
  const [name = ''] = files();
  expect(mark().take()).toBe(true);
  mkdirSync(join(folder(), name));
  expect(mark().take()).toBe(false);
});

test('a folder that others could write to is not believed, and one that cannot be made is only missed', () => {
  mark().leave();
  chmodSync(folder(), 0o777);
  expect(mark().take()).toBe(false);
  const nowhere = new CreateMark(TARGET, join(parent, 'a-file', 'below'));
  writeFileSync(join(parent, 'a-file'), '');
  expect(() => nowhere.leave()).not.toThrow();
  expect(nowhere.take()).toBe(false);
});
