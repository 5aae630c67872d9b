import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConnectProxy } from '../support/connect-proxy';
import { TlsProxy } from './tls-proxy';
import { IDS, ZecNic } from './zec-nic';

let zec: ZecNic;
let tls: TlsProxy;
let proxy: ConnectProxy;
let directory: string;
beforeEach(async () => {
  zec = await ZecNic.withWorld();
  tls = await TlsProxy.start(zec.simulator.endpoint);
  proxy = await ConnectProxy.start();
  directory = mkdtempSync(join(tmpdir(), 'zec-proxy-'));
});
afterEach(async () => {
  proxy.close();
  tls.close();
  rmSync(directory, { recursive: true, force: true });
  await zec.close();
});

/** With the trailing dot, the name does not count as loopback, and the certificate is still valid for it. */
const remote = () => tls.domain.replace('localhost', 'localhost.');
const environment = () => ({
  ZENLAYERCLOUD_SCHEME: 'https',
  ZENLAYERCLOUD_DOMAIN: remote(),
  HTTPS_PROXY: `http://user:proxy-pass@${proxy.host}`,
  NODE_EXTRA_CA_CERTS: tls.certificateFile(directory),
});

test('an attachment is created through the proxy, with its user name and password', async () => {
  const { code, output } = await zec.run(['create', ...IDS], environment());
  expect([code, zec.nic()]).toEqual([0, 'USED ins-1']);
  expect(new Set(proxy.targets)).toEqual(new Set([remote()]));
  expect(proxy.authorizations[0]).toBe(`Basic ${Buffer.from('user:proxy-pass').toString('base64')}`);
  expect(output).not.toContain('proxy-pass');
});

test('a host in NO_PROXY is not reached through the proxy', async () => {
  const domain = 'api.example.invalid';
  const env = { ...environment(), ZENLAYERCLOUD_DOMAIN: domain, NO_PROXY: 'example.invalid' };
  const { output } = await zec.run(['status'], env);
  expect(output).toContain(`no connection to ${domain} (`);
  expect(proxy.targets).toEqual([]);
});

test('a certificate that is not trusted is refused through the proxy, too', async () => {
  const env = { ...environment(), NODE_EXTRA_CA_CERTS: undefined, NODE_TLS_REJECT_UNAUTHORIZED: '0' };
  const { code, output } = await zec.run(['status'], env);
  expect(code).not.toBe(0);
  expect(output).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
  expect(zec.simulator.cloud.requests()).toEqual([]);
});

test('a proxy that refuses is named in the error, which is not retried', async () => {
  proxy.status = 407;
  const { code, output } = await zec.run(['create', ...IDS], environment());
  expect(code).not.toBe(0);
  expect(output).toContain(`no connection to ${remote()} through the proxy ${proxy.host} (HTTPS_PROXY)`);
  expect(output).toMatch(
    /Proxy response \(407\).*The proxy refuses the connection: check the user name and password in its URL/s,
  );
  expect(output).not.toContain('proxy-pass');
  expect(zec.nic()).toBe('AVAILABLE');
});

test('a proxy that is not there is named in the error', async () => {
  const { host } = proxy;
  const env = environment();
  proxy.close();
  const { code, output } = await zec.run(['status'], env);
  expect(code).not.toBe(0);
  expect(output).toMatch(new RegExp(`through the proxy ${host} \\(HTTPS_PROXY\\) \\(ECONNREFUSED`));
  expect(output).toContain(
    'The proxy could not be reached: check HTTPS_PROXY, or exempt the API in NO_PROXY.',
  );
  expect(output).not.toContain('proxy-pass');
});

test('doctor shows the proxy, and checks what is behind it by its first request', async () => {
  const { stdout, output } = await zec.run(['doctor', '--json'], environment());
  const { checks } = JSON.parse(stdout) as { checks: { id: string; verdict: string; detail: string }[] };
  const of = (id: string) => checks.find((each) => each.id === id);
  expect(of('proxy')).toMatchObject({
    verdict: 'ok',
    detail: `connections go through ${proxy.host} (HTTPS_PROXY)`,
  });
  expect(of('tcp')?.detail).toContain(`${proxy.host} accepts connections`);
  expect([of('tls')?.verdict, of('clock')?.verdict, of('signature')?.verdict]).toEqual([
    'skip',
    'skip',
    'ok',
  ]);
  expect(output).not.toContain('proxy-pass');
});
