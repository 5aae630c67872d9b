import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startSimulator } from '../../lib/simulator';
import { KEY, world } from '../simulator/worlds';
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

/** Expects an error with this message and exit code, without secrets and without any change. */
async function expectError(
  env: Readonly<Record<string, string | undefined>>,
  message: RegExp,
  exit: number,
  timeout = '2s',
): Promise<void> {
  const { code, stderr, output } = await zec.run(['create', ...IDS, '--timeout', timeout], env);
  expect(stderr).toMatch(message);
  expect(code).toBe(exit);
  expect(output).not.toContain(KEY.accessKeyPassword);
  expect(zec.nic()).toBe('AVAILABLE');
}

test('missing credentials are reported', () =>
  expectError(noKey, /^error: No credentials found\. Set ZENLAYERCLOUD_ACCESS_KEY_ID and [^\n]*\n$/, 2));

test('an access key without its password is reported', () =>
  expectError(
    { ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: undefined },
    /^error: ZENLAYERCLOUD_ACCESS_KEY_ID is set in [^\n]*\n$/,
    2,
  ));

test('plain HTTP to a public host is rejected', () =>
  expectError(
    { ZENLAYERCLOUD_DOMAIN: 'console.zenlayer.com' },
    /^error: Plain HTTP is allowed only to this machine itself [^\n]*Set ZENLAYERCLOUD_SCHEME to "https"[^\n]*\n$/,
    2,
  ));

test('a URL as domain is rejected', () =>
  expectError(
    { ZENLAYERCLOUD_DOMAIN: 'https://console.zenlayer.com/' },
    /^error: ZENLAYERCLOUD_DOMAIN is invalid: it contains a scheme[^\n]*\n$/,
    2,
  ));

test('a malformed credentials file is reported', () => {
  writeCredentials('{ "default": ');
  return expectError(
    noKey,
    /^error: ~\/\.zenlayer\/credentials\.json is invalid: it is not JSON\. Run [^\n]*\n$/,
    2,
  );
});

test('a wrong access key is reported', () =>
  expectError(
    { ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: 'wrong' },
    /^error: vNIC nic-1 was not attached to instance ins-1: .*AUTHFAILURE_SIGNATURE_FAILURE[\s\S]*What to do: Check the access key/,
    2,
  ));

test('a skewed clock is reported with its difference to the clock of the server', async () => {
  const skewed = await startSimulator({ world: world(), now: () => Date.now() + 3_600_000 });
  await expectError(
    { ZENLAYERCLOUD_DOMAIN: new URL(skewed.endpoint).host },
    /AUTHFAILURE_SIGNATURE_EXPIRED[\s\S]*What to do: Set this machine’s clock: it is (60 min|59 min 5\d s|60 min [1-9] s) behind the server’s/,
    2,
  );
  await skewed.close();
});

test('an unreachable host is reported', async () =>
  expectError(
    { ZENLAYERCLOUD_DOMAIN: `127.0.0.1:${await unusedPort()}` },
    /^ +.*[\s\S]*error: vNIC nic-1 was not attached to instance ins-1: .*no connection to 127\.0\.0\.1[\s\S]*What to do: .*check ZENLAYERCLOUD_DOMAIN/,
    4,
    // Longer than the delays of a retried read, which are at most 3.5 s.
    '5s',
  ));

test('a credentials file is used, and gives a warning if others can read it', async () => {
  writeCredentials(
    JSON.stringify({ default: { access_key_id: KEY.accessKeyId, access_key_secret: KEY.accessKeyPassword } }),
  );
  expect(await zec.run(['read', ...IDS], noKey)).toMatchObject({ code: 3, stderr: '' });
  chmodSync(join(zec.home, '.zenlayer', 'credentials.json'), 0o644);
  const { code, stderr } = await zec.run(['read', ...IDS], noKey);
  expect(code).toBe(3);
  expect(stderr).toMatch(/^warning: .*chmod 600/);
});
