import { createHash, createHmac } from 'node:crypto';

export const SIGNATURE_METHOD = 'ZC2-HMAC-SHA256';
const SIGNED_HEADERS = 'content-type;host';

/** What a signature covers. `contentType` and `host` exactly as sent. */
export interface SignedParts {
  readonly contentType: string;
  readonly host: string;
  /** Unix time in seconds, as in `X-ZC-Timestamp`. */
  readonly timestamp: number;
  readonly body: string;
}

/** The signature (v2) of a request: hex of an HMAC-SHA256. The path is not part of it: the API signs `/` for all. */
export function signature(parts: SignedParts, accessKeyPassword: string): string {
  const canonical = [
    'POST',
    '/',
    '',
    `content-type:${parts.contentType}`,
    `host:${parts.host}`,
    '',
    SIGNED_HEADERS,
    sha256(parts.body),
  ].join('\n');
  const toSign = [SIGNATURE_METHOD, parts.timestamp, sha256(canonical)].join('\n');
  return createHmac('sha256', accessKeyPassword).update(toSign).digest('hex');
}

/** The `Authorization` header of a signed request. */
export function authorization(accessKeyId: string, hexSignature: string): string {
  return `${SIGNATURE_METHOD} Credential=${accessKeyId}, SignedHeaders=${SIGNED_HEADERS}, Signature=${hexSignature}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
