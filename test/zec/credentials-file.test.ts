import { spawnSync } from 'node:child_process';
import fs, { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MissingCredentialsError, resolveSettings } from '../../lib/zec';
import { MAX_FILE_BYTES } from '../../lib/zec/settings-file';

let home: string;
let warnings: string[];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'home-'));
  mkdirSync(join(home, '.zenlayer'));
  warnings = [];
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(home, { recursive: true, force: true });
});

const write = (name: string, text: string | Uint8Array, mode = 0o600) => {
  const path = join(home, '.zenlayer', name);
  writeFileSync(path, text);
  chmodSync(path, mode);
};
const resolve = (env: Record<string, string> = {}, homeDir = home) =>
  resolveSettings({ env, homeDir, warn: (text) => warnings.push(text) });
const profile = (token: string) => JSON.stringify({ default: { token } });

test('a user unknown to the system has no home directory and no file', () => {
  const homedir = jest.spyOn(os, 'homedir').mockImplementation(() => {
    throw new Error('ENOENT: no such file or directory, uv_os_homedir');
  });
  expect(() => resolveSettings({ env: {} })).toThrow(MissingCredentialsError);
  expect(homedir).toHaveBeenCalled();
  expect(resolveSettings({ env: { ZENLAYER_TOKEN: 't' } }).sources.credentials).toBe('ZENLAYER_TOKEN');
});

