import { createHash } from 'node:crypto';
import { Secret } from '../../lib/zec';
import { requestHeaders, signature } from '../../lib/zec/signing';

const password = 'Gu5t9xGARNpq86cd98joQYCN3';
const parts = {
  host: 'console.zenlayer.com',
  timestamp: 1673361177,
  body: '{"pageSize":10,"pageNum":1,"zoneId":"HKG-A"}',
};

test('the published test vector is reproduced with both content types', () => {
  expect(createHash('sha256').update(parts.body).digest('hex')).toBe(
    '5f714687ba91c606d503467766151206392474accd137ffea6dce2420b67c29a',
  );
  expect(signature({ ...parts, contentType: 'application/json; charset=utf-8' }, password)).toBe(
    'efb356c32e55c781e10dc676da59462c22596d82e91c57803666243379555b2f',
  );
  expect(signature({ ...parts, contentType: 'application/json' }, password)).toBe(
    '9fdd5117d611874c57b6514c5265c94aee7b716f33906836f9ebda1b56cbc119',
  );
});

test.each([
  ['host', { host: 'console.zenlayer.com:443' }],
  ['timestamp', { timestamp: 1673361178 }],
  ['body', { body: `${parts.body} ` }],
])('a different %s changes the signature', (_, change) => {
  const base = { ...parts, contentType: 'application/json' };
  expect(signature({ ...base, ...change }, password)).not.toBe(signature(base, password));
});

test('the header contains the key ID, the signed headers and the signature of the request', () => {
  const wallMs = parts.timestamp * 1000 + 999;
  const credentials = {
    kind: 'access-key',
    accessKeyId: 'key',
    accessKeyPassword: new Secret(password),
  } as const;
  const { host: domain, body } = parts;
  expect(
    requestHeaders({ action: 'DescribeInstances', domain, body, wallMs, credentials }).authorization,
  ).toBe(
    'ZC2-HMAC-SHA256 Credential=key, SignedHeaders=content-type;host, ' +
      'Signature=9fdd5117d611874c57b6514c5265c94aee7b716f33906836f9ebda1b56cbc119',
  );
});
