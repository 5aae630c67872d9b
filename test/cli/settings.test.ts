import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { KEY } from '../simulator/worlds';
import { IDS, ZecNic } from './zec-nic';

let zec: ZecNic;
beforeEach(async () => {
  zec = await ZecNic.withWorld();
});
afterEach(() => zec.close());

const noKey = { ZENLAYERCLOUD_ACCESS_KEY_ID: undefined, ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: undefined };

function writeCredentials(text: string): void {
  mkdirSync(join(zec.home, '.zenlayer'), { recursive: true });
  const file = join(zec.home, '.zenlayer', 'credentials.json');
  writeFileSync(file, text);
  chmodSync(file, 0o600);
}

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** One sentence of what is wrong and what to do, the exit code, and nothing of a secret. */
async function expectBad(
  env: Readonly<Record<string, string | undefined>>,
  message: RegExp,
  exit: number,
): Promise<void> {
  const { code, stderr, output } = await zec.run(['create', ...IDS, '--timeout', '2s'], env);
  expect(stderr).toMatch(message);
  expect(code).toBe(exit);
  expect(output).not.toContain(KEY.accessKeyPassword);
  expect(zec.nic()).toBe('AVAILABLE');
}

test('no credentials', () =>
  expectBad(noKey, /^error: No credentials found\. Set ZENLAYERCLOUD_ACCESS_KEY_ID and [^\n]*\n$/, 2));

test('half a key', () =>
  expectBad(
    { ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: undefined },
    /^error: ZENLAYERCLOUD_ACCESS_KEY_ID is set in [^\n]*\n$/,
    2,
  ));

test('plain http to a public host', () =>
  expectBad(
    { ZENLAYERCLOUD_DOMAIN: 'console.zenlayer.com' },
    /^error: Plain HTTP is refused except to this machine itself [^\n]*Set ZENLAYERCLOUD_SCHEME to "https"[^\n]*\n$/,
    2,
  ));

test('a domain that is a URL', () =>
  expectBad(
    { ZENLAYERCLOUD_DOMAIN: 'https://console.zenlayer.com/' },
    /^error: ZENLAYERCLOUD_DOMAIN is not usable: it holds a scheme[^\n]*\n$/,
    2,
  ));

test('a malformed credential file', () => {
  writeCredentials('{ "default": ');
  return expectBad(
    noKey,
    /^error: ~\/\.zenlayer\/credentials\.json is not usable: it is not JSON\. Run [^\n]*\n$/,
    2,
  );
});

test('a wrong key', () =>
  expectBad(
    { ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: 'wrong' },
    /^error: vNIC nic-1 was not attached to instance ins-1: .*AUTHFAILURE_SIGNATURE_FAILURE[\s\S]*What to do: Check the access key/,
    2,
  ));

test('a host that cannot be reached', async () =>
  expectBad(
    { ZENLAYERCLOUD_DOMAIN: `127.0.0.1:${await unusedPort()}` },
    /^ +.*[\s\S]*error: vNIC nic-1 was not attached to instance ins-1: .*no connection to 127\.0\.0\.1[\s\S]*What to do: .*check ZENLAYERCLOUD_DOMAIN/,
    1,
  ));

test('a credential file that works is used, and one that others can read gets a warning', async () => {
  writeCredentials(
    JSON.stringify({ default: { access_key_id: KEY.accessKeyId, access_key_secret: KEY.accessKeyPassword } }),
  );
  expect(await zec.run(['read', ...IDS], noKey)).toMatchObject({ code: 3, stderr: '' });
  chmodSync(join(zec.home, '.zenlayer', 'credentials.json'), 0o644);
  const { code, stderr } = await zec.run(['read', ...IDS], noKey);
  expect(code).toBe(3);
  expect(stderr).toMatch(/^warning: .*chmod 600/);
});
