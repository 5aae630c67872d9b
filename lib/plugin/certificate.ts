import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import {
  BitString,
  Boolean as Asn1Boolean,
  Constructed,
  fromBER,
  GeneralizedTime,
  Integer,
  ObjectIdentifier,
  OctetString,
  Primitive,
  Sequence,
  Set as Asn1Set,
  UTCTime,
  Utf8String,
} from 'asn1js';

export interface Identity {
  readonly certificateDer: Buffer;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

const DAY_MS = 86_400_000;
const CONTEXT_SPECIFIC = 3;
const NAME = 'localhost';

const OID = {
  commonName: '2.5.4.3',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
};

/**
 * A new key and a certificate that it signed itself, as Terraform wants it of a plugin: ECDSA P-256, for `localhost`,
 * its own authority, fit for server and client. It serves one process, so it is valid for a week, and for a day back in
 * case a clock jumps. Neither is ever written to a file.
 *
 * The certificate is put together from ASN.1 parts because a library for whole certificates takes 28 ms to load where
 * this takes 4, and every Terraform command starts the process several times.
 */
export function createIdentity(now: Date = new Date()): Identity {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const content = new Sequence({
    value: [
      tagged(0, new Integer({ value: 2 })), // version 3
      new Integer({ valueHex: serialNumber() }),
      signatureAlgorithm(),
      commonName(),
      new Sequence({ value: [time(now.getTime() - DAY_MS), time(now.getTime() + 7 * DAY_MS)] }),
      commonName(),
      fromBER(publicKey.export({ type: 'spki', format: 'der' })).result,
      tagged(3, new Sequence({ value: extensions() })),
    ],
  });
  const signature = sign('sha256', Buffer.from(content.toBER()), privateKey);
  const certificate = new Sequence({
    value: [content, signatureAlgorithm(), new BitString({ valueHex: signature })],
  });
  const der = Buffer.from(certificate.toBER());
  return {
    certificateDer: der,
    certificatePem: `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`,
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function extensions(): Sequence[] {
  const keyUsage = Buffer.from([0b1000_0100]); // digitalSignature, keyCertSign
  return [
    extension(OID.basicConstraints, true, new Sequence({ value: [new Asn1Boolean({ value: true })] })),
    extension(OID.keyUsage, true, new BitString({ valueHex: keyUsage, unusedBits: 2 })),
    extension(
      OID.extendedKeyUsage,
      false,
      new Sequence({
        value: [OID.serverAuth, OID.clientAuth].map((value) => new ObjectIdentifier({ value })),
      }),
    ),
    extension(
      OID.subjectAltName,
      false,
      new Sequence({
        // 2 is a DNS name.
        value: [
          new Primitive({
            idBlock: { tagClass: CONTEXT_SPECIFIC, tagNumber: 2 },
            valueHex: Buffer.from(NAME),
          }),
        ],
      }),
    ),
  ];
}

function extension(oid: string, critical: boolean, value: Sequence | BitString): Sequence {
  return new Sequence({
    value: [
      new ObjectIdentifier({ value: oid }),
      ...(critical ? [new Asn1Boolean({ value: true })] : []),
      new OctetString({ valueHex: value.toBER() }),
    ],
  });
}

function tagged(tagNumber: number, value: Sequence | Integer): Constructed {
  return new Constructed({ idBlock: { tagClass: CONTEXT_SPECIFIC, tagNumber }, value: [value] });
}

function commonName(): Sequence {
  const attribute = [new ObjectIdentifier({ value: OID.commonName }), new Utf8String({ value: NAME })];
  return new Sequence({ value: [new Asn1Set({ value: [new Sequence({ value: attribute })] })] });
}

function signatureAlgorithm(): Sequence {
  return new Sequence({ value: [new ObjectIdentifier({ value: OID.ecdsaWithSha256 })] });
}

/** 127 random bits; the first bits are 01, so that the number is positive and always of one length. */
function serialNumber(): Buffer {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
}

function time(ms: number): UTCTime | GeneralizedTime {
  const valueDate = new Date(ms);
  // X.509 writes years up to 2049 with two digits.
  return valueDate.getUTCFullYear() < 2050 ? new UTCTime({ valueDate }) : new GeneralizedTime({ valueDate });
}
