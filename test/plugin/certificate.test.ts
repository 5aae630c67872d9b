import { spawnSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { fromBER } from 'asn1js';
import { createIdentity } from '../../lib/plugin/certificate';

const DAY_MS = 86_400_000;
const days = (from: string, until: string) => (Date.parse(until) - Date.parse(from)) / DAY_MS;

describe.each([
  '2026-11-24T10:11:12Z',
  '2049-12-23T00:00:00Z',
  '2049-12-25T00:00:00Z',
  '2061-01-05T23:59:59Z',
])('a certificate created at %s', (time) => {
  const now = new Date(time);
  const identity = createIdentity(now);
  const certificate = new X509Certificate(identity.certificatePem);

  test('is a self-signed CA that matches its key', () => {
    expect(certificate.ca).toBe(true);
    expect(certificate.issuer).toBe(certificate.subject);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(identity.privateKeyPem))).toBe(true);
    expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  });

  test('is for localhost, for server and client authentication', () => {
    expect(certificate.subject).toBe('CN=localhost');
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkHost('example.com')).toBeUndefined();
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  });

  test('is valid from a day before to a week after its creation', () => {
    expect(days(certificate.validFrom, now.toISOString())).toBe(1);
    expect(days(now.toISOString(), certificate.validTo)).toBe(7);
  });
});

test('certificates with signatures of any length are valid DER', () => {
  const identities = Array.from({ length: 40 }, () => createIdentity());
  expect(new Set(identities.map(({ certificateDer }) => certificateDer.length)).size).toBeGreaterThan(1);
  for (const { certificateDer, certificatePem } of identities) {
    const { offset, result } = fromBER(certificateDer);
    expect([offset, result.error]).toEqual([certificateDer.length, '']);
    // Re-encoding by a library yields the same bytes.
    expect(Buffer.from(result.toBER())).toEqual(certificateDer);
    expect(new X509Certificate(certificatePem).raw).toEqual(certificateDer);
  }
});

test('keys and serial numbers are unique', () => {
  const certificates = Array.from({ length: 50 }, () => new X509Certificate(createIdentity().certificatePem));
  const serials = certificates.map(({ serialNumber }) => serialNumber);
  const keys = certificates.map(({ publicKey }) => publicKey.export({ type: 'spki', format: 'pem' }));
  expect(new Set(serials).size).toBe(50);
  expect(new Set(keys).size).toBe(50);
  // Positive and of fixed length.
  expect(serials.filter((serial) => !/^[4-7][0-9A-F]{31}$/.test(serial))).toEqual([]);
});

test('the certificate template is up to date', () => {
  const script = join(__dirname, '../../scripts/certificate-template.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
