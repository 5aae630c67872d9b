import type { IncomingHttpHeaders } from 'node:http';
import { signature, SIGNATURE_METHOD } from '../zec/signing';
import { refuse, type Refusal } from './responses';
import type { WorldCredential } from './world';

/** The API versions of this client and of older clients of the vendor. */
const VERSIONS: readonly unknown[] = ['2025-09-01', '2024-04-01'];
const CONTENT_TYPE = /^application\/json(?:; *charset=utf-8)?$/i;
const CALLER = /^[0-9a-zA-Z\-_ ,;.]{1,128}$/;
const CALLER_HEADERS = ['x-zc-sdk-version', 'x-zc-sdk-lang', 'x-zc-request-client'] as const;
const AUTHORIZATION =
  /^ZC2-HMAC-SHA256 Credential=([A-Za-z0-9_.-]{1,128}), SignedHeaders=([a-z;-]{1,256}), Signature=([0-9a-f]{64})$/;
/** Maximum clock skew of a caller, in milliseconds. */
const MAX_SKEW_MS = 300_000;

/** The refusal of a request with invalid headers. Does not authenticate. */
export function headerRefusal(headers: IncomingHttpHeaders): Refusal | undefined {
  if (!CONTENT_TYPE.test(headers['content-type'] ?? '')) {
    return refuse('INVALID_REQUEST', 'Content-Type: must be application/json', 415);
  }
  if (!VERSIONS.includes(headers['x-zc-version'])) {
    return refuse('INVALID_PARAMETER_VALUE', `X-ZC-Version: must be ${VERSIONS.join(' or ')}`);
  }
  if ((headers['x-zc-service'] ?? 'zec') !== 'zec') {
    return refuse('INVALID_PARAMETER_VALUE', 'X-ZC-Service: must be zec');
  }
  const bad = CALLER_HEADERS.find(
    (name) => headers[name] !== undefined && !CALLER.test(String(headers[name])),
  );
  return bad && refuse('INVALID_PARAMETER_PATTERN_ERROR', `${bad}: at most 128 of 0-9a-zA-Z-_ ,;.`);
}

export interface SignedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly nowMs: number;
  readonly credentials: readonly WorldCredential[];
}

/** The refusal of a request with invalid credentials. Does not tell which part is wrong. */
export function authRefusal(request: SignedRequest): Refusal | undefined {
  const given = request.headers.authorization;
  if (given === undefined) {
    return refuse('AUTHFAILURE_INVALID_AUTHORIZATION', 'The Authorization header is missing.');
  }
  const bearer = /^Bearer ([\x21-\x7e]{1,4096})$/.exec(given)?.[1];
  if (bearer !== undefined) {
    const known = request.credentials.some(({ token }) => token === bearer);
    return known ? undefined : refuse('AUTHFAILURE_INVALID_AUTHORIZATION', 'The token is not valid.');
  }
  const [, keyId, signedHeaders, hex] = AUTHORIZATION.exec(given) ?? [];
  if (keyId === undefined || hex === undefined || signedHeaders !== 'content-type;host') {
    return refuse('AUTHFAILURE_INVALID_AUTHORIZATION', 'The Authorization header is malformed.');
  }
  if (!isGenuine(keyId, hex, request)) {
    const message = 'The request signature we calculated does not match the signature you provided.';
    return refuse('AUTHFAILURE_SIGNATURE_FAILURE', message);
  }
  const skewMs = Math.abs(Number(request.headers['x-zc-timestamp']) * 1000 - request.nowMs);
  if (skewMs <= MAX_SKEW_MS) return undefined;
  return refuse('AUTHFAILURE_SIGNATURE_EXPIRED', 'The timestamp is wrong by more than five minutes.');
}

function isGenuine(keyId: string, hex: string, { headers, body, credentials }: SignedRequest): boolean {
  const timestamp = headers['x-zc-timestamp'];
  const password = credentials.find(({ accessKeyId }) => accessKeyId === keyId)?.accessKeyPassword;
  if (password === undefined || typeof timestamp !== 'string' || !/^\d{1,12}$/.test(timestamp)) return false;
  if (headers['x-zc-signature-method'] !== SIGNATURE_METHOD) return false;
  const { host = '', 'content-type': contentType = '' } = headers;
  return signature({ contentType, host, timestamp: Number(timestamp), body }, password) === hex;
}