describe('the credentials file of the vendor’s CLI', () => {
  test('is read with or without a byte order mark', () => {
    write('credentials.json', `\ufeff${profile('token-1')}`);
    expect(resolve().credentials).toMatchObject({ kind: 'token' });
    expect(resolve().sources.credentials).toBe('~/.zenlayer/credentials.json (profile "default")');
    expect(warnings).toEqual([]);
  });

  test.each([0o640, 0o620, 0o604, 0o601])('that others can access (mode %i) gets a warning', (mode) => {
    write('credentials.json', profile('t'), mode);
    resolve();
    expect(warnings).toEqual([
      '~/.zenlayer/credentials.json can be read or changed by other users of this machine: run "chmod 600 ~/.zenlayer/credentials.json"',
    ]);
  });

  test('is read up to 64 KiB, and rejected if larger', () => {
    const text = profile('t');
    write('credentials.json', text.padEnd(MAX_FILE_BYTES));
    expect(resolve().credentials.kind).toBe('token');
    write('credentials.json', text.padEnd(MAX_FILE_BYTES + 1));
    expect(() => resolve()).toThrow(
      /it is larger than 64 KiB\. Run "zeno configure" to recreate it, or remove it\.$/,
    );
  });

  test('that is a directory is rejected', () => {
    mkdirSync(join(home, '.zenlayer', 'credentials.json'));
    expect(() => resolve()).toThrow(
      /^~\/\.zenlayer\/credentials\.json cannot be read \((?:not a regular file|EISDIR)\)\. Make it a file that you can read/,
    );
  });

  test('that cannot be opened is an error with the system’s code', () => {
    const readFile = () => {
      throw Object.assign(new Error('no'), { code: 'EACCES' });
    };
    expect(() => resolveSettings({ env: {}, homeDir: home, readFile })).toThrow(/cannot be read \(EACCES\)/);
    const strange = () => {
      throw new Error('no');
    };
    expect(() => resolveSettings({ env: {}, homeDir: home, readFile: strange })).toThrow(/\(unknown error\)/);
  });

  test('that is a FIFO is rejected and does not block', () => {
    expect(spawnSync('mkfifo', [join(home, '.zenlayer', 'credentials.json')]).status).toBe(0);
    expect(() => resolve()).toThrow(/cannot be read \(not a regular file\)/);
  });

  test('that is a symbolic link to itself is rejected', () => {
    const path = join(home, '.zenlayer', 'credentials.json');
    symlinkSync(path, path);
    expect(() => resolve()).toThrow(/credentials\.json cannot be read \(ELOOP\)/);
  });

  test('is read to its end even in small chunks, and then closed', () => {
    write('credentials.json', profile('a-long-token'));
    const { readSync } = fs;
    const close = jest.spyOn(fs, 'closeSync');
    const reads = jest
      .spyOn(fs, 'readSync')
      .mockImplementation(((...[file, buffer, offset, length, at]: [number, Buffer, number, number, null]) =>
        readSync(file, buffer, offset, Math.min(length, 10), at)) as typeof readSync);
    const { credentials } = resolve();
    expect(credentials.kind === 'token' && credentials.token.reveal()).toBe('a-long-token');
    expect(reads.mock.calls.length).toBeGreaterThan(3);
    expect(close).toHaveBeenCalled();
    reads.mockImplementation(() => {
      throw Object.assign(new Error('no'), { code: 'EIO' });
    });
    close.mockClear();
    expect(() => resolve()).toThrow(/\(EIO\)/);
    expect(close).toHaveBeenCalledTimes(1);
  });

  test('has no mode on Windows', () => {
    write('credentials.json', profile('t'), 0o644);
    const platform = Object.getOwnPropertyDescriptor(process, 'platform') ?? {};
    Object.defineProperty(process, 'platform', { ...platform, value: 'win32' });
    try {
      resolve();
    } finally {
      Object.defineProperty(process, 'platform', platform);
    }
    expect(warnings).toEqual([]);
  });

  test('is not looked up in the working directory', () => {
    const readFile = jest.fn();
    expect(() => resolveSettings({ env: {}, homeDir: '', readFile })).toThrow(/^No credentials found/);
    expect(readFile).not.toHaveBeenCalled();
  });

  test('is not looked up without a home directory, or if its directory is a file', () => {
    expect(() => resolve({}, '')).toThrow(/^No credentials found/);
    rmSync(join(home, '.zenlayer'), { recursive: true });
    expect(() => resolve()).toThrow(/^No credentials found/);
    writeFileSync(join(home, '.zenlayer'), '');
    expect(() => resolve()).toThrow(/^No credentials found/);
  });

  test('that is not UTF-8 is rejected as not JSON', () => {
    write('credentials.json', Buffer.from('{"default":{"token":"\xff"}}', 'latin1'));
    expect(() => resolve()).toThrow(/is invalid: it is not JSON/);
  });

  test.each(['null', '[]', '7', '"x"'])('that contains %s is rejected as not an object', (text) => {
    write('credentials.json', text);
    expect(() => resolve()).toThrow(/it is not a JSON object/);
  });

  test('without the current profile, or with an empty one, has no credentials', () => {
    write('credentials.json', '{"other":{"token":"t"},"blank":{"token":" "}}');
    expect(() => resolve()).toThrow(/^No credentials found/);
    expect(() => resolve({ ZENLAYER_PROFILE: 'blank' })).toThrow(/^No credentials found/);
    expect(() => resolve({ ZENLAYER_PROFILE: 'toString' })).toThrow(/does not contain: "toString"/);
  });

  test('the profile is "default" if current_profile is empty or missing', () => {
    write('credentials.json', profile('t'));
    for (const config of ['{}', '{"current_profile":""}', '{"current_profile":null}']) {
      write('config.json', config);
      expect(resolve().sources.credentials).toContain('"default"');
    }
    write('config.json', '[]');
    expect(() => resolve()).toThrow(/config\.json is invalid: it is not a JSON object/);
  });

  test('of a key and a token in one profile, the token is used with a warning', () => {
    write('credentials.json', '{"default":{"access_key_id":" a ","access_key_secret":"b","token":"c"}}');
    expect(resolve().credentials).toMatchObject({ kind: 'token' });
    expect(warnings).toEqual([
      'the profile "default" of ~/.zenlayer/credentials.json contains a token (token) and an access key (access_key_id): ' +
        'the token is used. Unset the other.',
    ]);
  });
});

