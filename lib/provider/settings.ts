import { attribute, defineSchema, DiagnosticError, isUnknown, types } from '../plugin';
import type { ConfigureContext, KnownValues, PlannedValues } from '../plugin';
import { secretForms } from '../zec/credentials';
import { trimmed } from '../zec/find-credentials';
import { MissingCredentialsError, resolveSettings, SettingsError } from '../zec/settings';
import type { Environment, ZecSettings } from '../zec/settings';
import { terraformWorkers } from './workers';

const text = (description: string) => attribute(types.string, { optional: true, description });
const secret = (description: string) =>
  attribute(types.string, { optional: true, sensitive: true, description });

export const settingsSchema = defineSchema({
  description:
    'Zenlayer Elastic Compute. Settings that are not set here come from the environment, as for `zec-nic`.',
  attributes: {
    access_key_id: text('The access key ID.'),
    access_key_password: secret('The access key password. Prefer the environment variable.'),
    token: secret('A bearer token, instead of an access key. Prefer the environment variable.'),
    domain: text('The host of the API, with an optional port.'),
    scheme: text('`HTTPS`, or `HTTP` for a loopback address.'),
    client_timeout: attribute(types.number, {
      optional: true,
      description: 'The timeout of one request, in whole seconds.',
    }),
    preflight: attribute(types.bool, {
      optional: true,
      description: 'Whether plans are checked against the API. Default `true`.',
    }),
  },
});

/** The variable that each configured setting replaces. */
const VARIABLES = {
  access_key_id: 'ZENLAYERCLOUD_ACCESS_KEY_ID',
  access_key_password: 'ZENLAYERCLOUD_ACCESS_KEY_PASSWORD',
  token: 'ZENLAYER_TOKEN',
  domain: 'ZENLAYERCLOUD_DOMAIN',
  scheme: 'ZENLAYERCLOUD_SCHEME',
  client_timeout: 'ZENLAYERCLOUD_CLIENT_TIMEOUT',
} as const;

const CREDENTIAL_VARIABLES = [
  'ZENLAYERCLOUD_ACCESS_KEY_ID',
  'ZENLAYERCLOUD_ACCESS_KEY_PASSWORD',
  'ZENLAYER_ACCESS_KEY_ID',
  'ZENLAYER_ACCESS_KEY_SECRET',
  'ZENLAYER_TOKEN',
];

type Known = KnownValues<typeof settingsSchema>;
type SettingsContext = Pick<ConfigureContext, 'diagnostics' | 'addSecrets'>;

export interface ProviderSettings {
  readonly preflight: boolean;
  /**
   * Returns the client settings. Throws errors only when they are first needed, so that a plan of new attachments works
   * without credentials.
   * @throws SettingsError
   */
  readonly resolve: () => ZecSettings;
  /** Returns the number of Terraform's workers. Default: 10. */
  readonly workers?: (() => number) | undefined;
}

/**
 * Reads the provider configuration and the environment.
 * @param context receives warnings, and the secrets to redact
 * @throws DiagnosticError if only one part of the access key, or also a token, is configured
 */
export function providerSettings(
  config: PlannedValues<typeof settingsSchema>,
  env: Environment,
  context: SettingsContext,
): ProviderSettings {
  const unknown = Object.entries(config).find(([, value]) => isUnknown(value))?.[0];
  if (unknown !== undefined) {
    const message = `The provider's setting ${unknown} is known only after apply. Apply the resource that it refers to first (-target), then plan again.`;
    return { preflight: false, resolve: throwing(new MissingCredentialsError(message)) };
  }
  const known = withoutBlank(config as Known);
  if ((known.access_key_id === null) !== (known.access_key_password === null)) {
    const missing = known.access_key_id === null ? 'access_key_id' : 'access_key_password';
    throw new DiagnosticError('Incomplete access key', {
      detail: `Set ${missing} too, or set both in the environment.`,
      path: [missing],
    });
  }
  if (known.access_key_id !== null && known.token !== null) {
    throw new DiagnosticError('Two kinds of credentials', {
      detail: 'Set either token or access_key_id with access_key_password.',
      path: ['token'],
    });
  }
  return {
    preflight: known.preflight ?? true,
    resolve: resolved(env, known, context),
    workers: () => terraformWorkers(env),
  };
}

/** A blank setting counts as not set, like an empty variable. */
function withoutBlank(config: Known): Known {
  const values = Object.entries(config).map(([name, value]) => [
    name,
    typeof value === 'string' ? (trimmed(value) ?? null) : value,
  ]);
  return Object.fromEntries(values) as Known;
}

/** Resolves immediately, so that warnings are reported, but throws errors later. */
function resolved(
  env: Environment,
  config: Known,
  { diagnostics, addSecrets }: SettingsContext,
): () => ZecSettings {
  const configured = Object.entries(VARIABLES).flatMap(([name, variable]) => {
    const value = config[name as keyof typeof VARIABLES];
    return value === null ? [] : { name, variable, value: String(value) };
  });
  /** Names the configured settings instead of the variables that they replace. */
  const renamed = (text: string) =>
    configured.reduce(
      (renamed, { name, variable }) =>
        renamed.replaceAll(`${variable} in the environment`, name).replaceAll(variable, name),
      text,
    );
  // About the environment or a file, never about a configured setting.
  const warn = (text: string) => diagnostics.warning('The provider configuration should be changed', text);
  try {
    const settings = resolveSettings({ env: withConfigured(env, config, configured), warn });
    addSecrets(secretForms(settings));
    return () => settings;
  } catch (error) {
    const isInvalid = error instanceof SettingsError && !(error instanceof MissingCredentialsError);
    return throwing(isInvalid ? new SettingsError(renamed(error.message)) : error);
  }
}

function throwing(error: unknown): () => never {
  return () => {
    throw error;
  };
}

/** Overlays the environment with the configuration. An access key in it comes before all others; a token replaces them. */
function withConfigured(
  env: Environment,
  config: Known,
  configured: readonly { readonly variable: string; readonly value: string }[],
): Environment {
  return Object.fromEntries([
    ...Object.entries(env).filter(([name]) => config.token === null || !CREDENTIAL_VARIABLES.includes(name)),
    ...configured.map(({ variable, value }) => [variable, value] as const),
  ]);
}
