import type { Credentials } from './credentials';
import { authorization, signature, SIGNATURE_METHOD } from './signing';
import type { Action } from './types';

const API_VERSION = '2025-09-01';
const CONTENT_TYPE = 'application/json';
// The build puts the package's version here.
const SDK_VERSION = legal(process.env.ZEC_PACKAGE_VERSION ?? 'unbuilt');

interface RequestParts {
  readonly action: Action;
  /** The `Host` header: host and, unless it is the scheme's own, port. */
  readonly domain: string;
  readonly body: string;
  readonly wallMs: number;
  readonly credentials: Credentials;
}

/** The headers of one request, signed or with a token. */
export function requestHeaders({
  action,
  domain,
  body,
  wallMs,
  credentials,
}: RequestParts): Record<string, string> {
  const timestamp = Math.floor(wallMs / 1000);
  const common = {
    host: domain,
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
  const signed = signature(
    { contentType: CONTENT_TYPE, host: domain, timestamp, body },
    credentials.accessKeyPassword.reveal(),
  );
  return {
    ...common,
    'x-zc-signature-method': SIGNATURE_METHOD,
    authorization: authorization(credentials.accessKeyId, signed),
  };
}

/** The API admits at most 128 characters of a small set in the headers that name the caller. */
function legal(text: string): string {
  return text.replace(/[^0-9a-zA-Z\-_ ,;.]/g, '-').slice(0, 128);
}
