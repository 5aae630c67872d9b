import { ConvergenceProgress } from '../../lib/handler/progress';
import { parseNicId } from '../../lib/zec/ids';
import { FakeClock } from '../support/fake-clock';

const NICS = Array.from({ length: 40 }, (_, index) => parseNicId(`nic-${index + 1}`));

const nic40 = parseNicId('nic-40');

function started(nics = NICS) {
  const clock = new FakeClock();
  const lines: string[] = [];
  const progress = new ConvergenceProgress(nics, clock, (line) => lines.push(line));
  return { clock, lines, progress };
}

test('one line covers all attachments, at most every five seconds and at the end', async () => {
  const { clock, lines, progress } = started();
  for (const nic of NICS.slice(0, 12)) progress.attached(nic);
  expect(lines).toEqual([]);
  await clock.run(clock.sleep(4_999));
  progress.update(nic40, 'waiting');
  expect(lines).toEqual([]);
  await clock.run(clock.sleep(1));
  progress.update(nic40, 'waiting');
  progress.update(nic40, 'waiting');
  expect(lines).toEqual(['12 of 40 attached, waiting for nic-13, nic-14, nic-15, nic-16, nic-17 …']);
  for (const nic of NICS.slice(12)) progress.attached(nic);
  expect(lines.slice(1)).toEqual(['40 of 40 attached']);
});

test('failed attachments are counted, and pending ones are all named if they are few', () => {
  const { progress } = started(NICS.slice(0, 4));
  progress.failed(parseNicId('nic-2'));
  progress.attached(parseNicId('nic-3'));
  expect(progress.line).toBe('1 of 4 attached, 1 failed, waiting for nic-1, nic-4');
  progress.update(parseNicId('nic-4'), 'waiting for instance ins-1 to become RUNNING');
  expect(progress.line).toBe(
    '1 of 4 attached, 1 failed, waiting for nic-1, nic-4 (waiting for instance ins-1 to become RUNNING)',
  );
});
