import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { HandshakeError, privateSocket } from '../../lib/plugin/handshake';

// The umask can be read only by setting it.
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

test.each([0o000, 0o022, 0o077, 0o277])('the socket directory has mode 0700 with umask %o', (mask) => {
  process.umask(mask);
  const socket = privateSocket(folder);
  expect(dirname(dirname(socket.path))).toBe(folder);
  expect(statSync(dirname(socket.path)).mode & 0o777).toBe(0o700);
  socket.remove();
});

test.each([
  ['too long in bytes but not in characters', 'ü'.repeat(40)],
  ['invalid: it contains a bar, the delimiter of the handshake', 'a|b'],
  ['invalid: it contains a newline, the end of the handshake', 'a\nb'],
])('a temporary directory is not used if its path is %s', (_, name) => {
  const odd = join(folder, name);
  mkdirSync(odd);
  const socket = privateSocket(odd);
  expect(dirname(dirname(socket.path))).toBe('/tmp');
  socket.remove();
});

test('a relative temporary directory is not used', () => {
  const socket = privateSocket('lib');
  expect(dirname(dirname(socket.path))).toBe('/tmp');
  socket.remove();
});

test('a temporary directory that cannot be written to is an error that Terraform shows', () => {
  const missing = join(folder, 'missing');
  const error = (() => {
    try {
      return privateSocket(missing);
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toBeInstanceOf(HandshakeError);
  expect(error).toMatchObject({
    startedByTerraform: true,
    message: expect.stringMatching(
      /^The provider needs a temporary folder: ENOENT: .*missing.*\. Set TMPDIR to a folder/,
    ) as string,
  });
});
