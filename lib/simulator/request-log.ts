import type { FaultKind } from './faults';

/** One request of the API path, as the log shows it. It never holds a header, a signature or a secret. */
export interface LoggedRequest {
  /** ISO 8601, with milliseconds. */
  readonly time: string;
  /** `null` if the request named no action of the API. */
  readonly action: string | null;
  /** The body, where it was a JSON object of an authenticated request. A very large one is left out. */
  readonly parameters?: unknown;
  /** The HTTP status answered; `null` where no answer of the API's form was sent. */
  readonly status: number | null;
  /** The error code answered, if any. */
  readonly code: string | null;
  readonly requestId: string;
  /** The kind of the fault rule that acted on the request, if any. */
  readonly fault?: FaultKind | undefined;
}

/** How many requests the log keeps. */
export const MAX_LOGGED_REQUESTS = 10_000;
const MAX_LOGGED_CHARACTERS = 32_768;

/** Parameters fit for the log: not too large, and without any of `secrets`, wherever they appear. */
export function loggable(parameters: unknown, secrets: readonly string[]): unknown {
  try {
    const text = JSON.stringify(parameters) as string | undefined;
    if (text === undefined) return undefined;
    if (text.length > MAX_LOGGED_CHARACTERS) return `left out: ${text.length} characters`;
    return JSON.parse(text, (_key, value: unknown) => withoutSecrets(value, secrets)) as unknown;
  } catch {
    // JSON.parse alone goes to any depth; JSON.stringify and a reviver do not.
    return 'left out: nested too deeply';
  }
}

function withoutSecrets(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return masked(value, secrets);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [masked(key, secrets), inner as unknown]),
  );
}

function masked(text: string, secrets: readonly string[]): string {
  return secrets.some((secret) => text.includes(secret)) ? '***' : text;
}
