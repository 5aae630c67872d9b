import { PassThrough } from 'node:stream';
import { InterruptedError } from '../../lib/cli/errors';
import { readInput } from '../../lib/cli/input';

test('an interruption ends a read of stdin', async () => {
  const { stdin } = process;
  Object.defineProperty(process, 'stdin', { value: new PassThrough(), configurable: true });
  try {
    const controller = new AbortController();
    const interrupted = new InterruptedError('SIGINT');
    const bytes = readInput('-', controller.signal);
    setImmediate(() => controller.abort(interrupted));
    await expect(bytes).rejects.toBe(interrupted);
  } finally {
    Object.defineProperty(process, 'stdin', { value: stdin, configurable: true });
  }
});
