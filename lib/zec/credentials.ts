import { Secret } from './secret';
import { SettingsError } from './settings-error';

/** An access key, with which requests are signed. */
export interface AccessKey {
  readonly kind: 'access-key';
  readonly accessKeyId: string;
  readonly accessKeyPassword: Secret;
}

/** A token, which requests carry as `Authorization: Bearer`. */
export interface Token {
  readonly kind: 'token';
  readonly token: Secret;
}

export type Credentials = AccessKey | Token;

/** Credentials, and where they came from. */
export interface FoundCredentials {
  readonly credentials: Credentials;
  readonly source: string;
}

/** One place that may hold credentials: what its fields are called there, and what they hold. */
export interface CredentialPlace {
  readonly id: Field;
  readonly password: Field;
  readonly token?: Field;
  /** For messages, e.g. `the environment`. */
  readonly where: string;
}

export interface Field {
  readonly name: string;
  readonly value: string | undefined;
}

// An access key id stands in the Authorization header, between "Credential=" and a comma.
const ID_SHAPE = /^[\x21-\x2b\x2d-\x7e]{1,256}$/;
const PASSWORD_SHAPE = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]{1,512}$/u;
const TOKEN_SHAPE = /^[\x21-\x7e]{1,8192}$/;

/**
 * The credentials that `place` holds, or `undefined` if it holds none. An access key goes before a token.
 * Blank counts as not set, and space around a value is cut off, as the official clients do.
 * @throws SettingsError if half a pair is set, or a value cannot be one.
 */
export function credentialsOf(place: CredentialPlace, warn: (text: string) => void): Credentials | undefined {
  const id = trimmed(place.id);
  const password = trimmed(place.password);
  const token = place.token && trimmed(place.token);
  if (id === undefined && password === undefined) {
    if (place.token === undefined || token === undefined) return undefined;
    check(place.token.name, place.where, token, TOKEN_SHAPE, 'visible ASCII characters, at most 8192');
    return { kind: 'token', token: new Secret(token) };
  }
  if (id === undefined || password === undefined) {
    const [set, missing] = id === undefined ? [place.password, place.id] : [place.id, place.password];
    throw new SettingsError(
      `${set.name} is set in ${place.where}, but ${missing.name} is not: set both, or neither. ` +
        'The two halves of an access key are never taken from different places.',
    );
  }
  check(place.id.name, place.where, id, ID_SHAPE, 'visible ASCII characters without a comma, at most 256');
  check(place.password.name, place.where, password, PASSWORD_SHAPE, 'one line of at most 512 characters');
  if (place.token !== undefined && token !== undefined) {
    warn(
      `${place.where} holds an access key (${place.id.name}) and a token (${place.token.name}): ` +
        'the access key is used. Unset the other.',
    );
  }
  return { kind: 'access-key', accessKeyId: id, accessKeyPassword: new Secret(password) };
}

function trimmed({ value }: Field): string | undefined {
  const text = value?.trim() ?? '';
  return text === '' ? undefined : text;
}

function check(name: string, where: string, value: string, shape: RegExp, expected: string): void {
  if (shape.test(value)) return;
  throw new SettingsError(
    `${name} in ${where} is invalid: expected ${expected}. Copy it again from the Zenlayer console.`,
  );
}
