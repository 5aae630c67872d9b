import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { privateSocket } from '../../lib/plugin/handshake';
import { Secrets } from '../../lib/plugin/log';
import { Operation } from '../../lib/plugin/operation';

// The only way to learn it is to set it.
const umask = process.umask(0o022);
process.umask(umask);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sockets-'));
});
afterEach(() => {
  process.umask(umask);
  rmSync(folder, { recursive: true, force: true });
});

test.each([0o000, 0o022, 0o077, 0o277])(
  'only this user may enter the socket’s folder, with a umask of %o',
  (mask) => {
    process.umask(mask);
    const socket = privateSocket(folder);
    expect(dirname(dirname(socket.path))).toBe(folder);
    expect(statSync(dirname(socket.path)).mode & 0o777).toBe(0o700);
    socket.remove();
  },
);

test.each([
  ['too long in bytes, though not in characters', 'ü'.repeat(40)],
  ['with a bar, which divides the handshake', 'a|b'],
  ['with the end of a line, which ends the handshake', 'a\nb'],
])('a temporary folder whose path is %s is not used', (_, name) => {
  const odd = join(folder, name);
  mkdirSync(odd);
  const socket = privateSocket(odd);
  expect(dirname(dirname(socket.path))).toBe('/tmp');
  socket.remove();
});

test('a relative temporary folder is not used', () => {
  const socket = privateSocket('lib');
  expect(dirname(dirname(socket.path))).toBe('/tmp');
  socket.remove();
});

test('the text of a gRPC status is short, whole, and without secrets', () => {
  const secrets = new Secrets();
  secrets.add(['a-secret']);
  const sink = { write: () => undefined, level: 'off', module: 'test' };
  const operation = new Operation(
    { sink, secrets, describeError: undefined },
    'PlanResourceChange',
    new AbortController().signal,
  );
  const text = operation.statusText(new Error(`a-secret \ud800 ${'x'.repeat(100_000)}`));
  expect(text).toMatch(/^\(sensitive value\) \ufffd x+$/);
  expect(text.length).toBeLessThanOrEqual(1000);
  // A header is written so; half a character would throw.
  expect(() => encodeURI(text)).not.toThrow();
});
