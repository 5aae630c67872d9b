import { UNKNOWN, type PlannedValues } from '../../lib/plugin';
import { Diagnostics } from '../../lib/plugin/diagnostics';
import { providerSettings, type settingsSchema } from '../../lib/provider/settings';

type Config = PlannedValues<typeof settingsSchema>;

const unset: Config = {
  access_key_id: null,
  access_key_password: null,
  token: null,
  domain: null,
  scheme: null,
  client_timeout: null,
  preflight: null,
};
const env = {
  HOME: '/nonexistent',
  ZENLAYERCLOUD_ACCESS_KEY_ID: 'key-of-the-environment',
  ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: 'password-of-the-environment',
  ZENLAYERCLOUD_DOMAIN: 'localhost:8080',
  ZENLAYERCLOUD_SCHEME: 'http',
};
const resolve = (config: Partial<Config>) => {
  const context = { diagnostics: new Diagnostics(), addSecrets: () => undefined };
  return providerSettings({ ...unset, ...config }, env, context).resolve();
};

describe('the settings of the provider', () => {
  test('replace those of the environment', () => {
    const { domain, clientTimeoutMs, credentials } = resolve({
      token: 'a-token',
      domain: '127.0.0.1:1',
      client_timeout: 5,
    });
    expect([domain, clientTimeoutMs, credentials.kind]).toEqual(['127.0.0.1:1', 5000, 'token']);
  });

  test.each(['', ' '])('come from the environment if they are %j', (blank) => {
    const { domain, scheme, credentials } = resolve({
      access_key_id: blank,
      access_key_password: blank,
      token: blank,
      domain: blank,
      scheme: blank,
    });
    expect([scheme, domain]).toEqual(['http', 'localhost:8080']);
    expect(credentials).toMatchObject({ kind: 'access-key', accessKeyId: 'key-of-the-environment' });
  });

  test('are incomplete with a blank password', () => {
    expect(() => resolve({ access_key_id: 'key', access_key_password: '' })).toThrow('Incomplete access key');
  });

  test.each<[Partial<Config>, string]>([
    [{ client_timeout: 0 }, 'client_timeout is not a whole number of seconds from 1 to 3600.'],
    [{ client_timeout: 0.5 }, 'client_timeout is not a whole number of seconds from 1 to 3600.'],
    [{ scheme: 'ftp' }, 'scheme is neither "HTTPS" nor "HTTP". Set it to "HTTPS", or unset it.'],
    [{ domain: 'a/b' }, 'domain is invalid: it contains a path or a query.'],
    [{ domain: 'a.example', scheme: 'HTTP' }, 'Set scheme to "https", or unset it.'],
    [{ token: 'two words' }, 'token is invalid: expected visible ASCII characters'],
    [{ access_key_id: 'a,b', access_key_password: 'c' }, 'access_key_id is invalid: expected'],
  ])('that are invalid are named as in the configuration: %j', (config, message) => {
    expect(() => resolve(config)).toThrow(message);
  });

  test('that are invalid in the environment are named as there', () => {
    expect(() => resolve({ domain: 'a.example' })).toThrow('Set ZENLAYERCLOUD_SCHEME to "https"');
  });

  test('that are known only after apply are named', () => {
    expect(() => resolve({ domain: UNKNOWN })).toThrow('setting domain is known only after apply');
  });
});
