import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { SIGNATURE_ALGORITHM, SIGNED_PARTS } from './generated/certificate-template';

export type Identity = ReturnType<typeof createIdentity>;

const DAY_MS = 86_400_000;
const SEQUENCE = 0x30;
const BIT_STRING = 0x03;

/**
 * Generates a key and a self-signed certificate as Terraform's plugin protocol requires: ECDSA P-256, for `localhost`,
 * a CA, for server and client authentication. It is valid for a week, from a day in the past to tolerate clock changes.
 * Only one process uses it, and neither key nor certificate is written to a file.
 *
 * Everything except serial number, validity, key and signature comes from a template: each Terraform command starts
 * this process several times, and loading an X.509 library takes half as long as starting Node.
 */
export function createIdentity(now: Date = new Date()) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const from = new Date(now.getTime() - DAY_MS);
  const until = new Date(now.getTime() + 7 * DAY_MS);
  const timeType = until.getUTCFullYear() < 2050 ? 'utc' : 'generalized';
  const time = (date: Date) => {
    const digits = `${date.toISOString().slice(0, 19).replace(/\D/g, '')}Z`;
    return Buffer.from(timeType === 'utc' ? digits.slice(2) : digits);
  };
  const varying = [
    serialNumber(),
    time(from),
    time(until),
    publicKey.export({ type: 'spki', format: 'der' }),
  ];
  const signed = Buffer.concat(
    SIGNED_PARTS[timeType].flatMap((part, i) => [Buffer.from(part, 'hex'), varying[i] ?? Buffer.alloc(0)]),
  );
  const der = derElement(
    SEQUENCE,
    signed,
    Buffer.from(SIGNATURE_ALGORITHM, 'hex'),
    // A bit string starts with the number of unused bits in its last byte.
    derElement(BIT_STRING, Buffer.from([0]), sign('sha256', signed, privateKey)),
  );
  return {
    certificateDer: der,
    certificatePem: `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`,
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Encodes a DER element of at most 65,535 bytes. */
function derElement(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const header = length < 0x80 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}

/** A random serial number. Its first bits are 01, so that it is positive and its length is fixed. */
function serialNumber(): Buffer {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
}
