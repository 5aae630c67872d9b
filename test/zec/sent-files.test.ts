import {
  chmodSync,
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
import { parseNicId, systemClock } from '../../lib/zec';
import { SentFiles } from '../../lib/zec/sent-files';

const NIC = parseNicId('nic-1');

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'sent-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const files = (domain = 'console.zenlayer.com') => new SentFiles({ domain }, systemClock, parent);
const folder = () => join(parent, readdirSync(parent)[0] ?? '');
const names = () => readdirSync(folder());
const made = (msAgo: number) => {
  const at = new Date(Date.now() - msAgo);
  for (const name of names()) utimesSync(join(folder(), name), at, at);
};

test('another process finds how long ago a request left', () => {
  expect(files().age(NIC)).toBeUndefined();
  files().keep(NIC, 'me');
  expect(files().age(NIC)).toBeLessThan(5_000);
  made(12_000);
  expect(files().age(NIC)).toBeGreaterThanOrEqual(12_000);
  expect(files().age(NIC)).toBeLessThan(20_000);
});

test('the next request of the same vNIC is the one that counts', () => {
  files().keep(NIC, 'me');
  made(12_000);
  files().keep(NIC, 'me');
  expect(files().age(NIC)).toBeLessThan(5_000);
  expect(names()).toHaveLength(1);
});

test('each vNIC and each endpoint has its own', () => {
  files().keep(NIC, 'me');
  expect(files().age(parseNicId('nic-2'))).toBeUndefined();
  expect(files('other.zenlayer.com').age(NIC)).toBeUndefined();
});

test('what is removed is gone, and removing nothing is no error', () => {
  files().remove(NIC, 'me');
  files().keep(NIC, 'me');
  files().remove(NIC, 'me');
  files().remove(NIC, 'me');
  expect(files().age(NIC)).toBeUndefined();
  expect(names()).toEqual([]);
});

test('what somebody else kept since stays', () => {
  files().keep(NIC, 'me');
  files().keep(NIC, 'you');
  files().remove(NIC, 'me');
  expect(files().age(NIC)).toBeDefined();
  files().remove(NIC, 'you');
  expect(files().age(NIC)).toBeUndefined();
});

test.each([61_000, -61_000])('one of %i ms ago counts for nothing, and goes', (msAgo) => {
  files().keep(NIC, 'me');
  made(msAgo);
  expect(files().age(NIC)).toBeUndefined();
  expect(names()).toEqual([]);
});

test('a clock that is a little off makes it a new one', () => {
  files().keep(NIC, 'me');
  made(-3_000);
  expect(files().age(NIC)).toBe(0);
});

test('is nobody else’s to read or to write', () => {
  files().keep(NIC, 'me');
  expect(statSync(folder()).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder(), names()[0] ?? '')).mode & 0o777).toBe(0o600);
});

test('a folder that others could write to is left alone', () => {
  files().keep(NIC, 'me');
  chmodSync(folder(), 0o777);
  expect(files().age(NIC)).toBeUndefined();
  files().keep(parseNicId('nic-2'), 'me');
  files().remove(NIC, 'me');
  expect(names()).toHaveLength(1);
});

test('where nothing can be written nothing is kept, and nobody is bothered', () => {
  writeFileSync(join(parent, 'a-file'), '');
  const nowhere = new SentFiles({ domain: 'x' }, systemClock, join(parent, 'a-file'));
  expect(() => nowhere.keep(NIC, 'me')).not.toThrow();
  expect(nowhere.age(NIC)).toBeUndefined();
});

test('what could not be written is not tried again', () => {
  files().keep(NIC, 'me');
  const [name = ''] = names();
  rmSync(join(folder(), name));
  mkdirSync(join(folder(), name));
  const stubborn = files();
  expect(() => stubborn.keep(NIC, 'me')).not.toThrow();
  stubborn.keep(parseNicId('nic-2'), 'me');
  expect(stubborn.age(NIC)).toBeUndefined();
  expect(names()).toEqual([name]);
});
