import { inspect } from 'node:util';
import { resolveProxy } from '../../lib/zec/proxy';
import { resolveEndpoint } from '../../lib/zec/settings';

const proxyOf = (env: Record<string, string>, domain = 'console.zenlayer.com') =>
  resolveProxy(env, domain)?.uri.reveal();

test.each<[string, Record<string, string>, string | undefined]>([
  ['none is set', {}, undefined],
  ['HTTPS_PROXY is set', { HTTPS_PROXY: 'http://upper:3128' }, 'http://upper:3128'],
  ['https_proxy is set', { https_proxy: 'http://lower:3128' }, 'http://lower:3128'],
  [
    'both are set: lower case wins',
    { HTTPS_PROXY: 'http://upper:1', https_proxy: 'http://lower:2' },
    'http://lower:2',
  ],
  ['an empty lower case disables it', { HTTPS_PROXY: 'http://upper:1', https_proxy: '' }, undefined],
  ['a value without a scheme is a host', { HTTPS_PROXY: 'proxy.corp:3128' }, 'http://proxy.corp:3128'],
  ['the proxy takes TLS', { HTTPS_PROXY: 'https://proxy.corp' }, 'https://proxy.corp'],
  ['only ALL_PROXY is set', { ALL_PROXY: 'http://upper:1', all_proxy: 'http://lower:2' }, undefined],
  ['only HTTP_PROXY is set', { HTTP_PROXY: 'http://upper:1', http_proxy: 'http://lower:2' }, undefined],
])('the proxy when %s', (_, env, expected) => {
  expect(proxyOf(env)).toBe(expected);
});

test.each<[string, boolean, string]>([
  ['', true, 'console.zenlayer.com'],
  ['example.com', true, 'console.zenlayer.com'],
  ['console.zenlayer.com', false, 'console.zenlayer.com'],
  ['zenlayer.com', false, 'console.zenlayer.com'],
  ['layer.com', true, 'console.zenlayer.com'],
  ['.zenlayer.com', false, 'console.zenlayer.com'],
  ['*.zenlayer.com', false, 'console.zenlayer.com'],
  ['*', false, 'console.zenlayer.com'],
  ['a.example, Zenlayer.COM', false, 'console.zenlayer.com'],
  ['zenlayer.com:443', false, 'console.zenlayer.com'],
  ['zenlayer.com:8443', true, 'console.zenlayer.com'],
  ['zenlayer.com:8443', false, 'console.zenlayer.com:8443'],
  ['10.0.0.7', false, '10.0.0.7'],
  // Address ranges are not read.
  ['10.0.0.0/8', true, '10.0.0.7'],
])('NO_PROXY=%j: a proxy is used: %j', (NO_PROXY, used, domain) => {
  expect(proxyOf({ HTTPS_PROXY: 'http://proxy:1', NO_PROXY }, domain) !== undefined).toBe(used);
  expect(
    proxyOf({ HTTPS_PROXY: 'http://proxy:1', no_proxy: NO_PROXY, NO_PROXY: 'x' }, domain) !== undefined,
  ).toBe(used);
});

test.each(['localhost:8443', '127.0.0.1', '127.1.2.3:9', '[::1]:8443'])(
  'no proxy is used for this machine itself: %s',
  (domain) => {
    expect(proxyOf({ HTTPS_PROXY: 'http://proxy:1' }, domain)).toBeUndefined();
  },
);

test('plain HTTP uses no proxy', () => {
  const env = { ZENLAYERCLOUD_DOMAIN: '127.0.0.1:1', ZENLAYERCLOUD_SCHEME: 'HTTP' };
  expect(resolveEndpoint({ ...env, HTTPS_PROXY: 'http://proxy:1' }).proxy).toBeUndefined();
});

test.each([
  'socks5://user:pass-word@proxy:1',
  'http://user:pass-word@proxy:port',
  'http://user:pass-word%zz@proxy:1',
  'user:pass-word@',
])('a value that is not the URL of an HTTP proxy is an error that does not reveal it', (value) => {
  expect(() => resolveEndpoint({ HTTPS_PROXY: value })).toThrow(/^HTTPS_PROXY is invalid: expected the URL/);
  expect(() => resolveEndpoint({ HTTPS_PROXY: value })).not.toThrow(/pass-word/);
});

test('the password of a proxy appears in no JSON or inspection of the settings', () => {
  const endpoint = resolveEndpoint({ HTTPS_PROXY: 'http://user:pass-word@proxy:1' });
  expect(endpoint.proxy).toMatchObject({ host: 'proxy:1', source: 'HTTPS_PROXY' });
  expect(JSON.stringify(endpoint) + inspect(endpoint, { depth: 9 })).not.toContain('pass-word');
});
