import * as v from 'valibot';
import { Secret, type Credentials } from './credentials';
import { MissingCredentialsError, SettingsError } from './errors';
import { quote } from './ids';
import { displayPath, malformed, readCliFile, type SettingsFileOptions } from './settings-file';

/** Environment variables, such as `process.env`. An empty variable counts as not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Options of `resolveSettings`. */
export interface ResolveOptions extends SettingsFileOptions {
  readonly env: Environment;
  /** Receives a sentence about each setting that works but should be changed. */
  readonly warn?: ((text: string) => void) | undefined;
}

type Warn = (text: string) => void;

/**
 * Finds credentials in the environment, or in the file of the vendor's CLI, and their source.
 * @throws SettingsError
 */
export function findCredentials(options: ResolveOptions): { credentials: Credentials; source: string } {
  const { warn = () => undefined } = options;
  for (const place of credentialPlaces(options, warn)) {
    const credentials = credentialsOf(place, warn);
    if (credentials === undefined) continue;
    const fields = credentials.kind === 'token' ? [place.token] : [place.id, place.password];
    return { credentials, source: place.source ?? fields.map((field) => field?.name).join(' and ') };
  }
  throw new MissingCredentialsError(
    'No credentials found. Set ZENLAYERCLOUD_ACCESS_KEY_ID and ZENLAYERCLOUD_ACCESS_KEY_PASSWORD in the environment, ' +
      'or run "zeno configure", which writes ~/.zenlayer/credentials.json.',
  );
}

/** The sources of credentials, in order of precedence. */
function* credentialPlaces(options: ResolveOptions, warn: Warn): Generator<CredentialPlace> {
  const field = (name: string) => ({ name, value: trimmed(options.env[name]) });
  const key = (id: string, password: string) => ({ id: field(id), password: field(password) });
  const where = 'the environment';
  yield { where, ...key('ZENLAYERCLOUD_ACCESS_KEY_ID', 'ZENLAYERCLOUD_ACCESS_KEY_PASSWORD') };
  yield {
    where,
    ...key('ZENLAYER_ACCESS_KEY_ID', 'ZENLAYER_ACCESS_KEY_SECRET'),
    token: field('ZENLAYER_TOKEN'),
  };
  const profile = readProfile(options, warn);
  if (profile !== undefined) yield profile;
}

/** Trims a setting. A blank one counts as not set. */
export function trimmed(value: string | null | undefined): string | undefined {
  const text = value?.trim() ?? '';
  return text === '' ? undefined : text;
}

/** A setting and its trimmed value. */
interface Field {
  readonly name: string;
  readonly value: string | undefined;
}

/** One source of credentials: the names and values of its fields. */
interface CredentialPlace {
  readonly where: string;
  /** For display; the names of its fields by default. */
  readonly source?: string;
  readonly id: Field;
  readonly password: Field;
  readonly token?: Field;
}

// An access key ID is part of the Authorization header, between "Credential=" and a comma.
const ID_FORMAT = /^[\x21-\x2b\x2d-\x7e]{1,256}$/;
const PASSWORD_FORMAT = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]{1,512}$/u;
const TOKEN_FORMAT = /^[\x21-\x7e]{1,8192}$/;

/**
 * Reads the credentials of one source; `undefined` if it has none. A token takes precedence over an access key, as in the
 * vendor's CLI.
 * @throws SettingsError if only half of an access key is set, or a value is malformed
 */
