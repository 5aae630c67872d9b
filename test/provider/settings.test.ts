import { UNKNOWN, type PlannedValues } from '../../lib/plugin';
import { Diagnostics } from '../../lib/plugin/diagnostics';
import { providerSettings, type settingsSchema } from '../../lib/provider/settings';
import { MissingCredentialsError, SettingsError } from '../../lib/zec/settings';

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
/** Configures the provider. @returns its settings, and what it shows and redacts */
const configure = (config: Partial<Config>, variables: Record<string, string> = env) => {
  const secrets: string[] = [];
  const diagnostics = new Diagnostics();
  const addSecrets = (added: readonly string[]) => void secrets.push(...added);
  const settings = providerSettings({ ...unset, ...config }, variables, { diagnostics, addSecrets });
  return { settings, secrets, warnings: diagnostics.all };
};
const resolve = (config: Partial<Config>) => configure(config).settings.resolve();

describe('the settings of the provider', () => {
  test('replace those of the environment', () => {
    const { domain, clientTimeoutMs, credentials } = resolve({
      token: 'a-token',
      domain: '127.0.0.1:1',
      client_timeout: 5,
    });
    expect([domain, clientTimeoutMs, credentials.kind]).toEqual(['127.0.0.1:1', 5000, 'token']);
  });

  test('replace credentials of the environment, whatever their kind', () => {
    const variables = { ...env, ZENLAYER_TOKEN: 'token-of-the-environment' };
    const { settings, warnings } = configure(
      { access_key_id: 'key', access_key_password: 'pass' },
      variables,
    );
    expect(settings.resolve().credentials).toMatchObject({ kind: 'access-key', accessKeyId: 'key' });
    expect(warnings).toEqual([]);
  });

  test('have default values', () => {
    const { settings, secrets, warnings } = configure({});
    expect([settings.preflight, settings.resolve().clientTimeoutMs, warnings]).toEqual([true, 30_000, []]);
    expect(secrets).toContain('password-of-the-environment');
  });

  test.each([true, false])('contain preflight = %s', (preflight) => {
    expect(configure({ preflight }).settings.preflight).toBe(preflight);
  });

  test('contain the workers of Terraform’s command line or variables', () => {
    const { settings } = configure({}, { ...env, TF_CLI_ARGS: '-parallelism=2' });
    expect(settings.workers?.()).toBe(2);
  });

  test('cause a warning if the environment should be changed', () => {
    const { ZENLAYERCLOUD_ACCESS_KEY_ID: key, ...others } = env;
    const { ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: password, ...rest } = others;
    const variables = {
      ...rest,
      ZENLAYER_TOKEN: 'a-token',
      ZENLAYER_ACCESS_KEY_ID: key,
      ZENLAYER_ACCESS_KEY_SECRET: password,
    };
    expect(configure({}, variables).warnings).toEqual([
      {
        severity: 'warning',
        summary: 'The provider configuration should be changed',
        detail:
          'the environment contains a token (ZENLAYER_TOKEN) and an access key (ZENLAYER_ACCESS_KEY_ID): the token is ' +
          'used. Unset the other.',
      },
    ]);
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

  test.each<[Partial<Config>, string]>([
    [{ access_key_id: 'key', access_key_password: '' }, 'access_key_password'],
    [{ access_key_id: 'key' }, 'access_key_password'],
    [{ access_key_password: 'pass' }, 'access_key_id'],
  ])('are incomplete with %j: %s is missing', (config, missing) => {
    const error = expect.objectContaining({
      message: 'Incomplete access key',
      detail: `Set ${missing} too, or set both in the environment.`,
      path: [missing],
    }) as Error;
    expect(() => configure(config)).toThrow(error);
  });

  test('cannot contain both an access key and a token', () => {
    const error = expect.objectContaining({ message: 'Two kinds of credentials', path: ['token'] }) as Error;
    const key = { access_key_id: 'key', access_key_password: 'pass' };
    expect(() => configure({ ...key, token: 'a-token' })).toThrow(error);
    expect(resolve({ ...key, token: ' ' }).credentials.kind).toBe('access-key');
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

  test('that are invalid fail only when they are needed, as an invalid configuration', () => {
    const { settings } = configure({ client_timeout: 0 });
    expect(settings.preflight).toBe(true);
    expect(settings.resolve).toThrow(SettingsError);
    expect(settings.resolve).not.toThrow(MissingCredentialsError);
  });

  test('without credentials fail only when they are needed, and name the variables', () => {
    const { settings } = configure({ domain: 'api.example' }, { HOME: '/nonexistent' });
    expect(settings.resolve).toThrow(MissingCredentialsError);
    expect(settings.resolve).toThrow('Set ZENLAYERCLOUD_ACCESS_KEY_ID and ZENLAYERCLOUD_ACCESS_KEY_PASSWORD');
  });

  test('that are known only after apply are named when they are needed, and plans are not checked', () => {
    const { settings } = configure({ domain: UNKNOWN });
    expect(settings.preflight).toBe(false);
    expect(settings.resolve).toThrow(MissingCredentialsError);
    expect(settings.resolve).toThrow(
      "The provider's setting domain is known only after apply. Apply the resource that it refers to first (-target), then plan again.",
    );
  });
});