describe('valid credentials', () => {
  const key = (id: string, password: string) => () =>
    resolve({ ZENLAYERCLOUD_ACCESS_KEY_ID: id, ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: password });
  const token = (value: string) => () => resolve({ ZENLAYER_TOKEN: value });

  test('are accepted up to their maximum lengths', () => {
    expect(key('!'.repeat(256), 'é \u{1f511}')).not.toThrow();
    expect(key('~+-', 'p'.repeat(512))).not.toThrow();
    expect(token('!~'.repeat(4_096))).not.toThrow();
  });

  test.each([
    [
      'an ID that is too long',
      key('!'.repeat(257), 'p'),
      /ZENLAYERCLOUD_ACCESS_KEY_ID in the environment is invalid/,
    ],
    ['an ID with a comma', key('a,b', 'p'), /without a comma, at most 256\. Copy it again/],
    ['an ID with a space', key('a b', 'p'), /visible ASCII/],
    ['an ID that is not ASCII', key('é', 'p'), /visible ASCII/],
    ['a password that is too long', key('a', 'p'.repeat(513)), /one line of at most 512 characters/],
    ['a password of two lines', key('a', 'p\u2028q'), /ZENLAYERCLOUD_ACCESS_KEY_PASSWORD.*one line/],
    ['a password with half a character', key('a', 'p\ud800q'), /one line/],
    ['a token with a space', token('a b'), /ZENLAYER_TOKEN in the environment.*at most 8192/],
    ['a token that is too long', token('t'.repeat(8_193)), /at most 8192/],
    [
      'half a key',
      key('a', ' '),
      /ACCESS_KEY_ID is set in the environment, but ZENLAYERCLOUD_ACCESS_KEY_PASSWORD is not: set both, or neither\. The ID and the password of an access key must come from one source\.$/,
    ],
  ])('exclude %s', (_, attempt, message) => expect(attempt).toThrow(message));

  test('the source of the credentials is named', () => {
    const both = 'ZENLAYERCLOUD_ACCESS_KEY_ID and ZENLAYERCLOUD_ACCESS_KEY_PASSWORD';
    expect(key('a', 'b')().sources).toEqual({
      credentials: both,
      scheme: 'default',
      domain: 'default',
      clientTimeout: 'default',
    });
    const env = {
      ZENLAYER_TOKEN: 't',
      ZENLAYERCLOUD_SCHEME: 'https',
      ZENLAYERCLOUD_DOMAIN: 'x',
      ZENLAYERCLOUD_CLIENT_TIMEOUT: '3600',
    };
    expect(resolve(env)).toMatchObject({
      clientTimeoutMs: 3_600_000,
      sources: {
        credentials: 'ZENLAYER_TOKEN',
        scheme: 'ZENLAYERCLOUD_SCHEME',
        domain: 'ZENLAYERCLOUD_DOMAIN',
        clientTimeout: 'ZENLAYERCLOUD_CLIENT_TIMEOUT',
      },
    });
  });

  test.each(['0', '3601', '-1', 'x', '1 2', '1'.repeat(10)])(
    'a client timeout of %s is rejected',
    (seconds) => {
      const env = { ZENLAYER_TOKEN: 't', ZENLAYERCLOUD_CLIENT_TIMEOUT: seconds };
      expect(() => resolve(env)).toThrow(
        'ZENLAYERCLOUD_CLIENT_TIMEOUT is not a whole number of seconds from 1 to 3600. Set it to one, or unset it for the default of 30 seconds.',
      );
    },
  );

  test('the minimum client timeout is one second', () => {
    expect(resolve({ ZENLAYER_TOKEN: 't', ZENLAYERCLOUD_CLIENT_TIMEOUT: ' 1 ' }).clientTimeoutMs).toBe(1_000);
  });
});
