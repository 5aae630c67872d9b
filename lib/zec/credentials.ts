const REDACTED = '[redacted]';

/** A secret value. Logs, errors, `JSON.stringify` and `util.inspect` show it as `[redacted]`. */
export class Secret {
  readonly #value: string;

  public constructor(value: string) {
    this.#value = value;
  }

  /** Returns the value. Call it only where the value is used, and do not store the result. */
  public reveal(): string {
    return this.#value;
  }

  public toString(): string {
    return REDACTED;
  }

  public toJSON(): string {
    return REDACTED;
  }

  public [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}

/** An access key. Requests are signed with it. */
export interface AccessKey {
  readonly kind: 'access-key';
  readonly accessKeyId: string;
  readonly accessKeyPassword: Secret;
}

/** A bearer token, sent in the `Authorization` header. */
export interface Token {
  readonly kind: 'token';
  readonly token: Secret;
}

/** The credentials of an account. */
export type Credentials = AccessKey | Token;

/** Creates a function that redacts the secrets of the settings in a text, plain or encoded as in JSON, URLs, HTML, hex and base64. */
export function redactor(settings: { readonly credentials: Credentials }): (text: string) => string {
  const forms = secretForms(settings);
  if (forms.length === 0) return (text) => text;
  const escaped = forms.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`));
  const pattern = new RegExp(escaped.join('|'), 'g');
  return (text) => text.replace(pattern, REDACTED);
}

/** The secrets and their encodings, longest first. */
export function secretForms({ credentials }: { readonly credentials: Credentials }): string[] {
  const secret = credentials.kind === 'token' ? credentials.token : credentials.accessKeyPassword;
  const value = secret.reveal();
  const bytes = Buffer.from(value);
  const hex = bytes.toString('hex');
  const forms = [
    value,
    ...jsonFormsOf(value),
    ...URL_PLAIN.flatMap((plain) => percentFormsOf(bytes, plain)),
    value.replace(/[&<>"']/g, (character) => HTML[character] ?? character),
    hex,
    hex.toUpperCase(),
    ...base64FormsOf(bytes),
  ];
  return [...new Set(forms)].filter((form) => form.length > 0).sort((a, b) => b.length - a.length);
}

function jsonFormsOf(value: string): string[] {
  const json = inJson(value);
  const ascii = json.replace(/[^\x20-\x7e]/g, (unit) => {
    return String.raw`\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  const forms = [json, ascii, json.replaceAll('/', String.raw`\/`), ascii.replaceAll('/', String.raw`\/`)];
  return [...forms, ...forms.map(inJson)];
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** The characters that are not percent-encoded: by RFC 3986, in a path, by JavaScript, in a form. */
const URL_PLAIN = [/[\w.~-]/, /[\w.~/-]/, /[\w.~!'()*-]/, /[\w.*-]/];

function percentFormsOf(bytes: Buffer, plain: RegExp): string[] {
  const upper = Array.from(bytes, (byte) => {
    const octet = String.fromCharCode(byte);
    return plain.test(octet) ? octet : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`;
  });
  const lower = upper.map((part) => (part.length === 3 ? part.toLowerCase() : part));
  return [upper, lower].map((parts) => parts.join('')).flatMap((url) => [url, url.replaceAll('%20', '+')]);
}

const HTML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
/** A shorter base64 fragment could match unrelated text. */
const MIN_BASE64 = 8;

/** The base64 forms of a secret. Within a longer text they depend on its offset modulo 3, and its edges on its neighbours. */
function base64FormsOf(bytes: Buffer): string[] {
  const within = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6)),
  );
  const all = [bytes.toString('base64'), ...within.filter((form) => form.length >= MIN_BASE64)];
  return [...all, ...all.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))];
}
