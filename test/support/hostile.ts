import fc from 'fast-check';
import { MAGIC_NAMES } from './fuzz';

/** Hostile text: shell syntax, templates, paths, control characters, unpaired surrogates, excessive length. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    ...MAGIC_NAMES,
    '',
    ' ',
    '"; touch x; "',
    "'; touch x; '",
    '$(touch x)',
    '`touch x`',
    '${file("/etc/passwd")}',
    '%{ for x in y }z%{ endfor }',
    '../../../etc/passwd',
    '..',
    '/etc/passwd',
    'C:\\Windows',
    'a\nb\r\nc',
    'a\0b',
    '\u001b[31mred',
    '\ud800',
    '\u202egnp.exe',
    'x'.repeat(10_240),
    '-1e999',
    '9'.repeat(400),
    'NaN',
  ),
);

/** Keys of an object, including those that could modify a prototype. */
export const hostileKey = fc.oneof(fc.constantFrom(...MAGIC_NAMES), hostileText);

/** Any JSON value, with any keys at any depth. */
export const hostileValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(null, true, false, 0, -0, 1e308, 2 ** 53, Number.MIN_VALUE),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    hostileText,
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(hostileKey, tie('value')), { maxLength: 4 })
      .map((entries) => Object.fromEntries(entries)),
  ),
})).value;

/**
 * JSON text, mostly of `likely` values: valid, with a few bytes changed, or of forms that `JSON.stringify` never writes
 * (duplicate keys, numbers out of range, extreme depth).
 */
export function hostileJson(likely: fc.Arbitrary<unknown>): fc.Arbitrary<Buffer> {
  const good = fc.oneof(likely, hostileValue).map((value) => Buffer.from(JSON.stringify(value)));
  const odd = fc.constantFrom(
    '{"__proto__":{"polluted":1},"__proto__":{"polluted":2}}',
    '{"a":1,"a":{"b":2},"constructor":{"prototype":{"polluted":1}}}',
    '[1e999,-1e999,123456789012345678901234567890,0.1e-400]',
    `${'['.repeat(4_000)}${']'.repeat(4_000)}`,
    `${'{"a":'.repeat(4_000)}1${'}'.repeat(4_000)}`,
    '"\\ud800"',
    '\ufeff{}',
    '{"a":1}{"b":2}',
    '',
  );
  return fc.oneof(
    { weight: 3, arbitrary: good },
    { weight: 2, arbitrary: broken(good) },
    { weight: 1, arbitrary: odd.map((text) => Buffer.from(text)) },
  );
}

/** Bytes, of which a few are changed, omitted or added, or which are truncated. */
export function broken(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Buffer> {
  const change = fc.record({
    kind: fc.constantFrom('set', 'remove', 'insert', 'cut'),
    at: fc.nat({ max: 1_000_000 }),
    byte: fc.nat({ max: 255 }),
  });
  return fc.tuple(bytes, fc.array(change, { minLength: 1, maxLength: 4 })).map(([whole, changes]) =>
    changes.reduce((before, { kind, at, byte }) => {
      const index = before.length === 0 ? 0 : at % before.length;
      const [head, tail] = [before.subarray(0, index), before.subarray(index)];
      if (kind === 'cut') return head;
      if (kind === 'insert') return Buffer.concat([head, Buffer.from([byte]), tail]);
      return Buffer.concat([head, Buffer.from(kind === 'set' ? [byte] : []), tail.subarray(1)]);
    }, Buffer.from(whole)),
  );
}
