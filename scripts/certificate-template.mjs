// Writes lib/plugin/certificate-template.ts: the parts of the provider's certificate that are always the same, as ASN.1.
// With --check only says whether it is up to date. A library puts them together here, so that none has to be loaded at start.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
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
import { format, resolveConfig } from 'prettier';

const NAME = 'localhost';
const CONTEXT_SPECIFIC = 3;
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

const sequence = (...value) => new Sequence({ value });
const oid = (value) => new ObjectIdentifier({ value });
const tagged = (tagNumber, value) =>
  new Constructed({ idBlock: { tagClass: CONTEXT_SPECIFIC, tagNumber }, value: [value] });
const extension = (id, critical, value) =>
  sequence(
    oid(id),
    ...(critical ? [new Asn1Boolean({ value: true })] : []),
    new OctetString({ valueHex: value.toBER() }),
  );

const signatureAlgorithm = sequence(oid(OID.ecdsaWithSha256));
const name = sequence(
  new Asn1Set({ value: [sequence(oid(OID.commonName), new Utf8String({ value: NAME }))] }),
);
const extensions = sequence(
  extension(OID.basicConstraints, true, sequence(new Asn1Boolean({ value: true }))),
  // digitalSignature, keyCertSign
  extension(OID.keyUsage, true, new BitString({ valueHex: Buffer.from([0b1000_0100]), unusedBits: 2 })),
  extension(OID.extendedKeyUsage, false, sequence(oid(OID.serverAuth), oid(OID.clientAuth))),
  extension(
    OID.subjectAltName,
    false,
    // 2 is a DNS name.
    sequence(
      new Primitive({
        idBlock: { tagClass: CONTEXT_SPECIFIC, tagNumber: 2 },
        valueHex: Buffer.from(NAME),
      }),
    ),
  ),
);

/** What is signed, cut where the serial number, the two times and the key stand. */
function partsAround(Time) {
  const holes = {
    serial: Buffer.alloc(16, 0x41),
    from: new Time({ valueDate: new Date(Date.UTC(2030, 0, 1)) }),
    until: new Time({ valueDate: new Date(Date.UTC(2031, 1, 2)) }),
    key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
      type: 'spki',
      format: 'der',
    }),
  };
  const whole = Buffer.from(
    sequence(
      tagged(0, new Integer({ value: 2 })), // version 3
      new Integer({ valueHex: holes.serial }),
      signatureAlgorithm,
      name,
      sequence(holes.from, holes.until),
      name,
      fromBER(holes.key).result,
      tagged(3, extensions),
    ).toBER(),
  );
  const contents = [
    holes.serial,
    // Without their tag and length.
    Buffer.from(holes.from.toBER()).subarray(2),
    Buffer.from(holes.until.toBER()).subarray(2),
    holes.key,
  ];
  const parts = [];
  let at = 0;
  for (const content of contents) {
    const start = whole.indexOf(content, at);
    if (start < 0) throw new Error('a part of the certificate was not found');
    parts.push(whole.subarray(at, start));
    at = start + content.length;
  }
  return [...parts, whole.subarray(at)];
}

const hex = (bytes) => Buffer.from(bytes).toString('hex');
const literal = (parts) => `[${parts.map((part) => `'${hex(part)}'`).join(', ')}]`;
const path = fileURLToPath(new URL('../lib/plugin/certificate-template.ts', import.meta.url));
const source = `/*
 * Written by scripts/certificate-template.mjs ("npm run certificate-template").
 */

/** What a certificate's signature covers, in hex: what stands before, between and after serial number, times and key. */
export const SIGNED_PARTS = {
  /** For times of two-digit years, which X.509 wants up to 2049. */
  utc: ${literal(partsAround(UTCTime))},
  /** For times from 2050 on. */
  generalized: ${literal(partsAround(GeneralizedTime))},
} as const;

/** ECDSA with SHA-256, in hex. */
export const SIGNATURE_ALGORITHM = '${hex(signatureAlgorithm.toBER())}';
`;
const text = await format(source, { ...(await resolveConfig(path)), parser: 'typescript' });

if (!process.argv.includes('--check')) writeFileSync(path, text);
else if (readFileSync(path, 'utf8') !== text) {
  console.error(
    'lib/plugin/certificate-template.ts is not what its script writes. Run "npm run certificate-template".',
  );
  process.exitCode = 1;
}