function credentialsOf(place: CredentialPlace, warn: Warn): Credentials | undefined {
  const { where, id, password, token } = place;
  const checked = ({ name, value = '' }: Field, format: RegExp, expected: string) => {
    if (format.test(value)) return value;
    throw new SettingsError(
      `${name} in ${where} is invalid: expected ${expected}. Copy it again from the Zenlayer console.`,
    );
  };
  const [set] = [id, password].filter(({ value }) => value !== undefined);
  if (token?.value !== undefined) {
    if (set !== undefined) {
      const both = `a token (${token.name}) and an access key (${set.name})`;
      warn(`${where} contains ${both}: the token is used. Unset the other.`);
    }
    const value = checked(token, TOKEN_FORMAT, 'visible ASCII characters, at most 8192');
    return { kind: 'token', token: new Secret(value) };
  }
  if (set === undefined) return undefined;
  const missing = [id, password].find(({ value }) => value === undefined);
  if (missing !== undefined) {
    throw new SettingsError(
      `${set.name} is set in ${where}, but ${missing.name} is not: set both, or neither. ` +
        'The ID and the password of an access key must come from one source.',
    );
  }
  return {
    kind: 'access-key',
    accessKeyId: checked(id, ID_FORMAT, 'visible ASCII characters without a comma, at most 256'),
    accessKeyPassword: new Secret(checked(password, PASSWORD_FORMAT, 'one line of at most 512 characters')),
  };
}

const CREDENTIALS = 'credentials.json';
const CONFIG = 'config.json';

// The formats of the files that the vendor's CLI writes (`zeno configure`). Credentials are keyed by profile name.
const ProfileSchema = v.object({
  access_key_id: v.nullish(v.string()),
  access_key_secret: v.nullish(v.string()),
  token: v.nullish(v.string()),
});
const ConfigSchema = v.object({ current_profile: v.nullish(v.string()) });

/**
 * Reads a profile: `ZENLAYER_PROFILE`, or the CLI's current one, or `default`. Returns `undefined` if the file or the profile
 * does not exist.
 * @throws SettingsError if the file cannot be read or parsed, or does not contain `ZENLAYER_PROFILE`
 */
function readProfile(options: ResolveOptions, warn: Warn): CredentialPlace | undefined {
  const file = readCliFile(CREDENTIALS, options);
  const wanted = trimmed(options.env.ZENLAYER_PROFILE);
  const missing = (what: string, remedy: string) =>
    new SettingsError(`ZENLAYER_PROFILE names ${what}. Run "zeno configure" to create it, or ${remedy}.`);
  if (file === undefined) {
    if (wanted === undefined) return undefined;
    const what = `the profile ${quote(wanted)}, but ${displayPath(CREDENTIALS)} does not exist`;
    throw missing(what, 'unset ZENLAYER_PROFILE');
  }
  if (((file.mode ?? 0) & 0o077) !== 0) {
    const path = displayPath(CREDENTIALS);
    warn(`${path} can be read or changed by other users of this machine: run "chmod 600 ${path}"`);
  }
  const name = wanted ?? currentProfile(options);
  if (!Object.hasOwn(file.value, name)) {
    if (wanted === undefined) return undefined;
    const what = `a profile that ${displayPath(CREDENTIALS)} does not contain: ${quote(name)}`;
    throw missing(what, 'set ZENLAYER_PROFILE to an existing one');
  }
  const profile = v.safeParse(ProfileSchema, file.value[name]);
  if (!profile.success) {
    throw malformed(CREDENTIALS, `the profile ${quote(name)} is not an object of strings`);
  }
  const field = (key: keyof typeof profile.output) => ({
    name: key,
    value: trimmed(profile.output[key]),
  });
  return {
    where: `the profile ${quote(name)} of ${displayPath(CREDENTIALS)}`,
    source: `${displayPath(CREDENTIALS)} (profile ${quote(name)})`,
    id: field('access_key_id'),
    password: field('access_key_secret'),
    token: field('token'),
  };
}

function currentProfile(options: ResolveOptions): string {
  const file = readCliFile(CONFIG, options);
  if (file === undefined) return 'default';
  const config = v.safeParse(ConfigSchema, file.value);
  if (!config.success) throw malformed(CONFIG, 'its current_profile is not a string');
  return trimmed(config.output.current_profile) ?? 'default';
}
