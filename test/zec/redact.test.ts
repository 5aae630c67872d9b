import { redactor, Secret } from '../../lib/zec';
import { secretForms } from '../../lib/zec/credentials';

const tokenOf = (value: string) => ({ credentials: { kind: 'token', token: new Secret(value) } }) as const;
const redact = (secret: string, text: string) => redactor(tokenOf(secret))(text);

describe('a secret is redacted', () => {
  test('if it is a token or a password; the access key ID stays', () => {
    const accessKey = {
      kind: 'access-key',
      accessKeyId: 'the-id',
      accessKeyPassword: new Secret('the-password'),
    } as const;
    expect(redactor({ credentials: accessKey })('the-id:the-password')).toBe('the-id:[redacted]');
    expect(redact('the-token', 'Bearer the-token')).toBe('Bearer [redacted]');
  });

  test('at each occurrence, and nothing else', () => {
    expect(redact('a.b*c', 'a.b*c, a.b*c and axbbc')).toBe('[redacted], [redacted] and axbbc');
    expect(redact('a', 'b')).toBe('b');
  });

  test('in its longest form, so that no part remains', () => {
    expect(redact('a&', 'say a&amp;!')).toBe('say [redacted]!');
    expect(redact('a "q"', 'say a \\"q\\"!')).toBe('say [redacted]!');
  });

  test('even if it cannot be encoded in a URL, but not if it is empty', () => {
    expect(redact('', 'abc')).toBe('abc');
    expect(secretForms(tokenOf(''))).toEqual([]);
    expect(redact('x\ud800y', 'a x\ud800y b')).toBe('a [redacted] b');
  });

  test.each('\\^$.*+?()[]{}|/-'.split(''))('with the special character %s', (character) => {
    expect(redact(`a${character}b`, `<a${character}b>`)).toBe('<[redacted]>');
    // In a regular expression each of these has a special meaning.
    expect(redact(character, 'xyz 019')).toBe('xyz 019');
  });
});

describe('a secret is redacted when encoded', () => {
  const secret = 'aB9_.~-!\'()*/ é%&+"';
  const url = (plain: string) =>
    [...Buffer.from(secret)]
      .map((byte) => [String.fromCharCode(byte), `%${byte.toString(16).toUpperCase()}`] as const)
      .map(([octet, escaped]) => (plain.includes(octet) ? octet : escaped))
      .join('');
  const lower = (text: string) => text.replace(/%../g, (part) => part.toLowerCase());
  const standard = url('aB9_.~-');
  const path = url('aB9_.~-/');
  const form = new URLSearchParams({ '': secret }).toString().slice(1);
  const json = JSON.stringify(secret).slice(1, -1);
  const ascii = json.replace('é', String.raw`\u00e9`);
  const quoted = (text: string) => JSON.stringify(text).slice(1, -1);
  const slash = (text: string) => text.replace('/', String.raw`\/`);
  const hex = Buffer.from(secret).toString('hex');

  test.each([
    ['itself', secret],
    ['JSON', json],
    ['JSON in ASCII', ascii],
    ['JSON with its slashes escaped', slash(json)],
    ['JSON in ASCII with its slashes escaped', slash(ascii)],
    ['JSON in JSON', quoted(json)],
    ['JSON in ASCII in JSON', quoted(ascii)],
    ['JSON with its slashes escaped in JSON', quoted(slash(json))],
    ['JSON in ASCII with its slashes escaped in JSON', quoted(slash(ascii))],
    ['a URL (RFC 3986)', standard],
    ['a URL (RFC 3986), with + for a space', standard.replace('%20', '+')],
    ['a URL (RFC 3986), in lower case', lower(standard)],
    ['a URL (RFC 3986), in lower case with + for a space', lower(standard).replace('%20', '+')],
    ['a path of a URL', path],
    ['a path of a URL, in lower case', lower(path)],
    ['a URL (encodeURIComponent)', encodeURIComponent(secret)],
    ['a URL (encodeURIComponent), in lower case', lower(encodeURIComponent(secret))],
    ['a form', form],
    ['a form, in lower case', lower(form)],
    ['a form, with %20 for a space', form.replaceAll('+', '%20')],
    ['HTML', 'aB9_.~-!&#39;()*/ é%&amp;+&quot;'],
    ['hex', hex],
    ['hex in upper case', hex.toUpperCase()],
    ['base64', Buffer.from(secret).toString('base64')],
  ])('as %s', (_, written) => expect(redact(secret, `<${written}>`)).toBe('<[redacted]>'));

  test.each([
    ['a<b', 'a&lt;b'],
    ['a>b', 'a&gt;b'],
    ['a&b', 'a&amp;b'],
    ['a"b', 'a&quot;b'],
    ["a'b", 'a&#39;b'],
    ['a\tb', 'a%09b'],
    ['a\u007fb', String.raw`a\u007fb`],
    ['a\u001fb', String.raw`a\u001fb`],
    ['a\u{1f511}b', String.raw`a\ud83d\udd11b`],
    ['a  b', 'a++b'],
    ['a/b/c', String.raw`a\/b\/c`],
    ['aäbä', String.raw`a\u00e4b\u00e4`],
  ])('%j as %s', (plain, written) => expect(redact(plain, `<${written}>`)).toBe('<[redacted]>'));

  test('without adding forms that equal the secret', () => {
    expect(secretForms(tokenOf('ab')).sort()).toEqual(['6162', 'YWI=', 'ab']);
    const spaces = ['a b', 'a%20b', 'a+b', '612062', 'YSBi'];
    expect(secretForms(tokenOf('a b')).sort()).toEqual(spaces.sort());
  });
});

describe('a secret within base64 of a longer text', () => {
  // The remaining characters depend on the adjacent text, so they differ.
  test.each([
    ['correct horse', 'Y29ycmVjdCBob3JzZSEh', '[redacted]SEh'],
    ['correct horse', 'aWNvcnJlY3QgaG9yc2UhIQ==', 'aW[redacted]UhIQ=='],
    ['correct horse', 'aWRjb3JyZWN0IGhvcnNlISE=', 'aWR[redacted]ISE='],
    ['correct horse', 'aWQ6Y29ycmVjdCBob3JzZSEh', 'aWQ6[redacted]SEh'],
    ['~~~???>>>', 'fn5+Pz8/Pj4+ISE=', '[redacted]ISE='],
    ['~~~???>>>', 'fn5-Pz8_Pj4-ISE', '[redacted]ISE'],
    ['~~~???>>>', 'aX5+fj8/Pz4+PiEh', 'aX[redacted]iEh'],
    ['~~~???>>>', 'aX5-fj8_Pz4-PiEh', 'aX[redacted]iEh'],
  ])('%s in %s', (secret, text, left) => expect(redact(secret, text)).toBe(left));

  test('is redacted only if eight characters of the encoding are fixed', () => {
    const written = (text: string) => Buffer.from(text).toString('base64');
    expect(redact('secret7', written('isecret7!!'))).toBe('aX[redacted]chIQ==');
    expect(redact('secret', written('isecret!!'))).toBe(written('isecret!!'));
  });
});
