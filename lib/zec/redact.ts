import type { Secret } from './secret';
import type { ZecSettings } from './settings';

/**
 * The last line of defence for logs and errors: a function that replaces every occurrence of the settings' secrets
 * in a text, as they are and as JSON, URLs and base64 write them.
 */
export function redactor(settings: Pick<ZecSettings, 'credentials'>): (text: string) => string {
  const forms = secretsOf(settings)
    .flatMap((secret) => formsOf(secret.reveal()))
    .filter((form) => form.length > 0)
    .sort((a, b) => b.length - a.length);
  if (forms.length === 0) return (text) => text;
  const pattern = new RegExp([...new Set(forms)].map(escapeForRegExp).join('|'), 'g');
  return (text) => text.replace(pattern, '[redacted]');
}

function secretsOf({ credentials }: Pick<ZecSettings, 'credentials'>): Secret[] {
  return [credentials.kind === 'token' ? credentials.token : credentials.accessKeyPassword];
}

function formsOf(value: string): string[] {
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    // A lone surrogate has no form in a URL.
    /\p{Cs}/u.test(value) ? '' : encodeURIComponent(value),
    Buffer.from(value).toString('base64'),
  ];
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
