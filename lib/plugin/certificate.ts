import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { SIGNATURE_ALGORITHM, SIGNED_PARTS } from './generated/certificate-template';

export interface Identity {
  readonly certificateDer: Buffer;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

const DAY_MS = 86_400_000;
const SEQUENCE = 0x30;
const BIT_STRING = 0x03;

/**
 * A new key and a certificate that it signed itself, as Terraform wants it of a plugin: ECDSA P-256, for `localhost`,
 * its own authority, fit for server and client. It serves one process, so it is valid for a week, and for a day back in
 * case a clock jumps. Neither is ever written to a file.
 *
 * All but serial number, times, key and signature comes from a template: every Terraform command starts the process
 * several times, and a library that puts certificates together takes half as long as Node itself to start.
 */
export function createIdentity(now: Date = new Date()): Identity {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const from = new Date(now.getTime() - DAY_MS);
  const until = new Date(now.getTime() + 7 * DAY_MS);
  const form = until.getUTCFullYear() < 2050 ? 'utc' : 'generalized';
  const time = (date: Date) => {
    const digits = `${date.toISOString().slice(0, 19).replace(/\D/g, '')}Z`;
    return Buffer.from(form === 'utc' ? digits.slice(2) : digits);
  };
  const varying = [
    serialNumber(),
    time(from),
    time(until),
    publicKey.export({ type: 'spki', format: 'der' }),
  ];
  const signed = Buffer.concat(
    SIGNED_PARTS[form].flatMap((part, at) => [Buffer.from(part, 'hex'), varying[at] ?? Buffer.alloc(0)]),
  );
  const der = element(
    SEQUENCE,
    signed,
    Buffer.from(SIGNATURE_ALGORITHM, 'hex'),
    // Of its last byte no bit is unused.
    element(BIT_STRING, Buffer.from([0]), sign('sha256', signed, privateKey)),
  );
  return {
    certificateDer: der,
    certificatePem: `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`,
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** An element of DER, of at most 65,535 bytes. */
function element(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const header = length < 0x80 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), content]);
}

/** 127 random bits; the first bits are 01, so that the number is positive and always of one length. */
function serialNumber(): Buffer {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
}
