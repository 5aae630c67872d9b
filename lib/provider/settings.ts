import { homedir } from 'node:os';
import { attribute, defineSchema, DiagnosticError, isUnknown, types } from '../plugin';
import type { ConfigureContext, Known, Planned } from '../plugin';
import { secretForms } from '../zec/redact';
import { MissingCredentialsError, resolveSettings, SettingsError } from '../zec/settings';
import type { Environment, ZecSettings } from '../zec/settings';

export const settingsSchema = defineSchema({
  description: 'Zenlayer Elastic Compute. What is left out comes from the environment, as for `zec-nic`.',
  attributes: {
    access_key_id: attribute(types.string, { optional: true, description: 'The access key id.' }),
    access_key_password: attribute(types.string, {
      optional: true,
      sensitive: true,
      description: 'The access key password. Better left to the environment.',
    }),
    token: attribute(types.string, {
      optional: true,
      sensitive: true,
      description: 'A bearer token instead of an access key. Better left to the environment.',
    }),
    domain: attribute(types.string, {
      optional: true,
      description: 'The host of the API, with a port if need be.',
    }),
    scheme: attribute(types.string, {
      optional: true,
      description: '`HTTPS`, or `HTTP` to this machine itself.',
    }),
    client_timeout: attribute(types.number, {
      optional: true,
      description: 'Longest time of one request, in whole seconds.',
    }),
    preflight: attribute(types.bool, {
      optional: true,
      description: 'Whether plans ask the API if what they plan is possible. Default true.',
    }),
  },
});

const CREDENTIAL_VARIABLES = [
  'ZENLAYERCLOUD_ACCESS_KEY_ID',
  'ZENLAYERCLOUD_ACCESS_KEY_PASSWORD',
  'ZENLAYER_ACCESS_KEY_ID',
  'ZENLAYER_ACCESS_KEY_SECRET',
  'ZENLAYER_TOKEN',
];

type Configuration = Planned<typeof settingsSchema>;

/** What the provider's configuration and the environment say. */
export interface ProviderSettings {
  readonly preflight: boolean;
  /**
   * The settings of the client. What is wrong with them is told when they are first needed, so that a plan of new
   * attachments works without any.
   * @throws SettingsError
   */
  readonly resolve: () => ZecSettings;
}

/**
 * @param context is given a warning of each thing that works but should not stay as it is, and the secrets
 * @throws DiagnosticError if the access key is half configured
 */
export function providerSettings(
  config: Configuration,
  env: Environment,
  context: Pick<ConfigureContext, 'diagnostics' | 'hide'>,
): ProviderSettings {
  const unknown = Object.entries(config).find(([, value]) => isUnknown(value))?.[0];
  if (unknown !== undefined) {
    const resolve = () => {
      throw new MissingCredentialsError(`The provider's setting ${unknown} is known only after apply.`);
    };
    return { preflight: false, resolve };
  }
  const known = config as Known<typeof settingsSchema>;
  if ((known.access_key_id === null) !== (known.access_key_password === null)) {
    const missing = known.access_key_id === null ? 'access_key_id' : 'access_key_password';
    throw new DiagnosticError('Half an access key is configured', {
      detail: `Set ${missing} too, or leave both to the environment.`,
      path: [missing],
    });
  }
  return { preflight: known.preflight ?? true, resolve: resolved(withConfigured(env, known), context) };
}

export { MissingCredentialsError, SettingsError };

/** Resolves now, while warnings reach the user, and throws later what went wrong. */
function resolved(
  env: Environment,
  { diagnostics, hide }: Pick<ConfigureContext, 'diagnostics' | 'hide'>,
): () => ZecSettings {
  const warn = (text: string) => diagnostics.warning('The provider’s settings should be changed', text);
  try {
    const settings = resolveSettings({ env, homeDir: homedir(), warn });
    hide(secretForms(settings));
    return () => settings;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** The environment with the configuration's values over it. Configured credentials replace all others. */
function withConfigured(env: Environment, config: Known<typeof settingsSchema>): Environment {
  const replaced = config.access_key_id === null && config.token === null ? [] : CREDENTIAL_VARIABLES;
  const configured = {
    ZENLAYERCLOUD_ACCESS_KEY_ID: config.access_key_id,
    ZENLAYERCLOUD_ACCESS_KEY_PASSWORD: config.access_key_password,
    ZENLAYER_TOKEN: config.token,
    ZENLAYERCLOUD_DOMAIN: config.domain,
    ZENLAYERCLOUD_SCHEME: config.scheme,
    ZENLAYERCLOUD_CLIENT_TIMEOUT: config.client_timeout?.toString() ?? null,
  };
  return Object.fromEntries([
    ...Object.entries(env).filter(([name]) => !replaced.includes(name)),
    ...Object.entries(configured).filter((entry): entry is [string, string] => entry[1] !== null),
  ]);
}
