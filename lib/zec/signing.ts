import { createHash, createHmac } from 'node:crypto';
import type { Credentials } from './credentials';
import type { Action } from './types';

const API_VERSION = '2025-09-01';
const CONTENT_TYPE = 'application/json';
// The build replaces this variable. The API accepts at most 128 of these characters.
const SDK_VERSION = (process.env.ZEC_PACKAGE_VERSION ?? 'unbuilt')
  .replace(/[^0-9a-zA-Z\-_ ,;.]/g, '-')
  .slice(0, 128);
export const SIGNATURE_METHOD = 'ZC2-HMAC-SHA256';
const SIGNED_HEADERS = 'content-type;host';

interface RequestParts {
  readonly action: Action;
  /** The `Host` header: host and, unless it is the scheme's own, port. */
  readonly domain: string;
  readonly body: string;
  readonly wallMs: number;
  readonly credentials: Credentials;
}

/** The headers of one request, signed or with a token. */
export function requestHeaders(parts: RequestParts): Record<string, string> {
  const { action, domain: host, body, wallMs, credentials } = parts;
  const timestamp = Math.floor(wallMs / 1000);
  const common = {
    host,
    'content-type': CONTENT_TYPE,
    accept: 'application/json',
    'x-zc-action': action,
    'x-zc-version': API_VERSION,
    'x-zc-service': 'zec',
    'x-zc-timestamp': String(timestamp),
    'x-zc-sdk-version': SDK_VERSION,
    'x-zc-sdk-lang': 'nodejs',
    'x-zc-request-client': 'cdktf-zenlayer-zec',
  };
  if (credentials.kind === 'token')
    return { ...common, authorization: `Bearer ${credentials.token.reveal()}` };
  const password = credentials.accessKeyPassword.reveal();
  const signed = signature({ contentType: CONTENT_TYPE, host, timestamp, body }, password);
  return {
    ...common,
    'x-zc-signature-method': SIGNATURE_METHOD,
    authorization: `${SIGNATURE_METHOD} Credential=${credentials.accessKeyId}, SignedHeaders=${SIGNED_HEADERS}, Signature=${signed}`,
  };
}

/** The signed parts of a request: `contentType` and `host` exactly as sent, `timestamp` in seconds. */
export interface SignedParts {
  readonly contentType: string;
  readonly host: string;
  readonly timestamp: number;
  readonly body: string;
}

/** The signature (v2) of a request: an HMAC-SHA256 in hex. The signed path is always `/`. */
export function signature({ contentType, host, timestamp, body }: SignedParts, password: string): string {
  const headers = `content-type:${contentType}\nhost:${host}\n`;
  const canonical = ['POST', '/', '', headers, SIGNED_HEADERS, sha256(body)].join('\n');
  const toSign = [SIGNATURE_METHOD, timestamp, sha256(canonical)].join('\n');
  return createHmac('sha256', password).update(toSign).digest('hex');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
